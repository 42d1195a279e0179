/** What `bun run world` may be told. */
import { parseArgs } from "node:util";

/** Which worlds to live, and how to tell of them. */
export interface WorldOptions {
  readonly seeds: number;
  readonly from: number;
  /** Tell every world's parameters first, not only a failing one's. */
  readonly verbose: boolean;
  readonly json: boolean;
}

/** How to call it. */
export const usage = `bun run world [options]
  --seeds N      how many worlds, one per seed (default 100)
  --from SEED    the first seed (default 1)
  --verbose      tell every world's parameters before it is lived
  --json         end with one line of JSON`;

/** The options, or a sentence that says what is wrong with them. */
export type ParsedOptions =
  | { readonly kind: "options"; readonly options: WorldOptions }
  | { readonly kind: "refused"; readonly why: string };

/** Reads the arguments after the command. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        seeds: { type: "string", default: "100" },
        from: { type: "string", default: "1" },
        verbose: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    const { verbose, json } = values;
    const seeds = whole("seeds", values.seeds, { low: 1, high: 1_000_000 });
    const from = whole("from", values.from, { low: 0, high: Number.MAX_SAFE_INTEGER - seeds });
    return { kind: "options", options: { seeds, from, verbose, json } };
  } catch (error) {
    return { kind: "refused", why: error instanceof Error ? error.message : String(error) };
  }
}

function whole(name: string, text: string, { low, high }: { low: number; high: number }): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new Error(`--${name} is a whole number from ${low} to ${high}, not ${text}`);
}
