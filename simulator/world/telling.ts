/** What is told of worlds: their parameters, what failed in them, and how to live one again. */
import { Hours, Minutes, Seconds } from "#wire/units.ts";

import type { Broken, HomePlan, Plan } from "./draw.ts";
import { fidelity } from "./home.ts";
import type { Verdict } from "./world.ts";

/** The parameters of a world, a line for what belongs together. */
export function tellPlan(plan: Plan): string {
  const { seed, profile, hour, length, partitions, doors, processors, round, tail } = plan;
  const { network, posts, store, homes, faults, calls, wishes } = plan;
  const roads = [
    `network ${span(network.latency)}`,
    ...share("messages lost after their acknowledgement", network.swallow),
    ...share("doubled", network.repeat),
    ...share("acknowledgements lost", network.lostAck),
    ...share("posts lost", posts.lost),
    ...share("unanswered", posts.unanswered),
    `store ${span(store.latency)}`,
    ...share("calls failed before they happened", store.failsBefore),
    ...share("after", store.failsAfter),
  ];
  return [
    `seed ${seed}: fidelity ${fidelity}, ${profile} cadences for ${long(length)} from ${hour} h · ` +
      `${partitions} partitions · ${doors} doors · ${processors} processors, a round every ${long(round)} · ` +
      `entries kept ${long(tail)}`,
    roads.join(", "),
    ...homes.map((home, k) => `home ${k}: ${tellHome(home)}`),
    ...faults.map(
      (fault) =>
        `after ${long(fault.at)}: ${tellBroken(fault.what)}, ` +
        (fault.length === null ? "until healed" : `for ${long(fault.length)}`),
    ),
    ...calls.map(({ at, home, kind }) => `after ${long(at)}: ${kind} in home ${home}`),
    ...wishes.map(
      ({ at, home, device, leaf, value }) =>
        `after ${long(at)}: the ${device} of home ${home} is to have ${leaf} ${value}`,
    ),
  ].join("\n  ");
}

/** Why a world failed, and how to live it again, alone. */
export function tellFailure(plan: Plan, { complaints, fingerprint }: Verdict): string {
  const most = 12;
  const more = complaints.length > most ? [`… and ${complaints.length - most} more`] : [];
  return [
    `FAILED ${tellPlan(plan)}`,
    ...complaints.slice(0, most).map((complaint) => `✗ ${complaint}`),
    ...more,
    `entries and twins: ${fingerprint}`,
    `again: bun run world --seeds 1 --from ${plan.seed} --verbose`,
  ].join("\n  ");
}

/** One line on a world that passed. */
export function tellPass({ emergencies, messages, restedAfter, fingerprint }: Verdict): string {
  const { stored, refused, duplicate, lost, repeats } = messages;
  const rest = restedAfter === null ? "" : ` · at rest ${restedAfter / 1000} s after the mending`;
  return (
    `passed: ${stored} stored, ${refused} refused, ${duplicate} duplicate, ${lost} lost; ` +
    `${repeats} repeats, ${emergencies} emergencies${rest} · ${fingerprint}`
  );
}

function tellHome(home: HomePlan): string {
  const { tenant, body, skew, sin, outbox, posts, air } = home;
  const clock = skew === 0 ? "" : `, clock ${skew > 0 ? "+" : "-"}${long(Math.abs(skew))}`;
  const way = `${posts ? "" : ", no HTTPS"}${air.loss > 0 ? `, air loses ${air.loss}` : ""}`;
  return `body ${body} at ${tenant}, outbox of ${outbox}${clock}${sin ? `, ${sin}` : ""}${way}`;
}

function tellBroken(broken: Broken): string {
  switch (broken.kind) {
    case "line":
      return `line of home ${broken.home} ${broken.silent ? "silently " : ""}cut`;
    case "disk":
      return `disk of home ${broken.home} copied, and set back to it`;
    case "region":
      return `all lines ${broken.silent ? "silently " : ""}cut`;
    case "box":
      return `box of home ${broken.home} killed`;
    case "store":
      return "store unreachable";
    case "memory":
      return `store at ${Math.round(broken.used * 100)} % of its memory`;
    case "door":
      return `door ${broken.door} ${broken.how}${broken.renamed ? ", another in its place" : ""}`;
    case "processor":
      return `processor ${broken.processor} ${broken.how}`;
    default:
      return broken satisfies never;
  }
}

function span({ low, high }: { low: number; high: number }): string {
  return high === 0 ? "0 ms" : `${Math.round(low)}–${Math.round(high)} ms`;
}

function share(what: string, chance: number): string[] {
  return chance === 0 ? [] : [`${(chance * 100).toFixed(1)} % ${what}`];
}

function long(ms: number): string {
  if (ms >= Hours(1)) return `${(ms / Hours(1)).toFixed(2)} h`;
  if (ms >= Minutes(1)) return `${(ms / Minutes(1)).toFixed(1)} min`;
  return `${(ms / Seconds(1)).toFixed(1)} s`;
}
