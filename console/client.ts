/** The API as the pages ask it: same origin, cookie, JSON or a problem document. */
import { hearTime } from "./clock.ts";
import { endSession } from "./session.ts";

/** Why there is no answer; status 0 when nobody answered. */
export interface Problem {
  readonly kind: "problem";
  readonly status: number;
  /** The API's name for it; empty when nobody answered. */
  readonly code: string;
  readonly detail: string;
  /** Where in the text that was sent, characters from 0. */
  readonly at: number | undefined;
}

/** What an answer was. */
export type Answer<T> = { readonly kind: "ok"; readonly body: T } | Problem;

/** GET a path; whoever is not known any more is signed out. */
export async function get<T>(path: string): Promise<Answer<T>> {
  const answer = await ask<T>(path, { method: "GET" });
  if (answer.kind === "problem" && answer.status === 401) endSession();
  return answer;
}

/** Something that changes what is kept. */
export interface Sending {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Of the body; JSON unless given. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends something; whoever is not known any more is signed out. */
export async function send<T>(sending: Sending): Promise<Answer<T>> {
  const { method, path, body, type = "application/json", headers } = sending;
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), type: { "content-type": type } };
  const answer = await ask<T>(path, {
    method,
    headers: { ...headers, ...content.type },
    ...(content.body === undefined ? {} : { body: content.body }),
  });
  if (answer.kind === "problem" && answer.status === 401) endSession();
  return answer;
}

/** Exchanges a token for the session cookie. */
export async function signIn(token: string): Promise<Answer<unknown>> {
  const body = JSON.stringify({ token });
  return ask("/v1/session", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await ask("/v1/session", { method: "DELETE" });
  endSession();
}

async function ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(path, { ...init, credentials: "same-origin" });
    hearTime(response);
    const text = await response.text();
    const body = text === "" ? {} : JSON.parse(text);
    if (response.ok) return { kind: "ok", body };
    const { code = "", detail = "", at } = body;
    return { kind: "problem", status: response.status, code, detail, at };
  } catch (error) {
    const detail = error instanceof Error ? error.message : "";
    return { kind: "problem", status: 0, code: "", detail, at: undefined };
  }
}
