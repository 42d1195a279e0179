/** Processes of a measurement: started with a pipe that ends with us, asked for one line of JSON at a time, stopped by pid. */

/** A process that speaks in lines of JSON. */
export interface Talker {
  readonly pid: number;
  /** The next line on its standard output; throws when it ends before. */
  line<T>(): Promise<T>;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  stop(): Promise<void>;
}

/** Starts a Bun script beside this file with arguments. */
export function startScript(script: string, args: readonly string[]): Talker {
  const path = new URL(script, import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, path, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = linesOf(child.stdout);
  return {
    pid: child.pid,
    line: async <T>() => {
      const next = await lines.next();
      if (next.done === true) throw new Error(`${script} ended before it answered`);
      const value: T = JSON.parse(next.value);
      return value;
    },
    tell: (line) => {
      void child.stdin.write(`${line}\n`);
      void child.stdin.flush();
    },
    stop: async () => {
      await child.stdin.end();
      const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.exited;
      clearTimeout(killer);
    },
  };
}

/** The lines of a stream as they come. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => part !== "");
  }
}

/** Resident memory of a process in bytes (Linux). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}
