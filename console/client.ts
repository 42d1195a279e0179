/** The API as the pages ask it: same origin, cookie, JSON or a problem document. */

/** What an answer was. */
export type Answer<T> =
  | { readonly kind: "ok"; readonly body: T }
  | { readonly kind: "problem"; readonly status: number; readonly detail: string };

/** GET a path; a network failure is a problem with status 0. */
export async function get<T>(path: string): Promise<Answer<T>> {
  return ask<T>(path, { method: "GET" });
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
}

async function ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(path, { ...init, credentials: "same-origin" });
    const text = await response.text();
    const body = text === "" ? {} : JSON.parse(text);
    if (response.ok) return { kind: "ok", body };
    return { kind: "problem", status: response.status, detail: String(body.detail ?? body.title) };
  } catch (error) {
    return { kind: "problem", status: 0, detail: error instanceof Error ? error.message : "" };
  }
}
