/**
 * The start command killed again and again under load: the process, its Redis, or both, without warning.
 *
 * Boxes with the product's own outbox and uplink, on disk and over mutual TLS, go on talking all the while. At the end
 * every number they gave out must be stored exactly once, by the doors' accounting and by the streams themselves.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readingsDraft } from "#devices/box/draft.ts";
import { outboxLimits } from "#devices/box/limits.ts";
import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { openOutbox, type Outbox } from "#devices/box/outbox.ts";
import { openUplink, type Uplink } from "#devices/box/uplink.ts";
import { realBroker } from "#platform/broker/real.ts";
import type { Clock } from "#platform/clock/port.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { choosePort } from "#platform/ports.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { realRandom } from "#platform/random/real.ts";
import { migrate } from "#platform/sql/migration.ts";
import { openSql } from "#platform/sql/real.ts";
import { type Entry, origin, type Streams } from "#platform/stream/port.ts";
import { parseRoster, type Roster } from "#simulator/roster.ts";
import { readAccounting } from "#twins/accounting.ts";
import type { Reading } from "#wire/messages.ts";
import { Millis } from "#wire/units.ts";

import { startVigie, type Vigie } from "./running.ts";
import { attachState, type State } from "./state.ts";
import { until } from "./until.ts";

const kills = Number(process.env["VIGIE_KILLS"] ?? 50);
const homes = 12;
const folder = mkdtempSync(join(tmpdir(), "vigie-crash-"));
const dir = join(folder, "state");
const random = createSeededRandom(`crash-${kills}`);

/** Waits are a fortieth as long for the boxes here, so that fifty kills fit into a test run. */
const hurried: Clock = {
  ...realClock,
  after: (delay, name, run) => realClock.after(Millis(delay / 40), name, run),
  every: (period, name, run) => realClock.every(Millis(period / 40), name, run),
};

interface Home {
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly say: () => void;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openHomes(roster: Roster): Home[] {
  const sql = openSql(join(folder, "outbox.db"));
  migrate(sql, outboxSchema);
  const ca = readFileSync(roster.ca, "utf8");
  return roster.homes.map(({ box, wristband, tenant, cert, key }) => {
    const ports = { clock: hurried, random: realRandom };
    const outbox = openOutbox({ sql, box, ...ports, limits: outboxLimits("seed") });
    const uplink = openUplink({
      ...ports,
      broker: realBroker,
      address: { url: roster.mqtt, tls: { ca, cert, key } },
      outbox,
      log: silent,
      tenant,
      box,
      status: () => ({ power: "mains", links: [] }),
    });
    const say = (): void => {
      const t = realClock.now();
      const readings: Reading[] = [
        { metric: "heart-rate", value: random.integer({ low: 55, high: 95 }), t, window: 120_000 },
      ];
      uplink.offer([readingsDraft({ device: wristband, readings })]);
    };
    return { outbox, uplink, say };
  });
}

/** Kills what the number says, and brings the system back. */
async function strike(vigie: Vigie, what: number): Promise<Vigie> {
  if (what !== 1) vigie.killRedis();
  if (what === 0) return vigie;
  await vigie.kill();
  return start();
}

/** The same ports at each start, free ones at the first: a box knows one address. */
const ports = await Promise.all(
  ["--port", "--mqtt-port", "--door-port"].map(async (name) => [
    name,
    String((await choosePort("127.0.0.1", 0)).port),
  ]),
);

function start(): Promise<Vigie> {
  const fleet = ["--fleet", "roster", "--homes", String(homes), "--plain-port", "0"];
  return startVigie(dir, [...ports.flat(), ...fleet]);
}

/** The state, once its Redis is there: the last strike may have taken it after everything was received. */
async function attached(): Promise<State> {
  let state: State | undefined;
  await until(
    async () => {
      state = await attachState(dir, { log: silent }).catch(() => undefined);
      return state !== undefined;
    },
    { what: "Redis is back" },
  );
  if (state === undefined) throw new Error("there is a state");
  return state;
}

/** Every entry of the devices' readings in the streams, as `device:epoch:seq`. */
async function storedNumbers({ streams, keys }: State): Promise<string[]> {
  const numbers: string[] = [];
  for (let p = 0; p < keys.partitions; p++) {
    for (const { fields } of await wholeStream(streams, keys.inbound(p))) {
      const { device, epoch, seq, channel } = fields;
      if (channel === "readings") numbers.push(`${device}:${epoch}:${seq}`);
    }
  }
  return numbers;
}

async function wholeStream(streams: Streams, key: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const after = entries.at(-1)?.id ?? origin;
    const next = await streams.range(key, { after, limit: 1000 });
    if (next.length === 0) return entries;
    entries.push(...next);
  }
}

test(`H-01, F22, F35: ${kills} kills under load lose no message and store none twice`, async () => {
  let vigie = await start();
  const roster = parseRoster(readFileSync(join(dir, "fleet.json"), "utf8"));
  const boxes = openHomes(roster);
  const talk = setInterval(() => boxes.forEach(({ say }) => say()), 25);
  for (let kill = 0; kill < kills; kill++) {
    const before = boxes.map(({ outbox }) => outbox.tally().received);
    const flows = (home: Home, at: number): boolean =>
      home.outbox.tally().received > (before[at] ?? 0);
    await until(() => boxes.every(flows), { what: `messages flow after ${kill} kills` });
    await Bun.sleep(random.integer({ low: 0, high: 400 }));
    vigie = await strike(vigie, random.integer({ low: 0, high: 2 }));
  }
  clearInterval(talk);
  await until(() => boxes.every(({ outbox }) => outbox.depth().depth === 0), {
    what: "every outbox is empty",
    withinMs: 60_000,
  });
  const appended = boxes.reduce((sum, { outbox }) => sum + outbox.tally().appended, 0);
  const state = await attached();
  const { messages, readings, holds } = await readAccounting(state.cells, state.keys);
  const stored = await storedNumbers(state);
  await state.close();
  await Promise.all(boxes.map(({ uplink }) => uplink.close()));
  await vigie.stop();
  expect({ holds, ...messages }).toMatchObject({
    holds: true,
    sent: appended,
    stored: appended,
    refused: 0,
    duplicate: 0,
    lost: 0,
    inFlight: 0,
  });
  // A pack that came again is counted once more as received, and its readings as duplicate.
  expect(readings).toMatchObject({ stored: appended, quarantined: 0 });
  expect(stored.length).toBe(appended);
  expect(new Set(stored).size).toBe(appended);
}, 600_000);
