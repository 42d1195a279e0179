/**
 * What may be set at start: one table with unit, default and effect; parsed once, passed down as plain values.
 */
import { parseArgs } from "node:util";

import { contradictionIn, type PresenceRules, usualRules } from "#wire/presence-rules.ts";
import { Minutes, Seconds } from "#wire/units.ts";

interface Option {
  readonly unit: string;
  readonly initial: string;
  readonly about: string;
}

const table = {
  homes: { unit: "homes", initial: "50", about: "size of the demonstration fleet, 0–20000" },
  since: { unit: "hours", initial: "24", about: "how far back the fleet begins to live, 0–71" },
  speed: {
    unit: "×",
    initial: "1000000",
    about: "how fast it lives until it meets now, as the machine allows",
  },
  fleet: {
    unit: "",
    initial: "means",
    about: "means; roster for homes enrolled but not alive; none",
  },
  profile: { unit: "", initial: "seed", about: "cadences of the fleet: seed or dense" },
  signals: { unit: "", initial: "", about: "folder with recordings of real people as bodies" },
  state: { unit: "", initial: "var", about: "folder that holds everything that must survive" },
  role: {
    unit: "",
    initial: "all",
    about: "all, door, pipeline or api; one role joins a running state",
  },
  name: {
    unit: "",
    initial: "main",
    about: "of this process among its like; keep it over restarts",
  },
  host: {
    unit: "",
    initial: "127.0.0.1",
    about: "address to listen on; demo tokens need loopback",
  },
  port: { unit: "", initial: "8080", about: "HTTP API and pages" },
  "mqtt-port": { unit: "", initial: "8883", about: "MQTT door, mutual TLS" },
  "plain-port": {
    unit: "",
    initial: "1883",
    about: "MQTT door without TLS, loopback only; 0 for none",
  },
  "door-port": { unit: "", initial: "8443", about: "HTTPS door for emergencies, mutual TLS" },
  partitions: { unit: "", initial: "16", about: "streams and twins; fixed when the state is made" },
  tail: { unit: "hours", initial: "1", about: "how long processed entries stay in the streams" },
  "late-after": { unit: "s", initial: "45", about: "a box is late so long after its heartbeat" },
  "silent-after": { unit: "s", initial: "90", about: "and silent so long after it" },
  "late-factor": { unit: "×", initial: "1.5", about: "a device is late after that many cadences" },
  "silent-factor": { unit: "×", initial: "3", about: "and silent after that many" },
  "hint-after": { unit: "min", initial: "30", about: "silence that concerns the patient" },
  "alert-after": { unit: "min", initial: "120", about: "silence that concerns a technician" },
  "task-after": { unit: "min", initial: "1440", about: "silence that support has to see to" },
  "approve-above": {
    unit: "devices",
    initial: "100",
    about: "bulk changes of more than this need a second person",
  },
  "compat-aws": {
    unit: "",
    initial: "off",
    about: "AWS IoT shadows over HTTP and MQTT: on or off",
  },
  "compat-ditto": {
    unit: "",
    initial: "off",
    about: "Eclipse Ditto's things over HTTP: on or off",
  },
  memory: { unit: "MiB", initial: "0", about: "most that Redis may use; 0 for no limit" },
  log: { unit: "", initial: "warn", about: "debug, info, warn or error" },
} as const satisfies Record<string, Option>;

type Name = keyof typeof table;

/** What the start command was told, checked. */
export interface StartOptions {
  readonly homes: number;
  readonly sinceHours: number;
  readonly speed: number;
  readonly fleet: "means" | "roster" | "none";
  readonly profile: "seed" | "dense";
  readonly signals: string | undefined;
  readonly state: string;
  readonly role: Role;
  readonly name: string;
  readonly host: string;
  readonly ports: {
    readonly api: number;
    readonly mqtt: number;
    readonly plain: number;
    readonly door: number;
  };
  readonly partitions: number;
  readonly tailHours: number;
  /** Alike for all roles of a state. */
  readonly presence: PresenceRules;
  /** Bulk changes of more devices than this are approved by somebody else than their author. */
  readonly approveAbove: number;
  /** Interfaces of others that are imitated. */
  readonly compat: { readonly aws: boolean; readonly ditto: boolean };
  readonly memoryMiB: number;
  readonly log: "debug" | "info" | "warn" | "error";
}

/** What one process does. */
export type Role = "all" | "door" | "pipeline" | "api";

/** The options, or a sentence that says what is wrong with them. */
export type Options =
  | { readonly kind: "options"; readonly options: StartOptions }
  | { readonly kind: "refused"; readonly why: string };

/** Reads the command line; every unknown, malformed or out-of-range option is refused with a sentence. */
export function readOptions(args: readonly string[]): Options {
  try {
    return { kind: "options", options: readAll(texts(args)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "refused", why };
  }
}

/** The table of options as the help text shows it. */
export function optionHelp(): string {
  const rows = Object.entries(table).map(([name, { unit, initial, about }]) => {
    const value = [initial, unit].filter((word) => word !== "").join(" ");
    return `  --${name.padEnd(12)} ${about}${value === "" ? "" : ` (${value})`}`;
  });
  return rows.join("\n");
}

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function texts(args: readonly string[]): (name: Name) => string {
  const options = Object.fromEntries(
    Object.keys(table).map((name) => [name, { type: "string" as const }]),
  );
  const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
  return (name) => {
    const value = values[name];
    return typeof value === "string" ? value : table[name].initial;
  };
}

function readAll(text: (name: Name) => string): StartOptions {
  const whole = (name: Name, range: { low: number; high: number }): number =>
    integer(name, text(name), range);
  const port = (name: Name): number => whole(name, { low: 0, high: 65_535 });
  const signals = text("signals");
  return {
    homes: whole("homes", { low: 0, high: 20_000 }),
    sinceHours: whole("since", { low: 0, high: 71 }),
    speed: whole("speed", { low: 1, high: 1_000_000 }),
    fleet: oneOf("fleet", text("fleet"), ["means", "roster", "none"]),
    profile: oneOf("profile", text("profile"), ["seed", "dense"]),
    signals: signals === "" ? undefined : signals,
    state: text("state"),
    role: oneOf("role", text("role"), ["all", "door", "pipeline", "api"]),
    name: shaped("name", text("name"), /^[a-z0-9-]{1,32}$/),
    host: text("host"),
    ports: {
      api: port("port"),
      mqtt: port("mqtt-port"),
      plain: port("plain-port"),
      door: port("door-port"),
    },
    partitions: whole("partitions", { low: 1, high: 1024 }),
    tailHours: whole("tail", { low: 1, high: 168 }),
    presence: presenceRules(text),
    approveAbove: whole("approve-above", { low: 0, high: 1_000_000 }),
    compat: { aws: isOn("compat-aws", text), ditto: isOn("compat-ditto", text) },
    memoryMiB: whole("memory", { low: 0, high: 1_000_000 }),
    log: oneOf("log", text("log"), ["debug", "info", "warn", "error"]),
  };
}

function isOn(name: Name, text: (name: Name) => string): boolean {
  return oneOf(name, text(name), ["on", "off"]) === "on";
}

/** CF-23: each within its range, and together without contradiction. */
function presenceRules(text: (name: Name) => string): PresenceRules {
  const whole = (name: Name, high: number): number => integer(name, text(name), { low: 1, high });
  const rules = {
    ...usualRules,
    lateAfter: Seconds(whole("late-after", 3_600)),
    silentAfter: Seconds(whole("silent-after", 7_200)),
    lateFactor: decimal("late-factor", text("late-factor")),
    silentFactor: decimal("silent-factor", text("silent-factor")),
    hintAfter: Minutes(whole("hint-after", 43_200)),
    alertAfter: Minutes(whole("alert-after", 43_200)),
    taskAfter: Minutes(whole("task-after", 43_200)),
  };
  const contradiction = contradictionIn(rules);
  if (contradiction === undefined) return rules;
  throw new Error(`the time-outs contradict each other: ${contradiction}`);
}

function decimal(name: string, text: string): number {
  if (/^\d{1,3}(?:\.\d{1,3})?$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a number such as 1.5, not "${text}"`);
}

function integer(name: string, text: string, range: { low: number; high: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.low && value <= range.high) return value;
  throw new Error(
    `--${name} takes a whole number from ${range.low} to ${range.high}, not "${text}"`,
  );
}

function oneOf<const T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new Error(`--${name} takes ${choices.join(", ")}, not "${text}"`);
}

function shaped(name: string, text: string, shape: RegExp): string {
  if (shape.test(text)) return text;
  throw new Error(`--${name} takes 1 to 32 characters of a-z 0-9 and hyphens, not "${text}"`);
}
