import { Type } from "@sinclair/typebox";

/**
 * Who writes, why, until when it is to be done, and whether somebody is to be told when it is not: from the token, and from
 * headers or, for what headers cannot spell, the query.
 */
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, type Parameter } from "#api/route.ts";
import { readParameters } from "#api/twins/question.ts";
import type { Author } from "#twins/desired/edit.ts";
import { parseIsoDuration } from "#twins/iso-duration.ts";
import { Hours, Instant, later } from "#wire/units.ts";

/** The longest reason, in characters, and the furthest deadline. */
const reasonMost = 200;
const deadlineMost = Hours(24 * 366);

/** What routes that write say of these. */
export const authorParameters: readonly Parameter[] = [
  {
    name: "reason",
    about: `Why, in at most ${reasonMost} characters. Never of a person.`,
    schema: Type.String({ maxLength: reasonMost }),
  },
  {
    name: "deadline",
    about:
      "Until when it is to be applied, in ms since 1970 or as a duration such as PT8H; then it has expired",
    schema: Type.String(),
  },
  {
    name: "escalate",
    about: "`true`: whoever keeps watch is told when it is rejected or expires",
    schema: Type.Boolean(),
  },
].flatMap(({ name, about, schema }) => [
  { name: `x-${name}`, in: "header", about, schema },
  { name, in: "query", about: `Outweighs X-${name}; for any script`, schema },
]);

const names = ["reason", "deadline", "escalate"] as const;

/** The author of a request at `now`, or the answer that refuses what it says of itself. */
export function readAuthor(asked: Asked, now: Instant): Author | Response {
  const query = readParameters(asked.url.searchParams, names);
  if (query instanceof Response) return query;
  const said = (name: (typeof names)[number]): Said | undefined => {
    const inQuery = query.get(name);
    if (inQuery !== undefined) return { text: inQuery, pointer: `/query/${name}` };
    const text = asked.request.headers.get(`x-${name}`);
    return text === null ? undefined : { text, pointer: `/headers/x-${name}` };
  };
  const why = said("reason");
  if (why !== undefined && !/^[^\p{Cc}]{1,200}$/u.test(why.text)) {
    return invalid(why, `A reason is 1 to ${reasonMost} characters.`);
  }
  const deadline = readDeadline(said("deadline"), now);
  if (deadline instanceof Response) return deadline;
  const escalate = said("escalate");
  if (escalate !== undefined && escalate.text !== "true" && escalate.text !== "false") {
    return invalid(escalate, "Either true or false.");
  }
  return {
    by: `u:${askerOf(asked).subject}`,
    ...(why === undefined ? {} : { why: why.text }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(escalate?.text === "true" ? { escalate: true } : {}),
  };
}

interface Said {
  readonly text: string;
  readonly pointer: string;
}

function readDeadline(said: Said | undefined, now: Instant): Instant | undefined | Response {
  if (said === undefined) return undefined;
  const duration = parseIsoDuration(said.text);
  const isWhole = /^\d{1,15}$/.test(said.text);
  if (duration === undefined && !isWhole) {
    return invalid(said, "A deadline is milliseconds since 1970, or a duration such as PT8H.");
  }
  const at = duration === undefined ? Number(said.text) : now + duration;
  if (at > now && at <= later(now, deadlineMost)) return Instant(at);
  return invalid(said, "A deadline lies ahead, a year at most.");
}

function invalid({ pointer }: Said, detail: string): Response {
  return problem("invalid", { pointer, detail });
}
