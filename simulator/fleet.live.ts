/** The fleet command as a process of its own, over mutual TLS, against a broker that sends receipts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createServer } from "node:tls";

import { Aedes } from "aedes";

import type { AcceptedSession } from "#platform/broker/memory-link.ts";
import { realClock } from "#platform/clock/real.ts";
import { openAuthority } from "#platform/pki.ts";
import { parseBox, parseTenant } from "#wire/identity.ts";
import { Millis } from "#wire/units.ts";

import { TrialCloud } from "./trial-cloud.ts";

const folder = await mkdtemp(join(tmpdir(), "fleet-"));
const cloud = new TrialCloud();
const homes = 6;
let stop = (): void => undefined;

beforeAll(async () => {
  const authority = await openAuthority(join(folder, "pki"), realClock);
  const server = await authority.issueServer();
  const port = await openCloud({ ...server, ca: authority.ca });
  const tenant = parseTenant("demo")!;
  const roster = await Promise.all(
    Array.from({ length: homes }, async (_, index) => {
      const box = `X-${index}`;
      const { cert, key } = await authority.issueBox(parseBox(box)!, tenant);
      return { box, wristband: `B-${index}`, tenant, cert, key };
    }),
  );
  const mqtt = `mqtts://127.0.0.1:${port}`;
  const door = "https://127.0.0.1:1";
  await Bun.write(
    join(folder, "fleet.json"),
    JSON.stringify({ mqtt, door, ca: authority.caPath, homes: roster }),
  );
});

afterAll(async () => {
  stop();
  await rm(folder, { recursive: true });
});

/** Aedes behind mutual TLS, with the trial cloud as its mind; answers its port. */
async function openCloud(tls: { cert: string; key: string; ca: string }): Promise<number> {
  const aedes = await Aedes.createBroker();
  const sessions = new Map<string, AcceptedSession>();
  aedes.on("client", ({ id }) => {
    const session = cloud.accept(id, {
      send: (topic, payload) =>
        aedes.publish(
          {
            cmd: "publish",
            topic,
            payload: Buffer.from(payload),
            qos: 1,
            retain: false,
            dup: false,
          },
          () => undefined,
        ),
      close: () => undefined,
    });
    if (!("kind" in session)) sessions.set(id, session);
  });
  aedes.authorizePublish = (client, { topic, payload }, done) => {
    const message = { topic, payload: Buffer.from(payload), qos: 1 as const };
    void sessions.get(client?.id ?? "")?.receive(message);
    done(null);
  };
  const server = createServer(
    { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" },
    (socket) => aedes.handle(socket),
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  stop = () => {
    aedes.close();
    server.close();
  };
  return (server.address() as AddressInfo).port;
}

function startFleet(...args: string[]) {
  return Bun.spawn(
    [process.execPath, resolve(import.meta.dir, "fleet.ts"), "--state", folder, ...args],
    { stdin: "pipe", stdout: "pipe", stderr: "pipe" },
  );
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = realClock.monotonic() + 20_000; !holds();) {
    if (realClock.monotonic() > deadline) throw new Error(`never: ${what}`);
    await realClock.sleep(Millis(20));
  }
}

/** Whether homes live in the present: a heartbeat of each tells of a wristband heard within three minutes. */
function present(): boolean {
  const heard = new Set(
    cloud.heartbeats.flatMap(({ t, links }) =>
      links.flatMap(({ device, heardAt }) =>
        heardAt !== null && t - heardAt < 180_000 ? [device] : [],
      ),
    ),
  );
  return heard.size === homes;
}

test("a fleet tells its past day, is accounted for, ends with its parent and goes on afterwards", async () => {
  const first = startFleet("--since", "24", "--calm", "--json", "--with-parent");
  await until("all homes live in the present", present);
  await until("a day of readings", () => cloud.readings.size > homes * 800);
  await first.stdin.end();
  expect(await first.exited).toBe(0);
  const report = await new Response(first.stdout).json();
  expect(report).toMatchObject({ homes, met: true, refused: 0, dropped: 0 });
  expect(report.given - cloud.received).toBeLessThanOrEqual(report.waiting);
  expect(await new Response(first.stderr).text()).toContain(`${homes}/${homes} homes connected`);

  cloud.heartbeats.length = 0;
  const second = startFleet("--since", "24", "--calm", "--json");
  await until("all homes are back", present);
  second.kill("SIGTERM");
  expect(await second.exited).toBe(0);
  const again = await new Response(second.stdout).json();
  expect(again.given).toBeGreaterThanOrEqual(report.given);
  expect(again.given).toBeLessThan(report.given + 10 * homes);
  expect(cloud.repeatedReadings).toBe(0);
}, 60_000);

const recorded = resolve(
  process.env["VIGIE_DATA"] ?? resolve(import.meta.dir, "../../shared/data"),
);
const absent = existsSync(recorded)
  ? ""
  : ` (skipped: no recordings in ${recorded}; set VIGIE_DATA)`;

/** A folder with these recordings alone. */
async function choose(...paths: readonly string[]): Promise<string> {
  const chosen = join(folder, "chosen");
  for (const path of paths) {
    await mkdir(join(chosen, dirname(path)), { recursive: true });
    await copyFile(join(recorded, path), join(chosen, path));
  }
  return chosen;
}

test.skipIf(absent !== "")(
  `WB-26, WB-28: a recorded fall is one fall at the cloud, and a recorded walk its steps${absent}`,
  async () => {
    const signals = await choose(
      "bangle-steps/HughB-walk-1834.csv",
      "weda-fall/D01/U02_R01_accel.csv",
      "weda-fall/F01/U02_R01_accel.csv",
      "weda-fall/F05/U02_R01_accel.csv",
    );
    const before = cloud.events.length;
    const seed = ["--seed", "recorded", "--outbox", "memory", "--calm"];
    const past = ["--since", "1", "--profile", "dense"];
    const fleet = startFleet("--signals", signals, "--homes", "4", "--json", ...seed, ...past);
    const steps = (): number =>
      [...cloud.readings.values()]
        .filter(({ metric, window }) => metric === "steps" && window === 60_000)
        .reduce((sum, { value }) => sum + value, 0);
    const falls = () => cloud.events.slice(before).filter(({ kind }) => kind === "fall");
    await until("the walk has been walked", () => steps() > 1650);
    await until("both have fallen", () => falls().length >= 2);
    fleet.kill("SIGTERM");
    expect(await fleet.exited).toBe(0);
    expect(await new Response(fleet.stdout).json()).toMatchObject({ fidelity: "samples" });
    expect(
      falls()
        .map(({ device }) => String(device))
        .toSorted(),
    ).toEqual(["B-2", "B-3"]);
    expect(steps()).toBeWithin(1650, 2018);
  },
  60_000,
);

test("recordings that are not there are missed with a sentence", async () => {
  const fleet = startFleet("--signals", join(folder, "nowhere"));
  expect(await fleet.exited).toBe(2);
  expect(await new Response(fleet.stderr).text()).toContain("there are no recordings in");
});

test("a fleet without homes, or with options it does not know, says so and ends", async () => {
  const nobody = startFleet("--first", "1000");
  expect(await nobody.exited).toBe(2);
  expect(await new Response(nobody.stderr).text()).toContain("has no home from number 1000 on");
  const puzzled = startFleet("--hoems", "5");
  expect(await puzzled.exited).toBe(2);
  expect(await new Response(puzzled.stderr).text()).toContain("bun run fleet --state DIR");
});
