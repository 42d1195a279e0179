/**
 * Everything that must hold, on a machine that has seen nothing: installs what it needs, then runs the quick check,
 * the live tests on real servers, the seeds of the world, and the pages in a real browser.
 */
import { installDependencies } from "./dependencies.ts";
import { installPackages } from "./packages.ts";

await installDependencies((line) => console.log(line));
await installPackages();

const { close, runSteps } = await import("./steps.ts");
const { verifySteps } = await import("./verify.ts");
const { liveFiles } = await import("./live-files.ts");

const bun = process.execPath;
const live = (await liveFiles()).map((file) => ({
  name: file,
  command: [bun, "test", "--timeout", "120000", file],
  counts: "tests" as const,
}));
const world = { name: "world, 100 seeds", command: [bun, "run", "world", "--seeds", "100"] };

close(await runSteps([...verifySteps, ...live, world]));
