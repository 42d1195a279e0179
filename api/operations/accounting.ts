/**
 * `GET /v1/accounting`: what became of every message and reading of the installation, and whether it adds up.
 */
import { json, type Route } from "#api/route.ts";
import type { Accounting } from "#twins/accounting.ts";

import { AccountingView } from "./contract.ts";
import type { Sampler } from "./sample.ts";

/** The route over samples of the accounting. */
export function accountingRoute(accounting: Sampler<Accounting>): Route {
  return {
    method: "GET",
    path: "/v1/accounting",
    answers: ["application/json"],
    about: {
      summary: "The accounting identities, over the whole installation",
      description: "Read at most every two seconds; `at` says when.",
      tag: "Operations",
      success: { status: 200, about: "Both identities", schema: AccountingView },
      problems: ["invalid"],
    },
    answer: async () => {
      const { at, value } = await accounting.fresh();
      return json({ at, ...value });
    },
  };
}

/** What happens per second between the last two samples; null while there are not two. */
export function perSecond(
  accounting: Sampler<Accounting>,
  count: (one: Accounting) => number,
): number | null {
  const [newer, older] = accounting.known();
  if (newer === undefined || older === undefined || newer.at <= older.at) return null;
  const seconds = (newer.at - older.at) / 1000;
  return Math.max(0, (count(newer.value) - count(older.value)) / seconds);
}
