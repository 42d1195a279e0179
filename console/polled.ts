/** Values of the API that are asked for again and again. */
import { useEffect, useEffectEvent, useRef, useState } from "react";

import type { Answer, Problem } from "./client.ts";
import { serverNow } from "./clock.ts";
import { useVisible } from "./live.ts";

/** The last value there was, since when, and why there is none newer. */
export interface Polled<T> {
  readonly value: T | undefined;
  /** When it was answered, ms; 0 for never. */
  readonly at: number;
  readonly problem: Problem | undefined;
  /** Asks again, within a second. */
  readonly refresh: () => void;
}

const beatMs = 1000;

/**
 * Asks at once, when `key` changes, every `everyMs`, and after `refresh`: at most once a second, one question at a time,
 * and only while the page can be seen.
 */
export function usePolled<T>(
  load: () => Promise<Answer<T>>,
  options: { everyMs: number; key: string },
): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, "refresh">>({
    value: undefined,
    at: 0,
    problem: undefined,
  });
  const isWanted = useRef(true);
  const isVisible = useVisible();
  const ask = useEffectEvent(load);
  const { everyMs, key } = options;
  useEffect(() => {
    if (!isVisible) return undefined;
    let isOver = false;
    let isAsking = false;
    let askedAt = Number.NEGATIVE_INFINITY;
    const run = async (): Promise<void> => {
      isAsking = true;
      isWanted.current = false;
      askedAt = Date.now();
      const answer = await ask();
      isAsking = false;
      if (isOver) return;
      if (answer.kind === "problem") setState((before) => ({ ...before, problem: answer }));
      else setState({ value: answer.body, at: serverNow(), problem: undefined });
    };
    const beat = (): void => {
      const isDue = isWanted.current || Date.now() - askedAt >= everyMs;
      if (isDue && !isAsking) void run();
    };
    beat();
    const timer = setInterval(beat, beatMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [everyMs, key, isVisible]);
  const refresh = (): void => {
    isWanted.current = true;
  };
  return { ...state, refresh };
}
