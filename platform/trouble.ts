/**
 * Trouble with the world: a disk, a network, another process. Typed by what may be retried.
 *
 * `safe`: it did not happen, try again. `ambiguous`: it may have happened, so only an idempotent call may be repeated.
 * `never`: trying again cannot help.
 */
export type Retry = "safe" | "ambiguous" | "never";

/** What every adapter throws when the world refuses; callers read `code` and `retry`, never the message. */
export class Trouble extends Error {
  override readonly name = "Trouble";
  /** Stable kebab-case name of what went wrong. */
  readonly code: string;
  readonly retry: Retry;

  constructor(code: string, options: { retry: Retry; detail?: string; cause?: unknown }) {
    super(options.detail === undefined ? code : `${code}: ${options.detail}`, {
      cause: options.cause,
    });
    this.code = code;
    this.retry = options.retry;
  }
}

/** Whether `error` is {@link Trouble}, of that code when one is named. */
export function isTrouble(error: unknown, code?: string): error is Trouble {
  return error instanceof Trouble && (code === undefined || error.code === code);
}

/** Whether an idempotent call that failed so may be repeated. */
export function isRepeatable(error: unknown): error is Trouble {
  return error instanceof Trouble && error.retry !== "never";
}
