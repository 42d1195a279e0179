/**
 * Refusals as answers: RFC 9457 problem documents, one table of codes for the whole API.
 */

const table = {
  bad_json: [400, "The body is no JSON"],
  bad_name: [400, "A name could not stand in a path"],
  bad_value: [400, "This value may not stand there"],
  too_deep: [400, "Nested too deep"],
  unknown_field: [400, "There is no such field"],
  unauthenticated: [401, "Who asks is not known"],
  token_expired: [401, "The token has expired"],
  forbidden: [403, "This role may not ask that"],
  not_writable: [403, "This is not yours to write"],
  own_change: [403, "Somebody else has to approve this"],
  cross_origin: [403, "Another site asks in your name"],
  not_found: [404, "There is no such thing"],
  method_not_allowed: [405, "This is not done here"],
  not_acceptable: [406, "The answer has no such form"],
  conflict: [409, "Others keep writing at the same time"],
  key_reused: [409, "The idempotency key belongs to another request"],
  too_late: [409, "It is too late for that"],
  wrong_state: [409, "It is not where this could be done"],
  history_gone: [410, "Nobody knows what was then"],
  retired: [410, "The device is retired"],
  condition_failed: [412, "The condition does not hold"],
  precondition_failed: [412, "It is no longer, or not yet, as expected"],
  part_too_large: [413, "The part would be too large"],
  too_large: [413, "The body is too large"],
  too_many_leaves: [413, "There would be too many leaves"],
  twin_too_large: [413, "The twin would be too large"],
  unsupported_media_type: [415, "The body has no such form"],
  invalid: [422, "The request cannot be understood"],
  too_many_groups: [422, "There would be too many groups"],
  upgrade_required: [426, "This is a WebSocket"],
  too_many: [429, "Too many at once"],
  broken: [500, "Something is broken here"],
  history_behind: [503, "The history has not come so far yet"],
  index_behind: [503, "The index has not come so far yet"],
  unavailable: [503, "Not now"],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

/** The name of a kind of refusal. */
export type ProblemCode = keyof typeof table;

/** What may be said beyond the code. */
export interface ProblemDetails {
  /** One sentence for whoever asked. */
  readonly detail?: string;
  /** JSON pointer into `{"query": …, "body": …}` of the request. */
  readonly pointer?: string;
  /** Characters from the start of the value pointed at, from 0. */
  readonly at?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that refuses. */
export function problem(code: ProblemCode, details: ProblemDetails = {}): Response {
  const [status, title] = table[code];
  const { headers, ...said } = details;
  return new Response(
    JSON.stringify({ type: `urn:vigie:problem:${code}`, title, status, code, ...said }),
    { status, headers: { "content-type": "application/problem+json", ...headers } },
  );
}

/** The HTTP status of a code. */
export function statusOf(code: ProblemCode): number {
  return table[code][0];
}
