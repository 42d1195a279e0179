/** The start command as a newcomer meets it: a living fleet, an end that leaves nothing behind, a state that stays. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { failureOf } from "#platform/failure.ts";
import { readPid } from "#platform/redis/folder.ts";

import { startVigie, type Vigie } from "./running.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-start-"));
const anyPorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Page {
  readonly items: readonly { readonly id: string; readonly box: string | null }[];
}

async function listed(vigie: Vigie, filter: string): Promise<Page["items"]> {
  const path = `/v1/twins?limit=1000&filter=${encodeURIComponent(filter)}`;
  const { body } = await vigie.get<Page>(path, "doctor");
  return body.items;
}

/** The pids whose command line names `word` (Linux). */
function processesNaming(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => commandLine(pid).includes(word))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("start", () => {
  test("brings homes to life, leaves no process behind, and finds its state again", async () => {
    const dir = join(folder, "fleet");
    const fleet = ["--homes", "8", "--since", "6"];
    const first = await startVigie(dir, [...anyPorts, ...fleet]);
    const alive =
      "kind==wristband;presence.state==online;power.battery=gt=0;vitals.heart-rate=gt=0";
    await until(async () => (await listed(first, alive)).length > 0, {
      what: "a twin is online with battery and heart rate",
    });
    const page = await fetch(first.demo.api);
    expect(await page.text()).toContain('<div id="root">');
    const enrolled = (await listed(first, "kind==wristband")).length;
    expect(enrolled).toBe(9);
    expect(statSync(join(dir, "demo.json")).mode & 0o077).toBe(0);
    expect(await first.stop()).toBe(0);
    expect(processesNaming(dir)).toEqual([]);
    expect(readPid(join(dir, "redis"))).toBeUndefined();

    const second = await startVigie(dir, [...anyPorts, "--fleet", "none"]);
    expect((await listed(second, "kind==wristband;vitals.heart-rate=gt=0")).length).toBeGreaterThan(
      0,
    );
    await second.kill();
    const third = await startVigie(dir, [...anyPorts, "--fleet", "none"]);
    expect((await listed(third, "kind==wristband")).length).toBe(enrolled);
    await third.stop();
    expect(processesNaming(dir)).toEqual([]);
  }, 120_000);

  test("a second start on the same state is refused with a sentence", async () => {
    const dir = join(folder, "twice");
    const one = await startVigie(dir, [...anyPorts, "--fleet", "none"]);
    const two = startVigie(dir, [...anyPorts, "--fleet", "none"]);
    expect(String(await failureOf(two))).toContain("is in use by process");
    await one.stop();
  }, 60_000);
});

describe("a box of one's own", () => {
  test("an unmodified mosquitto_pub moves a twin, as the README says", async () => {
    const dir = join(folder, "own");
    const vigie = await startVigie(dir, [...anyPorts, "--fleet", "none"]);
    const { box, ca, mqtt } = vigie.demo;
    const at = Math.round(Date.now() / 1000);
    const pack =
      `[{"bn":"urn:dev:vigie:${box.wristband}:","n":"epoch","vs":"hand${at}"},{"n":"seq","v":1},` +
      `{"n":"battery","u":"%EL","v":82},{"n":"firmware","vs":"1.4.0"},` +
      `{"n":"heart-rate","u":"beat/min","v":71,"t":${at},"d":120,"q":90}]`;
    const publish = Bun.spawn([
      ...["mosquitto_pub", "-h", "127.0.0.1", "-p", new URL(mqtt).port, "-q", "1"],
      ...["--tls-version", "tlsv1.3", "--cafile", ca, "--cert", box.cert, "--key", box.key],
      ...["-t", `vigie/v1/${box.tenant}/${box.serial}/${box.wristband}/readings`, "-m", pack],
    ]);
    expect(await publish.exited).toBe(0);
    const moved = `id==${box.wristband};power.battery==82;vitals.heart-rate==71;firmware.version==1.4.0`;
    await until(async () => (await listed(vigie, moved)).length === 1, {
      what: "the twin has moved",
      withinMs: 5000,
    });
    const asFleet = await vigie.get(`/v1/twins/${box.wristband}`, "fleet");
    expect(JSON.stringify(asFleet.body)).not.toContain("heart-rate");
    await vigie.stop();
  }, 60_000);
});
