import { useState } from "react";

import { type Problem, send, type Sending } from "./client.ts";

/** Sends one thing at a time. */
export interface Sender {
  readonly busy: boolean;
  /** Why the last one was not done. */
  readonly problem: Problem | undefined;
  /** Resolves with the answer; undefined when it was refused, or another is under way. */
  readonly submit: <T = unknown>(sending: Sending) => Promise<T | undefined>;
}

/** Sends what a form or a button wants, and keeps why it was refused. */
export function useSender(): Sender {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async <T>(sending: Sending): Promise<T | undefined> => {
    if (busy) return undefined;
    setBusy(true);
    const answer = await send<T>(sending);
    setBusy(false);
    setProblem(answer.kind === "problem" ? answer : undefined);
    return answer.kind === "ok" ? answer.body : undefined;
  };
  return { busy, problem, submit };
}
