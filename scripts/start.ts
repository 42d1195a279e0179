/** `bun start`: installs the locked dependencies when they are missing, then runs everything in one process. */
import { installDependencies } from "./dependencies.ts";

await installDependencies((line) => console.error(line));
const { main } = await import("../main.ts");
await main(process.argv.slice(2));
