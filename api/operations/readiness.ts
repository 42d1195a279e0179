/**
 * `GET /health`: this process lives. `GET /ready`: it can serve, or which part of it cannot, and why.
 */
import { json, type Route } from "#api/route.ts";
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { Fleet } from "#twins/fleet.ts";
import { between, type Duration, Seconds } from "#wire/units.ts";

import type { Backlog } from "./backlog.ts";
import { Readiness } from "./contract.ts";
import type { Sampler } from "./sample.ts";

/** A part that must work for others to be served. */
export interface Probe {
  readonly name: string;
  /** Undefined when it works; otherwise one sentence. */
  readonly check: () => string | undefined | Promise<string | undefined>;
}

/** What the probes look at. */
export interface ReadinessDeps {
  readonly cells: Pick<Cells, "memory">;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly backlog: Sampler<Backlog>;
}

/** Processors further behind than this make the twins untrue. */
const lagMost = Seconds(10);
/** An index that has not heard of Redis for so long may miss changes. */
const silenceMost = Seconds(5);
/** How long a probe may take. */
const patience = Seconds(2);

/** The probes of an api process. */
export function ownProbes({ cells, fleet, clock, backlog }: ReadinessDeps): Probe[] {
  return [
    { name: "redis", check: async () => void (await cells.memory()) },
    {
      name: "index",
      check: () => {
        if (!fleet.isBuilt()) return "The twins are being read.";
        const heardAt = fleet.heardAt();
        const silence = heardAt === undefined ? silenceMost : between(heardAt, clock.now());
        return silence > silenceMost ? `No changes read for ${silence} ms.` : undefined;
      },
    },
    {
      name: "processors",
      check: async () => {
        const { ageMs, entries } = (await backlog.fresh()).value;
        return ageMs > lagMost ? `${entries} entries wait, the oldest for ${ageMs} ms.` : undefined;
      },
    },
  ];
}

/** Both routes. */
export function readinessRoutes(clock: Clock, probes: readonly Probe[]): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/health",
      about: {
        summary: "This process lives",
        tag: "Operations",
        success: { status: 200, about: "It does" },
      },
      answer: () => json({ alive: true }),
    },
    {
      method: "GET",
      path: "/ready",
      about: {
        summary: "Whether this process can serve, part by part",
        description: "503, with the same body, when it cannot.",
        tag: "Operations",
        success: { status: 200, about: "It can", schema: Readiness },
      },
      answer: async () => {
        const parts = await Promise.all(probes.map((probe) => examine(clock, probe)));
        const ready = parts.every((part) => part.ready);
        const headers = { "content-type": "application/json" };
        return new Response(JSON.stringify({ ready, parts }), {
          status: ready ? 200 : 503,
          headers,
        });
      },
    },
  ];
}

async function examine(clock: Clock, { name, check }: Probe): Promise<Readiness["parts"][number]> {
  const detail = await within(clock, patience, async () => {
    try {
      return await check();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      return error.code;
    }
  });
  return detail === undefined ? { name, ready: true } : { name, ready: false, detail };
}

function within(
  clock: Clock,
  time: Duration,
  check: () => Promise<string | undefined>,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const late = clock.after(time, "probe", () => resolve(`No answer within ${time} ms.`));
    check()
      .then(resolve, reject)
      .finally(() => late.cancel());
  });
}
