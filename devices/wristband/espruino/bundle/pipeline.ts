/**
 * TypeScript → what the watch's interpreter runs: bundled, said plainly, lowered to ES5, made small.
 *
 * @source spec/firmware.md §3.3, the pipelines compared
 */
import { fileURLToPath } from "node:url";

import { transform } from "@swc/core";
import type { BunPlugin } from "bun";
import { minify } from "terser";

import { markHot } from "./hot.ts";
import { toPlain } from "./plain.ts";

/** One program in three stages: the first is for people and for lint, the last for the watch. */
export interface Bundle {
  /** All modules in one script, in the language they were written in. */
  readonly modern: string;
  /** ES5, small, ASCII. */
  readonly lowered: string;
}

/** The program that begins at a module; throws when it does not build. The same bytes each time. */
export async function bundle(entry: string): Promise<Bundle> {
  const built = await Bun.build({
    entrypoints: [entry],
    format: "iife",
    target: "browser",
    plugins: [ownProduct],
  });
  const [output] = built.outputs;
  if (output === undefined) throw new Error(`nothing came of ${entry}`);
  const modern = await output.text();
  return { modern, lowered: await lower(modern) };
}

/** The watch multiplies rows of numbers by itself. */
const ownProduct: BunPlugin = {
  name: "the watch's own product",
  setup: (build) => {
    build.onResolve({ filter: /^\.\/dot\.ts$/ }, () => ({
      path: fileURLToPath(new URL("../app/dot.ts", import.meta.url)),
    }));
  },
};

/** A script of today as the watch can run it. */
export async function lower(code: string): Promise<string> {
  const { code: old } = await transform(toPlain(markHot(code)), {
    configFile: false,
    swcrc: false,
    isModule: false,
    jsc: { parser: { syntax: "ecmascript" }, loose: true, preserveAllComments: true },
    // ES5; but what a symbol's type is called need not be asked, where there are none.
    env: { targets: "ie 9", loose: true, exclude: ["transform-typeof-symbol"] },
  });
  // The helpers stand outside of the bundle: on the watch they would be everybody's.
  const small = await minify(`(function () {\n${old}\n})();`, {
    ecma: 5,
    compress: {
      // JavaScript hoists functions and the watch does not: so the text does.
      hoist_funs: true,
      hoist_vars: false,
      // Functions that are called once are written in where they are, but for those of `hot.ts`, and never by turning
      // their arguments into variables.
      inline: false,
      reduce_funcs: true,
      passes: 3,
      global_defs: renamed,
    },
    mangle: { properties: { regex: /^_[a-z]/ } },
    format: { ascii_only: true },
  });
  if (small.code === undefined) throw new Error("nothing is left of the script");
  return small.code;
}

/** What the watch has under another name, or bundlers take for their own. */
const renamed = {
  "@RangeError": "Error",
  "@Storage": 'require("Storage")',
  "@Number.isFinite": "isFinite",
};
