/**
 * What devices should be and do, asked for while their home is off, with everything killed in between: it is done when
 * the home is back, once, and each step can be seen.
 *
 * One home is the product's box program; the other is its outbox and uplink with a wristband that answers when the test
 * lets it, so that the steps between can be looked at.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Box, openBox } from "#devices/box/box.ts";
import { answerDraft } from "#devices/box/draft.ts";
import { outboxLimits } from "#devices/box/limits.ts";
import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { openOutbox } from "#devices/box/outbox.ts";
import { createMemoryPanel } from "#devices/box/panel/memory.ts";
import { openUplink, type Uplink } from "#devices/box/uplink.ts";
import { realBroker } from "#platform/broker/real.ts";
import type { Clock } from "#platform/clock/port.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { choosePort } from "#platform/ports.ts";
import { realRandom } from "#platform/random/real.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { openSql } from "#platform/sql/real.ts";
import { parseRoster, type RosterHome } from "#simulator/roster.ts";
import type { Serial } from "#wire/identity.ts";
import type { Answer, Command, Desired } from "#wire/messages.ts";
import { Millis } from "#wire/units.ts";

import { startVigie, type Vigie } from "./running.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-down-"));
const dir = join(folder, "state");
/** The same ports at each start: a box knows one address. */
const ports = await Promise.all(
  ["--port", "--mqtt-port", "--door-port"].map(async (name) => [
    name,
    String((await choosePort("127.0.0.1", 0)).port),
  ]),
);
/** Boxes here wait a twentieth as long for their next try. */
const hurried: Clock = {
  ...realClock,
  after: (delay, name, run) => realClock.after(Millis(delay / 20), name, run),
};

let vigie: Vigie;
let homes: readonly RosterHome[];
let address: (home: RosterHome) => Parameters<typeof openUplink>[0]["address"];

beforeAll(async () => {
  vigie = await start();
  const roster = parseRoster(readFileSync(join(dir, "fleet.json"), "utf8"));
  homes = roster.homes;
  const ca = readFileSync(roster.ca, "utf8");
  address = ({ cert, key }) => ({ url: roster.mqtt, tls: { ca, cert, key } });
}, 60_000);
afterAll(async () => {
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function start(): Promise<Vigie> {
  const fleet = ["--fleet", "roster", "--homes", "2", "--plain-port", "0"];
  return startVigie(dir, [...ports.flat(), ...fleet]);
}

/** API, doors, processors and Redis, all without warning; then all of them again. */
async function killEverything(): Promise<void> {
  vigie.killRedis();
  await vigie.kill();
  vigie = await start();
}

function home(at: number): RosterHome {
  const found = homes[at];
  if (found === undefined) throw new TypeError(`there is a home ${at}`);
  return found;
}

function openDisk(name: string): Sql {
  const sql = openSql(join(folder, name));
  migrate(sql, outboxSchema);
  return sql;
}

/** Asks as a fleet manager; answers the body. */
async function ask<T>(method: string, path: string, body: unknown): Promise<T> {
  const { api, users } = vigie.demo;
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { authorization: `Bearer ${users["fleet"]?.token}`, "content-type": type };
  const answer = await fetch(`${api}${path}`, { method, headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
  const json: T = JSON.parse(await answer.text());
  return json;
}

const want = (device: Serial, config: object) =>
  ask("PATCH", `/v1/twins/${device}/parts/config/desired`, config);
const order = async (device: Serial, name: string, args: object = {}) =>
  (await ask<{ id: string }>("POST", `/v1/twins/${device}/commands`, { name, args })).id;

/** How far a device is: the state of each wish and of each command. */
async function stateOf(device: Serial): Promise<string[]> {
  const at = `/v1/twins/${device}`;
  const twin = await vigie.get<{ sync: Record<string, Stated> }>(`${at}?include=sync`);
  const commands = await vigie.get<{ items: Stated[] }>(`${at}/commands`);
  return [...Object.values(twin.body.sync), ...commands.body.items].map(({ state }) => state);
}

interface Stated {
  readonly state: string;
}

const reaches = (device: Serial, ...states: string[]) =>
  until(async () => (await stateOf(device)).join() === states.join(), {
    what: `${device} is ${states.join()}`,
  });

/** A home whose wristband hears all and says what the test lets it say. */
class SlowHome {
  /** What outlives its power: the outbox, and the ids that were done. */
  readonly #sql = openDisk("slow.db");
  readonly #done = new Set<string>();
  readonly #home: RosterHome;
  #uplink: Uplink | undefined;
  #says: "accepted" | "done" = "accepted";
  /** Acts, by id, as often as they were done. */
  readonly effects: string[] = [];
  readonly heard: string[] = [];

  constructor(of: RosterHome) {
    this.#home = of;
  }

  on(says: "accepted" | "done"): void {
    this.#says = says;
    const { box, tenant } = this.#home;
    const parts = { clock: hurried, random: realRandom, log: silent };
    const outbox = openOutbox({ ...parts, sql: this.#sql, box, limits: outboxLimits("seed") });
    this.#uplink = openUplink({
      ...{ ...parts, outbox, tenant, box, broker: realBroker, address: address(this.#home) },
      status: () => ({ power: "mains", links: [] }),
      desired: (device, desired) => this.#wished(device, desired),
      command: (device, command) => this.#told(device, command),
    });
  }

  async off(): Promise<void> {
    await this.#uplink?.close({ abrupt: true });
    this.#uplink = undefined;
  }

  #wished(device: Serial, { v, parts }: Desired): void {
    this.heard.push(`${device} ${JSON.stringify(parts)}`);
    const id = `desired-${v}`;
    this.#answer(device, { id, state: "accepted" });
    if (this.#says === "accepted") return;
    const leaves = Object.entries(parts).flatMap(([part, all]) =>
      Object.keys(all).map((leaf) => [`${part}/${leaf}`, { state: "applied" }] as const),
    );
    this.#answer(device, { id, state: "done", result: Object.fromEntries(leaves) });
  }

  #told(device: Serial, { id, name }: Command): void {
    this.heard.push(`${device} ${name}`);
    this.#answer(device, { id, state: "accepted" });
    if (this.#says === "accepted" || this.#done.has(id)) return;
    this.#done.add(id);
    this.effects.push(id);
    this.#answer(device, { id, state: "done", result: { "heart-rate": 71 } });
  }

  #answer(device: Serial, answer: Pick<Answer, "id" | "state" | "result">): void {
    this.#uplink?.offer([answerDraft(device, { ...answer, t: realClock.now() })]);
  }
}

test("TW-03: a wristband is what it should be, and has done what it was told once, through death and absence of all", async () => {
  const slow = new SlowHome(home(0));
  const { wristband, box } = home(0);
  slow.on("accepted");
  await until(
    async () =>
      (await vigie.get<{ presence: { state: string } }>(`/v1/twins/${box}`)).body.presence.state ===
      "online",
    { what: "the box is heard" },
  );
  await slow.off();
  await want(wristband, { profile: "dense" });
  const id = await order(wristband, "measure", { metric: "heart-rate" });
  expect(await stateOf(wristband)).toEqual(["pending", "queued"]);
  await killEverything();
  expect(await stateOf(wristband)).toEqual(["pending", "queued"]);
  slow.on("accepted");
  await reaches(wristband, "delivered", "accepted");
  expect(slow.effects).toEqual([]);
  await slow.off();
  await killEverything();
  expect(await stateOf(wristband)).toEqual(["delivered", "accepted"]);
  slow.on("done");
  await reaches(wristband, "applied", "done");
  // A box that comes back is asked for nothing that is done.
  await slow.off();
  slow.heard.length = 0;
  slow.on("done");
  await want(box, { zone: "Europe/Paris" });
  await reaches(box, "applied");
  expect(slow.heard.filter((one) => one.startsWith(wristband))).toEqual([]);
  expect(slow.effects).toEqual([id]);
  await slow.off();
}, 120_000);

test("TW-03: the box's own program takes over and does what it was asked for while it was off, once", async () => {
  const { box, tenant } = home(1);
  const sql = openDisk("box.db");
  const panel = createMemoryPanel(realClock);
  const on = (): Box => {
    const opened = openBox({
      ...{ tenant, box, sql, panel, clock: realClock, lineClock: hurried, random: realRandom },
      ...{ log: silent, broker: realBroker, address: address(home(1)), profile: "seed" },
      firmware: { version: "1.0.0", slot: "A" },
    });
    opened.connect();
    return opened;
  };
  await want(box, { thresholds: { battery: 30 } });
  await order(box, "identify");
  expect(await stateOf(box)).toEqual(["pending", "queued"]);
  await killEverything();
  let program = on();
  await reaches(box, "applied", "done");
  // Killed together with the cloud: both come back, and nothing is done again.
  await program.close({ abrupt: true });
  await killEverything();
  program = on();
  await order(box, "locate");
  await reaches(box, "applied", "done", "done");
  expect(panel.heard).toEqual(["accepted", "warning"]);
  await program.close();
}, 120_000);
