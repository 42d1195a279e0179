/**
 * What every route shares: who asks, whether they may, which form of answer they take, what is counted, and the headers
 * that keep browsers careful. A route that the table of rights does not name cannot be mounted.
 */
import { assert, Bug } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import { isTrouble } from "#platform/trouble.ts";

import { type Demand, may, type Right, rightOf, routes } from "./access/rights.ts";
import { credentialOf, isSameOrigin } from "./access/session.ts";
import type { Claims, Tokens } from "./access/tokens.ts";
import { problem } from "./problem.ts";
import type { About, Asked, Route } from "./route.ts";
import { readParameters } from "./twins/question.ts";

/** What the gate needs. */
export interface GateDeps {
  readonly tokens: Tokens;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A request as the server hands it over. */
export interface Arrival {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  /** The caller's address; undefined when there is no socket. */
  readonly address: string | undefined;
  readonly keepOpen: () => void;
  readonly upgrade: Asked["upgrade"];
}

/** Answers requests of one route. */
export type Gate = (arrival: Arrival) => Promise<Response>;

/** The gate of each route that is given to it. */
export function createGates(deps: GateDeps): (route: Route) => Gate {
  const seconds = deps.metrics.histogram(
    "vigie_http_seconds",
    "Time from a request to its answer (streams: to their first byte)",
    { labels: ["route", "status"] },
  );
  return (route) => {
    const name = `${route.method} ${route.path}`;
    const demand = routes[name];
    assert(demand !== undefined, `the table of rights names ${name}`);
    const known = route.about && queryNames(route.about);
    return async (arrival) => {
      const start = deps.clock.monotonic();
      const response = careful(await answer(deps, { route, demand, known, arrival }));
      const took = (deps.clock.monotonic() - start) / 1000;
      seconds.observe(took, { route: name, status: response.status });
      return response;
    };
  };
}

/** For everything that does not say otherwise: nothing is kept, framed, guessed or told on. */
const carefulHeaders = [
  ["cache-control", "no-store"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
] as const;

/** The answer, with every careful header that it does not set itself. */
export function careful(response: Response): Response {
  for (const [header, value] of carefulHeaders) {
    if (!response.headers.has(header)) response.headers.set(header, value);
  }
  return response;
}

interface Passage {
  readonly route: Route;
  readonly demand: Demand;
  /** The query parameters that it has; undefined where nobody says. */
  readonly known: readonly string[] | undefined;
  readonly arrival: Arrival;
}

function queryNames({ parameters = [] }: About): string[] {
  return parameters.filter((each) => each.in === "query").map(({ name }) => name);
}

async function answer(deps: GateDeps, passage: Passage): Promise<Response> {
  const { route, demand, known, arrival } = passage;
  const { request, params, keepOpen, upgrade } = arrival;
  try {
    const url = new URL(request.url);
    const entry = await admit(deps.tokens, { demand, arrival, url });
    if (entry instanceof Response) return entry;
    const { answers } = route;
    if (answers !== undefined && !accepts(request.headers.get("accept"), answers)) {
      return problem("not_acceptable", { detail: `This answers ${answers.join(" or ")}.` });
    }
    if (known !== undefined && url.search !== "") {
      const parameters = readParameters(url.searchParams, known);
      if (parameters instanceof Response) return parameters;
    }
    const asked: Asked = { request, url, params, keepOpen, upgrade, claims: entry.claims };
    return await route.answer(asked);
  } catch (error) {
    return failure(deps.log, route, error);
  }
}

/** Who asks, once let in; or the answer that keeps them out. */
async function admit(
  tokens: Tokens,
  { demand, arrival, url }: { demand: Demand; arrival: Arrival; url: URL },
): Promise<{ readonly claims: Claims | undefined } | Response> {
  if (isOpen(demand)) return { claims: undefined };
  const credential = credentialOf(arrival.request.headers);
  if (credential === undefined) {
    const isFree = typeof demand === "object" && ("said" in demand || isLocal(arrival));
    return isFree ? { claims: undefined } : unauthenticated("unauthenticated");
  }
  const verdict = await tokens.verify(credential.token);
  if (verdict.kind === "invalid") {
    return unauthenticated(verdict.why === "expired" ? "token_expired" : "unauthenticated");
  }
  const { method } = arrival.request;
  const isChange = method !== "GET" && method !== "HEAD";
  if (isChange && credential.by === "cookie" && !isSameOrigin(arrival.request, url)) {
    return problem("cross_origin");
  }
  return permit(verdict.claims, rightOf(demand));
}

/** Whether nobody is asked at the gate: nobody at all, or nobody but the route itself. */
function isOpen(demand: Demand): demand is Extract<Demand, "public" | { readonly proved: Right }> {
  return demand === "public" || (typeof demand === "object" && "proved" in demand);
}

function permit(
  claims: Claims,
  right: Right | "signed-in",
): { readonly claims: Claims } | Response {
  if (right === "signed-in" || may(claims.role, right)) return { claims };
  return problem("forbidden", { detail: `The role ${claims.role} has not the right ${right}.` });
}

function unauthenticated(code: "unauthenticated" | "token_expired"): Response {
  return problem(code, { headers: { "www-authenticate": 'Bearer realm="vigie"' } });
}

/** Whether the caller sits on this machine; never through a proxy, which would make everybody local. */
function isLocal({ address, request }: Arrival): boolean {
  const isForwarded = request.headers.has("x-forwarded-for") || request.headers.has("forwarded");
  if (address === undefined || isForwarded) return false;
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === "::1";
}

/** Whether a caller who sends that `Accept` takes one of these media types. */
function accepts(accept: string | null, types: readonly string[]): boolean {
  if (accept === null || accept.trim() === "") return true;
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((word) => word.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))) return false;
    if (type === "*/*") return true;
    const family = type.endsWith("/*") ? type.slice(0, -1) : undefined;
    return types.some(
      (known) => known === type || (family !== undefined && known.startsWith(family)),
    );
  });
}

function failure(log: Log, { method, path }: Route, error: unknown): Response {
  if (isTrouble(error) && error.retry !== "never") {
    log.warn("answer failed", { route: `${method} ${path}`, code: error.code });
    return problem("unavailable", { detail: error.code, headers: { "retry-after": "1" } });
  }
  // The message of an error that is not ours may quote what it choked on, and that may be a vital sign.
  const why = error instanceof Bug || isTrouble(error) ? error.message : nameOf(error);
  log.error("answer broken", { route: `${method} ${path}`, why });
  return problem("broken");
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
