/**
 * `bun run rebuild --state DIR [--check]`: makes the twins again from the checkpoint and the streams (TW-10), and puts
 * back those that are missing, damaged or different; with `--check` it only says which.
 *
 * Works on a state that runs and on one that does not. Ends with 0 when all twins are as they should be, 1 when some
 * are not or cannot be told, 2 when the command line is wrong, 3 when the state cannot be used.
 */
import { parseArgs } from "node:util";

import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { openSql } from "#platform/sql/real.ts";
import { isTrouble } from "#platform/trouble.ts";
import { openCheckpoint } from "#twins/checkpoint.ts";
import { differing, rebuildTwins, type Rebuilt, restore } from "#twins/rebuild.ts";
import { openRegistry } from "#twins/registry.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import type { Serial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import { attachState } from "./state.ts";

const usage = "bun run rebuild [--state DIR] [--check]";
const log = createLog("rebuild", { level: "warn", sink: stderrSink });

/** On a running state a twin may be ahead of what was read, or behind it: what differs every time differs. */
const looks = 3;
const betweenLooks = Seconds(1);
/** Serials named one by one. */
const namedMax = 20;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) return 2;
  try {
    return await onState(options);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    console.error(error.message);
    return 3;
  }
}

function readOptions(args: readonly string[]): { state: string; check: boolean } | undefined {
  const table = {
    state: { type: "string", default: "var" },
    check: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options: table, strict: true }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return undefined;
  }
}

async function onState(options: { state: string; check: boolean }): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const state = await attachState(options.state, { log });
  stack.defer(() => state.close());
  const sql = openSql(state.checkpointPath);
  stack.defer(() => sql.close());
  const { streams, keys, registryPath: path } = state;
  const registry = await openRegistry({ path, streams, keys, clock: realClock, log });
  stack.defer(() => registry.close());
  const store = createTwinStore({ ...state, clock: realClock });
  const again = (): Promise<Rebuilt> =>
    rebuildTwins({ ...state, registry, checkpoint: openCheckpoint(sql) });
  return await obey({ check: options.check, store, again });
}

async function obey(on: {
  readonly check: boolean;
  readonly store: TwinStore;
  readonly again: () => Promise<Rebuilt>;
}): Promise<number> {
  let different: Serial[] | undefined;
  for (let look = 1; ; look += 1) {
    const rebuilt = await on.again();
    if (rebuilt.kind === "incomplete") {
      console.error(`${rebuilt.stream} was trimmed further than this checkpoint reaches`);
      return 1;
    }
    const found = new Set(await differing(rebuilt.twins, on.store));
    different = (different ?? [...found]).filter((id) => found.has(id));
    if (different.length === 0 || look === looks) return close(on, rebuilt, different);
    await realClock.sleep(betweenLooks);
  }
}

async function close(
  on: { readonly check: boolean; readonly store: TwinStore },
  { twins, entries, skipped }: Extract<Rebuilt, { kind: "rebuilt" }>,
  different: readonly Serial[],
): Promise<number> {
  console.log(`${twins.size} twins from ${entries} entries after the checkpoint`);
  if (skipped > 0) console.log(`${skipped} entries that nobody understands`);
  if (different.length === 0) {
    console.log("all twins are as they should be");
    return 0;
  }
  const named = different.slice(0, namedMax).join(" ");
  console.log(`${different.length} differ: ${named}${different.length > namedMax ? " …" : ""}`);
  if (on.check) return 1;
  const rebuilt = different.flatMap((id) => twins.get(id) ?? []);
  const put = await Promise.all(rebuilt.map((twin) => restore(twin, on.store)));
  const left = put.filter((done) => !done).length;
  console.log(left === 0 ? "put back" : `put back, but ${left} changed meanwhile: run it again`);
  return left === 0 ? 0 : 1;
}
