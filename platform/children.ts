/**
 * Child processes of ours: each ends when we do. Orderly by SIGTERM and, when that is not heard, SIGKILL, by pid;
 * and when we are killed, by the end of its standard input.
 */
import { Millis } from "#wire/units.ts";

import type { Clock } from "./clock/port.ts";

/** A running child. */
export interface Child {
  readonly pid: number;
  readonly exited: Promise<number>;
  /** Resolves when it is gone. */
  stop(): Promise<void>;
}

const patience = Millis(5000);

/** Starts `command` with a pipe to its standard input that ends with this process. */
export function startChild(
  command: readonly string[],
  options: { clock: Clock; line?: (text: string) => void },
): Child {
  const child = Bun.spawn([...command], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: options.line === undefined ? "ignore" : "pipe",
  });
  if (options.line !== undefined && child.stderr !== undefined) {
    void forwardLines(child.stderr, options.line);
  }
  return {
    pid: child.pid,
    exited: child.exited,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      const deadline = options.clock.after(patience, "child ignores SIGTERM", () => {
        child.kill("SIGKILL");
      });
      await child.exited;
      deadline.cancel();
    },
  };
}

async function forwardLines(
  stream: ReadableStream<Uint8Array>,
  line: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/[\n\r]/);
    rest = (parts.pop() ?? "").slice(-4096);
    for (const part of parts) if (part !== "") line(part);
  }
}
