/** Both doors on real sockets over a store in memory, for live tests: certificates, clients, raw bytes. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectPlain, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Clock } from "#platform/clock/port.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { type Authority, openAuthority } from "#platform/pki.ts";
import type { Random } from "#platform/random/port.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { origin } from "#platform/stream/port.ts";
import { type Accounting, readAccounting } from "#twins/accounting.ts";
import { type CommandStore, createCommandStore } from "#twins/commands/store.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import { keysFor } from "#twins/keys.ts";
import type { RegisteredDevice } from "#twins/registry-port.ts";
import { createRoster, type Roster } from "#twins/roster.ts";
import { createShadows, type Shadows } from "#twins/shadow/shadows.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { parseEntry, type StreamEntry } from "#wire/entry.ts";
import { isBox, kindOf } from "#wire/identity.ts";

import { type Door, openDoor } from "./door.ts";
import { type HttpsDoor, openHttpsDoor } from "./https.ts";
import { type MqttDoor, openMqttDoor } from "./mqtt.ts";
import { named } from "./stage.ts";

/** A certificate with its key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Doors that listen on free ports of the loopback address. */
export interface LiveStage {
  readonly dir: string;
  readonly authority: Authority;
  readonly roster: Roster;
  readonly twins: TwinStore;
  /** As another process has it. */
  readonly shadows: Shadows;
  readonly commands: CommandStore;
  readonly door: Door;
  readonly mqtt: MqttDoor;
  readonly plain: MqttDoor;
  readonly https: HttpsDoor;
  /** Issues a certificate and puts the box, with a wristband of the same name, in the registry. */
  readonly enrol: (box: string, tenant: string) => Promise<Identity>;
  readonly put: (serial: string, device: Partial<RegisteredDevice>) => void;
  readonly audit: () => Promise<string[]>;
  readonly entries: (kind: "critical" | "inbound") => Promise<StreamEntry[]>;
  readonly accounting: () => Promise<Accounting>;
  readonly close: () => Promise<void>;
}

/** Opens the stage; with `compat`, boxes may speak to what it names. */
export async function openLiveStage(
  clock: Clock,
  random: Random,
  compat = { aws: false },
): Promise<LiveStage> {
  const dir = await mkdtemp(join(tmpdir(), "vigie-doors-"));
  const authority = await openAuthority(join(dir, "pki"));
  const server = { ...(await authority.issueServer()), ca: authority.ca };
  const { cells, streams } = createMemoryRedis(clock);
  const keys = keysFor(4);
  const roster = createRoster();
  const common = { cells, streams, keys, registry: roster, clock, random };
  const twins = createTwinStore({ cells, keys, clock });
  const writer = createTwinWriter({ store: twins, cells, keys, clock });
  const door = openDoor({ ...common, compat, id: "live", log: silent, metrics: createMetrics() });
  const listening = { door, registry: roster, log: silent, host: "127.0.0.1", port: 0 };
  const mqtt = await openMqttDoor({ ...listening, tls: server });
  const plain = await openMqttDoor(listening);
  const https = await openHttpsDoor({ ...listening, tls: server });
  const put: LiveStage["put"] = (serial, given) => {
    const device = named.serial(serial);
    const known: RegisteredDevice = {
      serial: device,
      kind: kindOf(device),
      tenant: named.tenant("nice"),
      box: isBox(device) ? device : null,
      fingerprint: null,
      enrolledAt: clock.now(),
      revokedAt: null,
    };
    roster.put({ ...known, ...given });
  };
  const raw = async (kind: "critical" | "inbound" | "audit") => {
    const found = [];
    for (let p = 0; p < keys.partitions; p++) {
      found.push(...(await streams.range(keys[kind](p), { after: origin, limit: 100_000 })));
    }
    return found.map(({ fields }) => fields);
  };
  return {
    dir,
    authority,
    roster,
    twins,
    shadows: createShadows({ cells, keys, clock, twins, writer }),
    commands: createCommandStore({ cells, keys, clock }),
    door,
    mqtt,
    plain,
    https,
    put,
    enrol: async (box, name) => {
      const tenant = named.tenant(name);
      const { cert, key, fingerprint } = await authority.issueBox(named.box(box), tenant);
      put(box, { tenant, fingerprint });
      put(box.replace("X-", "B-"), { tenant, box: named.box(box) });
      return { cert, key };
    },
    audit: async () => (await raw("audit")).map(({ what = "" }) => what),
    entries: async (kind) => (await raw(kind)).flatMap((fields) => parseEntry(fields) ?? []),
    accounting: () => readAccounting(cells, keys),
    close: async () => {
      await Promise.all([mqtt.close(), plain.close(), https.close()]);
      await door.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** Polls until `holds`; throws after some 10 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 1_000) throw new Error(`never happened: ${what}`);
    await Bun.sleep(10);
  }
}

/** A plain connection that sends bytes; `closed` resolves with what came back when it has ended. */
export async function openRaw(port: number): Promise<{ socket: Socket; closed: Promise<Buffer> }> {
  const socket = connectPlain(port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(Buffer.from(chunk)));
  socket.on("error", () => undefined);
  const closed = new Promise<Buffer>((resolve) => {
    socket.once("close", () => resolve(Buffer.concat(received)));
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, closed };
}
