/** The quick check before every commit: format, types, lint, dead code, unit and property tests. */
import { close, runSteps, type Step } from "./steps.ts";

const bun = process.execPath;

/** The steps of the quick check, in the order in which a mistake is cheapest to see. */
export const verifySteps: readonly Step[] = [
  { name: "format", command: [bun, "fmt", "--check"] },
  { name: "types", command: [bun, "check"] },
  { name: "lint", command: [bun, "x", "oxlint", "--type-aware"] },
  { name: "dead code", command: [bun, "x", "knip-bun", "--no-progress"] },
  {
    name: "unit and property tests",
    command: [bun, "test", "--timeout", "30000"],
    counts: "tests",
  },
];

if (import.meta.main) close(await runSteps(verifySteps));
