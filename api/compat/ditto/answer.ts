/** What the face answers: documents with their entity tag, and what was asked for beside them. */
import type { Asked } from "#api/route.ts";
import { parseSelection, select, type Selection } from "#api/twins/selection.ts";
import type { JsonObject } from "#wire/messages.ts";

import { type Path, valueAt } from "./document.ts";
import { notFoundAt } from "./edit.ts";
import { answerTo, type Refusal, refused } from "./refusal.ts";
import { etagOf, isKnown, said, type Terms } from "./terms.ts";
import { type Thing, withMeta } from "./thing.ts";

/** What an answer is to hold; null for all that is not told only when asked for. */
export type Fields = { readonly kind: "fields"; readonly selection: Selection | null };

/** A JSON answer. */
export function dittoJson(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const text = JSON.stringify(body);
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** The fields that a request asks for. */
export function readFields({ request, url }: Asked, name = "fields"): Fields | Refusal {
  const text = said(request, url, name);
  if (text === undefined) return { kind: "fields", selection: null };
  const selection = parseSelection(text.replaceAll(/(^|[,(])\//g, "$1"));
  if (!("kind" in selection)) return { kind: "fields", selection };
  return refused("gateway:query.invalid", `${name}: ${selection.why}`);
}

/** As much of a thing as is asked for. */
export function fieldsOf(thing: Thing, { selection }: Fields): unknown {
  if (selection === null) return thing.document;
  return select(withMeta(thing), selection) ?? {};
}

/** What stands at a path of a thing, with its entity tag; 304 when its reader has it. */
export function answerAt(
  thing: Thing,
  path: Path,
  { terms, fields }: { readonly terms: Terms; readonly fields: Fields },
): Response {
  const value = valueAt(thing.document, path);
  if (value === undefined) return answerTo(refused(notFoundAt(path)));
  const etag = etagOf(thing, path);
  const headers = etag === undefined ? {} : { etag };
  const { match } = terms;
  if (match !== undefined && match !== "*" && !match.includes(etag ?? "")) {
    return answerTo(refused("things:precondition.failed", undefined, headers));
  }
  if (isKnown(terms, etag)) return new Response(null, { status: 304, headers });
  const body = path.length === 0 ? fieldsOf(thing, fields) : selected(value, fields);
  return dittoJson(body, { headers });
}

function selected(value: unknown, { selection }: Fields): unknown {
  return selection === null ? value : (select(value, selection) ?? ({} satisfies JsonObject));
}
