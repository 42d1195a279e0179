/**
 * The box's executable in a real home: enrolled, over mutual TLS, with a wristband at a socket. What the wristband says is in its
 * twin; what the cloud wishes and orders is done and answered; a restart that is ordered is survived.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SocketBand } from "#devices/box/band/socket-band.ts";
import { bundleProgram, makeLiveHome } from "#devices/box/live-home.ts";
import { realClock } from "#platform/clock/real.ts";
import { parseBox, parseTenant } from "#wire/identity.ts";
import { Minutes } from "#wire/units.ts";

import { startVigie } from "./running.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "box-"));
afterAll(() => rmSync(folder, { recursive: true }));
const ports = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];

/** What the test reads of a twin. */
interface Seen {
  readonly parts: Readonly<
    Record<string, { readonly reported: Readonly<Record<string, unknown>> }>
  >;
}

test("an enrolled box speaks for its wristband, does what it is told, and comes back from a restart", async () => {
  const [vigie, program] = await Promise.all([
    startVigie(join(folder, "cloud"), [...ports, "--fleet", "none"]),
    bundleProgram(folder),
  ]);
  const { box, ca, mqtt, door, api, users } = vigie.demo;
  const home = makeLiveHome(join(folder, "home"), {
    ...{ tenant: parseTenant(box.tenant)!, box: parseBox(box.serial)!, wristband: box.wristband },
    ...{ broker: mqtt, door, tls: { ca, cert: box.cert, key: box.key } },
  });
  const start = realClock.now() - Minutes(60);
  const band = new SocketBand({ clock: realClock, start, most: 20 });
  band.listen(home.socket);
  const child = Bun.spawn([process.execPath, program, "--config", home.config], {
    ...{ stdin: "pipe", stdout: "ignore", stderr: "ignore" },
  });
  const reported = async (serial: string, part: string) => {
    const { body } = await vigie.get<Seen>(`/v1/twins/${serial}`, "doctor");
    return body.parts[part]?.reported;
  };
  const ask = async (method: string, path: string, body: unknown): Promise<number> => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const authorization = `Bearer ${users["fleet"]?.token}`;
    const headers = { authorization, "content-type": type };
    const request = { method, headers, body: JSON.stringify(body) };
    return (await fetch(`${api}/v1/twins/${box.serial}${path}`, request)).status;
  };
  const commands = () =>
    vigie.get<{ items: readonly { state: string }[] }>(`/v1/twins/${box.serial}/commands`);

  await until(async () => (await reported(box.wristband, "vitals"))?.["heart-rate"] === 62, {
    what: "the wristband's twin has its readings",
  });
  const emergencies = await vigie.get<{ items: readonly unknown[] }>("/v1/events", "nurse");
  expect(JSON.stringify(emergencies.body)).toContain(`${box.wristband}-`);

  expect(await ask("PATCH", "/parts/config/desired", { profile: "dense" })).toBe(200);
  await until(async () => (await reported(box.serial, "config"))?.["profile"] === "dense", {
    what: "the box is set as it was wished",
  });

  expect(await ask("POST", "/commands", { name: "restart" })).toBe(202);
  await until(async () => (await commands()).body.items[0]?.state === "done", {
    what: "the restart is done",
  });
  const before = band.acknowledged.routine.size;
  band.sayMore(20);
  await until(() => band.acknowledged.routine.size > before, {
    what: "it hears its wristband again",
  });

  child.kill("SIGTERM");
  await child.exited;
  band.stop();
  await vigie.stop();
}, 60_000);
