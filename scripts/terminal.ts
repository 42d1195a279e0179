/** What a person sees of a long-running command: lines that stay, and one line that lives. */
export interface Terminal {
  /** A line that stays. */
  readonly say: (line: string) => void;
  /** Replaces the live line; on something that is no terminal, prints it at most every ten seconds. */
  readonly progress: (line: string) => void;
}

const quietMs = 10_000;

/** The terminal on standard error, so that standard output stays clean for results. */
export function openTerminal(): Terminal {
  const live = process.stderr.isTTY;
  let shown = "";
  let printedAt = 0;
  const clear = (): void => {
    if (live && shown !== "") process.stderr.write("\r\u001b[2K");
  };
  return {
    say: (line) => {
      clear();
      process.stderr.write(`${line}\n`);
      if (live && shown !== "") process.stderr.write(shown);
    },
    progress: (line) => {
      if (line === shown) return;
      if (live) {
        clear();
        process.stderr.write(line);
        shown = line;
      } else if (performance.now() - printedAt > quietMs || printedAt === 0) {
        printedAt = performance.now();
        process.stderr.write(`${line}\n`);
      }
    },
  };
}
