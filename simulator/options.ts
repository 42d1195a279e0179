/** What `bun run fleet` may be told: one table, checked once, every mistake answered with a sentence. */
import { parseArgs } from "node:util";

import type { ProfileName } from "#wire/cadence.ts";

import { fidelities, type Fidelity } from "./fidelity.ts";

/** What a fleet process does. */
export interface FleetOptions {
  /** Folder that holds `fleet.json` and where the outboxes go. */
  readonly state: string;
  /** How many homes of the roster, from which one on. */
  readonly homes: number;
  readonly first: number;
  /** How far in the past the homes begin, ms. */
  readonly since: number;
  readonly speed: number;
  readonly profile: ProfileName;
  readonly seed: string;
  /** How much of each home is simulated; of recordings, whatever they allow unless given. */
  readonly fidelity: Fidelity | undefined;
  /** Folder of recordings that become the bodies. */
  readonly signals: string | undefined;
  readonly outbox: "disk" | "memory";
  readonly calm: boolean;
  readonly json: boolean;
  readonly withParent: boolean;
}

/** How to call it. */
export const usage = `bun run fleet --state DIR [options]
  --homes N         homes of this process (default: all of DIR/fleet.json)
  --first K         the first of them, for several processes side by side (default 0)
  --since HOURS     how far in the past they begin, 0-71 (default 0)
  --speed X         how fast they live until they meet now, 1-1000000 (default: within about 2 s)
  --profile NAME    seed or dense cadences (default seed)
  --seed TEXT       what all chance is drawn from (default vigie)
  --fidelity NAME   means, beats or samples: what the bodies give, the rest is firmware (default means)
  --signals DIR     recordings of real people as bodies: bedside monitors (means), walks and falls (samples)
  --outbox KIND     disk or memory (default disk)
  --calm            nobody misbehaves and nothing breaks
  --json            at the end, one line of JSON with what was sent
  --with-parent     end when standard input ends`;

/** The options, or a sentence that says what is wrong with them. */
export type ParsedOptions =
  | { readonly kind: "options"; readonly options: FleetOptions }
  | { readonly kind: "refused"; readonly why: string };

/** Reads the arguments after the command. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    return { kind: "options", options: readOptions(args) };
  } catch (error) {
    return { kind: "refused", why: error instanceof Error ? error.message : String(error) };
  }
}

/** At this pace a past of `hours` is caught up in two seconds. */
const catchUpSeconds = 2;

function readOptions(args: readonly string[]): FleetOptions {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      state: { type: "string" },
      homes: { type: "string" },
      first: { type: "string", default: "0" },
      since: { type: "string", default: "0" },
      speed: { type: "string" },
      profile: { type: "string", default: "seed" },
      seed: { type: "string", default: "vigie" },
      fidelity: { type: "string" },
      signals: { type: "string" },
      outbox: { type: "string", default: "disk" },
      calm: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "with-parent": { type: "boolean", default: false },
    },
  });
  if (values.state === undefined) throw new Error("--state DIR is needed");
  const hours = numberOf("since", values.since, { low: 0, high: 71 });
  const speed = values.speed ?? String(Math.max(1, (hours * 3600) / catchUpSeconds));
  return {
    state: values.state,
    homes: numberOf("homes", values.homes ?? "1000000", { low: 1, high: 1_000_000 }),
    first: numberOf("first", values.first, { low: 0, high: 1_000_000 }),
    since: hours * 3_600_000,
    speed: numberOf("speed", speed, { low: 1, high: 1_000_000 }),
    profile: oneOf("profile", values.profile, ["seed", "dense"]),
    seed: values.seed,
    fidelity:
      values.fidelity === undefined
        ? undefined
        : oneOf("fidelity", values.fidelity, [...fidelities]),
    signals: values.signals,
    outbox: oneOf("outbox", values.outbox, ["disk", "memory"]),
    calm: values.calm,
    json: values.json,
    withParent: values["with-parent"],
  };
}

function numberOf(name: string, text: string, range: { low: number; high: number }): number {
  const value = Number(text.trim() || Number.NaN);
  if (value >= range.low && value <= range.high) return value;
  throw new Error(`--${name} is a number from ${range.low} to ${range.high}, not ${text}`);
}

function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice === undefined) throw new Error(`--${name} is ${choices.join(" or ")}, not ${text}`);
  return choice;
}
