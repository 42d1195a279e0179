/** Where a filter is wrong. */

/** A text cut around the piece that is wrong. */
export interface MarkedText {
  readonly before: string;
  readonly wrong: string;
  readonly after: string;
}

/**
 * The text with the piece that begins at `at` apart: up to where the next condition begins, or a space where the text
 * ends too early.
 */
export function markAt(text: string, at: number): MarkedText {
  const before = text.slice(0, at);
  const [wrong = ""] = /^.[^;,()]*/s.exec(text.slice(at)) ?? [];
  return { before, wrong: wrong === "" ? "\u00a0" : wrong, after: text.slice(at + wrong.length) };
}
