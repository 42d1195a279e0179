/** What keeps a write from happening, before it is an answer. */
import { problem, type ProblemCode, type ProblemDetails } from "#api/problem.ts";

/** A refusal by code, with what is said beyond it. */
export interface Barred {
  readonly kind: "barred";
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
}

/** A refusal. */
export function barred(code: ProblemCode, details: ProblemDetails = {}): Barred {
  return { kind: "barred", code, details };
}

/** It as an answer. */
export function answerOf({ code, details }: Barred): Response {
  return problem(code, details);
}

/** A JSON pointer (RFC 6901) into the request, such as `/body/tags/lot`. */
export function pointerTo(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
