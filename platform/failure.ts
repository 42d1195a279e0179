/**
 * What `attempt` fails with; throws when it does not. For tests, which assert on how things fail.
 */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  const outcome = await attempt.then(
    (value) => ({ failed: false, value }),
    (error: unknown) => ({ failed: true, value: error }),
  );
  if (outcome.failed) return outcome.value;
  throw new Error("it was meant to fail");
}
