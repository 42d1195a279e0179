/** Writes under test: requests to an API in memory, and what is refused in one line. */
import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { Problem } from "#api/openapi/document.ts";
import { nice, openTrial, type Trial } from "#api/trial.ts";
import { assert } from "#platform/assert.ts";
import { device } from "#twins/specimens.ts";
import type { Serial } from "#wire/identity.ts";

import { WriteReply } from "./reply.ts";

/** Two devices of tenant `nice`. */
export const band = device("B-1").serial;
export const box = device("X-1").serial;

/** What a request may carry; a fleet manager's, unless told otherwise. */
export interface Sending {
  readonly role?: Role;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An API and who writes to it. */
export interface Scene extends Trial {
  readonly send: (method: string, path: string, sending?: Sending) => Promise<Response>;
  /** A merge patch, of B-1 unless told otherwise. */
  readonly patch: (
    body: unknown,
    headers?: Readonly<Record<string, string>>,
    path?: string,
  ) => Promise<Response>;
  /** Entries in the stream that holds the changes of a twin. */
  readonly changesOf: (id: Serial) => Promise<number>;
}

/** Opens one. */
export async function openScene(): Promise<Scene> {
  const trial = await openTrial();
  const send: Scene["send"] = async (method, path, { role = "fleet", body, headers } = {}) => {
    const token = await trial.tokens.issue({ tenant: nice, role });
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return trial.ask(path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": type, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
  };
  return {
    ...trial,
    send,
    patch: (body, headers = {}, path = "/v1/twins/B-1") => send("PATCH", path, { body, headers }),
    changesOf: (id) => trial.redis.streams.length(trial.keys.changes(trial.keys.of(id))),
  };
}

/** A patch that wishes for a profile. */
export function profile(name: string): object {
  return { parts: { config: { desired: { profile: name } } } };
}

/** What a writer was told. */
export async function replyOf(response: Response): Promise<WriteReply> {
  return Value.Parse(WriteReply, await response.json());
}

/** Status, code and pointer of a refusal. */
export async function refusal(asked: Promise<Response>): Promise<string> {
  const response = await asked;
  const { code, pointer = "" } = Value.Parse(Problem, await response.json());
  const type = response.headers.get("content-type");
  assert(type === "application/problem+json", "a refusal is a problem document");
  return `${response.status} ${code} ${pointer}`.trim();
}
