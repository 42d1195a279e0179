/**
 * The body of a request as JSON, when it says that it is, and is no larger than anything we ask for.
 */
import { problem } from "#api/problem.ts";

/** Bytes. */
const largest = 16_384;

/** The value, or the answer that refuses the body. */
export async function readJson(request: Request): Promise<{ readonly value: unknown } | Response> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    return problem("unsupported_media_type", { detail: "This takes application/json." });
  }
  const bytes = await readBytes(request);
  if (bytes === undefined) return problem("too_large", { detail: `At most ${largest} bytes.` });
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return problem("bad_json", { pointer: "/body" });
  }
}

/** All bytes, or undefined as soon as there are too many: a length that is announced is not believed. */
async function readBytes(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > largest) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > largest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
