/** Why Vigie itself took a step of a bulk change, in the language of the page. */
import type { Speech } from "../language.ts";

/** Its sentences; each group stands in its place in the words. */
const sentences = [
  [/^(\d+) of (\d+) canaries applied, (\d+) needed$/, "whyCanaries"],
  [/^no canary$/, "whyNoCanary"],
  [/^(\d+) of (\d+) rejected$/, "whyRejected"],
  [/^(\d+) of (\d+) silent$/, "whySilent"],
  [/^(\d+) devices written$/, "whyWritten"],
  [/^(\d+) of (\d+) applied$/, "whyApplied"],
  [/^(\d+) put back, (\d+) not$/, "whyPutBack"],
] as const;

/** The sentence; undefined for one that is not known here. */
export function ownReason(why: string, { word, number }: Speech): string | undefined {
  for (const [pattern, key] of sentences) {
    const [, ...values] = pattern.exec(why) ?? [];
    if (pattern.test(why)) return word(key, ...values.map((value) => number(Number(value))));
  }
  return undefined;
}
