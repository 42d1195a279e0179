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

/** A child that is spoken with over its standard input and output. */
export interface PipedChild extends Child {
  /** Into the void once it has ended. */
  write(bytes: Uint8Array): void;
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
  return handleOf(child, options.clock);
}

/**
 * Starts `command`, hands `receive` what it says as it comes, cut anywhere, and writes to it what it is told. Its
 * complaints go where ours do when they are `heard`.
 */
export function startPipedChild(
  command: readonly string[],
  options: { clock: Clock; receive: (bytes: Uint8Array) => void; heard?: boolean },
): PipedChild {
  const stderr = options.heard === true ? "inherit" : "ignore";
  const child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr });
  void forwardBytes(child.stdout, options.receive);
  return {
    ...handleOf(child, options.clock),
    write: (bytes) => void feed(child.stdin, bytes),
  };
}

/** Writes; what a child has not read when it ends is lost. */
async function feed(stdin: Bun.FileSink, bytes: Uint8Array): Promise<void> {
  try {
    await stdin.write(bytes);
    await stdin.flush();
  } catch {
    // Its end is told by `exited`.
  }
}

function handleOf(child: Bun.Subprocess, clock: Clock): Child {
  return {
    pid: child.pid,
    exited: child.exited,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      const deadline = clock.after(patience, "child ignores SIGTERM", () => {
        child.kill("SIGKILL");
      });
      await child.exited;
      deadline.cancel();
    },
  };
}

async function forwardBytes(
  stream: ReadableStream<Uint8Array>,
  receive: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of stream) receive(chunk);
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
