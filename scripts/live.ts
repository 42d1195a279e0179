/** Runs the tests that start real servers: all of them, or those whose path contains an argument. */
import { liveFiles } from "./live-files.ts";
import { close, runSteps } from "./steps.ts";

const wanted = process.argv.slice(2);
const files = (await liveFiles()).filter(
  (file) => wanted.length === 0 || wanted.some((word) => file.includes(word)),
);
if (files.length === 0) {
  console.error("no live test has such a name");
  process.exit(1);
}
const runner = [process.execPath, "test", "--timeout", "120000"];
close(
  await runSteps(
    files.map((file) => ({ name: file, command: [...runner, file], counts: "tests" as const })),
  ),
);
