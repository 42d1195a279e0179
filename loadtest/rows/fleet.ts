/** `first-twin`, `connect-mtls` and `memory-per-box`: the start command and the fleet as their users run them. */

import type { FleetSummary } from "#api/fleet/contract.ts";
import type { AccountingView } from "#api/operations/contract.ts";

import { startVigie, type Vigie } from "../../scripts/running.ts";
import { until } from "../../scripts/until.ts";
import { quantileOf } from "../exposition.ts";
import { inFolder } from "../folder.ts";
import { residentBytes, startScript } from "../process.ts";
import type { Row } from "../report.ts";

const boxes = 10_000;
/** Half of a heart-rate batch: every home has spoken about once every ten minutes, so many have while we look. */
const holdMs = 180_000;
const freePorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
const plain = { baseline: null, ratio: null };

/** Seconds from the start command, after installation, to a wristband online with battery, firmware and a pulse. */
export async function measureFirstTwin(): Promise<Row> {
  return inFolder(async (dir) => {
    const started = performance.now();
    const vigie = await startVigie(dir, freePorts);
    const filter =
      "kind==wristband;presence.state==online;power.battery=gt=0;vitals.heart-rate=gt=0;firmware.version==*";
    const path = `/v1/twins?limit=1&filter=${encodeURIComponent(filter)}`;
    const isAlive = async (): Promise<boolean> =>
      JSON.stringify((await vigie.get<unknown>(path, "doctor")).body).includes('"id"');
    await until(isAlive, { what: "a first live twin", withinMs: 60_000 });
    const value = (performance.now() - started) / 1000;
    await vigie.stop();
    const boundBy = "starting Redis, enrolling 101 devices, 24 h of readings of 50 homes";
    return {
      id: "first-twin",
      value,
      unit: "s",
      target: "≤ 5",
      met: value <= 5,
      ...plain,
      boundBy,
    };
  });
}

interface FleetEnd {
  readonly given: number;
  readonly dropped: number;
  readonly refused: number;
}

/** Boxes over mutual TLS at the seed cadence: how long until all are there, how late their words reach twins, what each costs. */
export async function measureConnect(): Promise<readonly Row[]> {
  return inFolder(async (dir) => {
    const roster = ["--fleet", "roster", "--homes", String(boxes)];
    const vigie = await startVigie(dir, [...freePorts, ...roster]);
    const before = await residentBytes(vigie.pid);
    const started = performance.now();
    const size = ["--homes", String(boxes), "--calm", "--outbox", "memory"];
    const fleet = startScript("../simulator/fleet.ts", [
      ...["--state", dir, "--json", "--with-parent", ...size],
    ]);
    await until(async () => (await online(vigie)) >= boxes, {
      what: `${boxes} boxes are online`,
      withinMs: 300_000,
    });
    const seconds = (performance.now() - started) / 1000;
    await Bun.sleep(holdMs);
    const held = await online(vigie);
    const each = ((await residentBytes(vigie.pid)) - before) / boxes / 1024;
    const p99 = quantileOf(await exposition(vigie), "vigie_twin_delay_seconds", 0.99);
    const end = fleet.line<FleetEnd>();
    await fleet.stop();
    const { given } = await end;
    const accounted = await settled(vigie, given);
    await vigie.stop();
    return [
      {
        ...{ id: "connect-mtls", value: seconds, unit: `s for ${held} boxes`, ...plain },
        target: `${boxes} held, p99 ≤ 1 s, 0 lost`,
        met: held === boxes && p99 <= 1 && accounted,
        boundBy: `handshakes on both sides; ingest→twin p99 ${p99.toFixed(3)} s, ${given} messages, ${accounted ? "0" : "SOME"} lost`,
      },
      {
        ...{ id: "memory-per-box", value: each, unit: "KiB", target: "≤ 39 (40 KB)", ...plain },
        met: each <= 39,
        boundBy: "TLS state of a connection; one process that also holds twins and pages",
      },
    ];
  });
}

async function online(vigie: Vigie): Promise<number> {
  const { body } = await vigie.get<FleetSummary>("/v1/fleet");
  return body.presence
    .filter(({ kind, state }) => kind === "box" && state === "online")
    .reduce((sum, { count }) => sum + count, 0);
}

async function exposition(vigie: Vigie): Promise<string> {
  return (await fetch(`${vigie.demo.api}/metrics`)).text();
}

/** Whether every number given out is stored, once the last acknowledgements are through. */
async function settled(vigie: Vigie, given: number): Promise<boolean> {
  const accounts = async (): Promise<boolean> => {
    const { body } = await vigie.get<AccountingView>("/v1/accounting");
    const { messages, holds } = body;
    return holds && messages.stored === given && messages.lost === 0;
  };
  try {
    await until(accounts, { what: "every number is stored", withinMs: 20_000 });
    return true;
  } catch {
    return false;
  }
}
