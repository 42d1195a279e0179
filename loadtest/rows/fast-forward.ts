/** `fast-forward`: how much faster than the world one core lives 100,000 homes; a part of them is lived, the rest reckoned. */
import type { Fidelity } from "#simulator/fidelity.ts";

import { startScript } from "../process.ts";
import type { Row } from "../report.ts";

/** What `fast-forward.ts` answers. */
interface Lived {
  readonly microsecondsPerHomeMinute: number;
  readonly bytesPerHome: number;
  readonly residentBytesPerHome: number;
}

const homes = 100_000;
const minute = 60_000_000;
const plain = { baseline: null, ratio: null };

/** How many are lived, for how many hours, once each has lived so many. */
const parts = {
  means: { homes: 1000, hours: 6, before: 2 },
  beats: { homes: 100, hours: 2, before: 1 },
} satisfies Partial<Record<Fidelity, object>>;

/** Both fidelities that are told apart, and what a home weighs. */
export async function measureFastForward(): Promise<readonly Row[]> {
  const means = await live("means");
  const beats = await live("beats");
  const kibibytes = means.bytesPerHome / 1024;
  const resident = Math.round(means.residentBytesPerHome / 1024);
  return [
    speedRow("fast-forward", "means", { ...means, target: 60 }),
    speedRow("fast-forward-beats", "beats", { ...beats, target: 1 }),
    {
      ...{ id: "memory-per-home", value: kibibytes, unit: "KiB of heap, fidelity means", ...plain },
      ...{ target: "–", met: true },
      boundBy: `a thousand objects, most of them closures of both programs; the process grew by ${resident} KiB a home, its disk and what was not given back included`,
    },
  ];
}

function speedRow(
  id: string,
  fidelity: keyof typeof parts,
  { microsecondsPerHomeMinute: cost, target }: Lived & { readonly target: number },
): Row {
  const value = minute / (cost * homes);
  const lived = parts[fidelity];
  return {
    ...{ id, value, unit: `× real time, fidelity ${fidelity}`, ...plain },
    ...{ target: `≥ ${target}`, met: value >= target },
    boundBy: `${cost.toFixed(0)} µs of one core a home-minute, as ${lived.homes} homes took over ${lived.hours} h; docs/performance.md`,
  };
}

async function live(fidelity: keyof typeof parts): Promise<Lived> {
  const { homes: count, hours, before } = parts[fidelity];
  const script = startScript("fast-forward.ts", [fidelity, ...[count, hours, before].map(String)]);
  const lived = await script.line<Lived>();
  await script.stop();
  return lived;
}
