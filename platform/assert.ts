/** A bug, not a refusal: the condition was meant to hold always. */
export class Bug extends Error {
  override readonly name = "Bug";
}

/** Throws {@link Bug} with the sentence unless the condition holds. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Bug(sentence);
}
