/** The tests that start real servers, by file name. */
import { Glob } from "bun";

const root = new URL("..", import.meta.url).pathname;

/** Every `*.live.ts` of the tree, sorted, as paths that the test runner takes as files. */
export async function liveFiles(): Promise<string[]> {
  const found: string[] = [];
  for await (const path of new Glob("**/*.live.ts").scan({ cwd: root })) {
    if (!path.startsWith("node_modules/")) found.push(`./${path}`);
  }
  return found.toSorted();
}
