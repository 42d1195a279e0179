/**
 * The body of a request as JSON, when it says that it is, and is no larger than the route takes.
 */
import type { Static, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import type { Json } from "#wire/messages.ts";

import { problem } from "./problem.ts";

/** Bytes, unless a route says otherwise. */
const usual = 16_384;

/** What a route takes. */
export interface BodyRule {
  /** Media type without parameters, lower case; `application/json` unless told. */
  readonly type?: string;
  /** Most bytes. */
  readonly largest?: number;
}

/** The value and its bytes, or the answer that refuses the body. */
export async function readJson(
  request: Request,
  { type = "application/json", largest = usual }: BodyRule = {},
): Promise<{ readonly value: Json; readonly bytes: Uint8Array } | Response> {
  const [said = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (said.trim().toLowerCase() !== type) {
    return problem("unsupported_media_type", { detail: `This takes ${type}.` });
  }
  const bytes = await readBytes(request, largest);
  if (bytes === undefined) {
    return problem("too_large", { pointer: "/body", detail: `At most ${largest} bytes.` });
  }
  try {
    const value: Json = JSON.parse(strict.decode(bytes));
    return { value, bytes };
  } catch {
    return problem("bad_json", { pointer: "/body" });
  }
}

/** The body as the document describes it, or the answer that says where it is not so. */
export async function readShape<Schema extends TSchema>(
  request: Request,
  schema: Schema,
): Promise<Static<Schema> | Response> {
  const body = await readJson(request);
  if (body instanceof Response) return body;
  if (Value.Check(schema, body.value)) return body.value;
  const [error] = Value.Errors(schema, body.value);
  const detail = error?.message ?? "Not what is expected here.";
  return problem("invalid", { pointer: `/body${error?.path ?? ""}`, detail });
}

/** Bytes that are no UTF-8 are no JSON. */
const strict = new TextDecoder("utf-8", { fatal: true });

/** All bytes, or undefined when there are too many; a body of unknown length is dropped as soon as it grows too large. */
export async function readBytes(
  request: Request,
  largest: number,
): Promise<Uint8Array | undefined> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    if (Number(announced) > largest) return undefined;
    const bytes = await request.bytes(); // the server reads no more than was announced
    return bytes.length > largest ? undefined : bytes;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > largest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
