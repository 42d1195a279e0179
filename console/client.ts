/** The API as the pages ask it: same origin, cookie, JSON or a problem document. */
import { hearTime } from "./clock.ts";
import { endSession } from "./session.ts";

/** Why there is no answer; status 0 when nobody answered. */
export interface Problem {
  readonly kind: "problem";
  readonly status: number;
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
    return { kind: "problem", status: response.status, detail: body.detail ?? "", at: body.at };
  } catch (error) {
    const detail = error instanceof Error ? error.message : "";
    return { kind: "problem", status: 0, detail, at: undefined };
  }
}
