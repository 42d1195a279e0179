/**
 * `GET /v1/twins/{id}/history/verify` and `…/evidence`: whether the records are as they were written, and the records in
 * a form that anybody can verify.
 */
import { problem } from "#api/problem.ts";
import { type Asked, json, type Route } from "#api/route.ts";
import { idParameter } from "#api/twins/write/parameters.ts";
import type { Chain } from "#twins/history/book.ts";
import { evidenceOf } from "#twins/history/evidence.ts";
import { hexOf } from "#twins/history/record.ts";
import { idsOf, verifyChain } from "#twins/history/verify.ts";
import { Millis } from "#wire/units.ts";

import { HistoryVerdict } from "./contract.ts";
import { chainFor, type HistoryDeps } from "./deps.ts";

/** Hash of the last record: whoever noted it knows later whether anything before it was touched. */
const anchorHeader = "x-history-anchor";

/** Both routes. */
export function proofRoutes(deps: HistoryDeps): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/v1/twins/:id/history/verify",
      answers: ["application/json"],
      about: {
        summary:
          "Whether a twin's history is as it was written, or from which revision on it is not",
        description:
          "Walks the whole chain. Whoever could write the whole file could write another chain: the anchor, noted " +
          "earlier, tells.",
        tag: "History",
        parameters: [idParameter],
        success: { status: 200, about: "What was found", schema: HistoryVerdict },
        problems: ["invalid", "not_found", "history_behind"],
      },
      answer: (asked) => about(deps, asked, (chain) => verify(deps, chain)),
    },
    {
      method: "GET",
      path: "/v1/twins/:id/history/evidence",
      answers: ["application/x-ndjson"],
      about: {
        summary: "A twin's history as a file that proves itself (NDJSON, oldest first)",
        description:
          "The first line says how to check the others. `x-history-anchor` is the hash of the last record.",
        tag: "History",
        parameters: [idParameter],
        success: { status: 200, about: "The records", type: "application/x-ndjson" },
        problems: ["invalid", "not_found", "history_behind"],
      },
      answer: (asked) => about(deps, asked, (chain) => evidence(deps, chain)),
    },
  ];
}

async function about(
  deps: HistoryDeps,
  asked: Asked,
  answer: (chain: Chain) => Promise<Response>,
): Promise<Response> {
  const chain = await chainFor(deps, asked);
  return chain instanceof Response ? chain : answer(chain);
}

async function verify({ book, clock }: HistoryDeps, chain: Chain): Promise<Response> {
  const pause = (): Promise<void> => clock.sleep(Millis(0));
  const found = await verifyChain(book, chain, { now: clock.now(), pause });
  const { kind, ...rest } = found;
  return json({ holds: kind === "holds", ...rest });
}

/** Lines sent at once. */
const linesAtOnce = 500;

async function evidence({ book, clock }: HistoryDeps, chain: Chain): Promise<Response> {
  const ids = await idsOf(book, chain, () => clock.sleep(Millis(0)));
  if (ids.length === 0) return problem("broken");
  const lines = evidenceOf(book, chain, { now: clock.now(), ids })[Symbol.iterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const some: string[] = [];
      for (let line = lines.next(); !line.done; line = lines.next()) {
        some.push(`${line.value}\n`);
        if (some.length === linesAtOnce) break;
      }
      if (some.length > 0) controller.enqueue(encoder.encode(some.join("")));
      else controller.close();
    },
  });
  const name = `${chain.serial}-${chain.rev}.ndjson`;
  return new Response(body, {
    headers: {
      "content-type": "application/x-ndjson",
      "content-disposition": `attachment; filename="${name}"`,
      [anchorHeader]: hexOf(chain.hash),
    },
  });
}
