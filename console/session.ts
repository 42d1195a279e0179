/**
 * Whether somebody is signed in, as far as the pages can know: the cookie is out of their reach, so they note until when
 * it holds. The note spares the server a question that it could only refuse; it opens nothing.
 */
const key = "vigie-signed-in-until";
const ended = "session-ended";

/** Whether a session may still hold. */
export function mayBeSignedIn(): boolean {
  return Number(localStorage.getItem(key)) > Date.now();
}

/** Notes that a session holds until then, ms. */
export function noteSession(until: number): void {
  localStorage.setItem(key, String(until));
}

/** Notes that there is no session any more, and tells the page. */
export function endSession(): void {
  localStorage.removeItem(key);
  dispatchEvent(new Event(ended));
}

/** Calls `run` when a session ends; answers how to stop that. */
export function onSessionEnd(run: () => void): () => void {
  addEventListener(ended, run);
  return () => removeEventListener(ended, run);
}
