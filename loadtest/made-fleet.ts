/** A fleet that never lived: twins as varied as those of real homes, made up in seconds. */
import type { Twin } from "#twins/document.ts";
import { emptyPart } from "#twins/leaves.ts";
import { createTwin } from "#twins/twin.ts";
import { Instant } from "#wire/units.ts";

import { registeredHome } from "./serials.ts";

const states = ["online", "online", "online", "late", "silent", "returned"] as const;

/** The twins of home number `k` at `now`: the box and its wristband. */
export function madeHome(k: number, now: Instant): Twin[] {
  return registeredHome(k, now).map((device, at) => {
    const spread = (k * 7919 + at * 104_729) % 1_000_003;
    const heardAt = Instant(now - (spread % 3_600_000));
    const meta = { t: heardAt, r: heardAt, epoch: "e1", seq: 1, src: "readings" } as const;
    const part = (reported: Twin["tags"]): NonNullable<Twin["parts"]["power"]> => ({
      ...emptyPart,
      v: 1,
      reported,
      meta: Object.fromEntries(Object.keys(reported).map((name) => [name, meta])),
    });
    const twin = createTwin(device, now);
    const state = states[spread % states.length] ?? "online";
    return {
      ...twin,
      tags: { lot: `L${24 + (k % 4)}-${k % 40}`, zone: `z${k % 100}` },
      presence: { ...twin.presence, state, heardAt, since: heardAt },
      parts: {
        firmware: part({ version: `2.${spread % 5}.${spread % 3}` }),
        power: part({ battery: spread % 101, charging: spread % 9 === 0 }),
        radio: part({ link: "up" }),
        ...(device.kind === "wristband" ? { vitals: part({ steps: spread % 500 }) } : {}),
      },
    };
  });
}
