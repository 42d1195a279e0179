/** An API over made-up twins, in a process of its own, and what is asked of it. */
import { inFolder } from "./folder.ts";
import type { Answers, Order } from "./order.ts";
import { startScript, type Talker } from "./process.ts";

/** An API that has read its twins. */
export interface MadeApi extends Talker {
  readonly port: number;
  /** One for each of 16 people. */
  readonly tokens: readonly string[];
  /** Its state. */
  readonly dir: string;
}

/** Runs `work` on an API over that many homes. */
export function onMadeFleet<T>(homes: number, work: (api: MadeApi) => Promise<T>): Promise<T> {
  return inFolder(async (dir) => {
    const api = startScript("api-process.ts", [dir, String(homes)]);
    const { port, tokens } = await api.line<Pick<MadeApi, "port" | "tokens">>();
    const result = await work({ ...api, port, tokens, dir });
    await api.stop();
    return result;
  });
}

/** Loads a server for some seconds, with one request in flight on each connection. */
export async function ask(port: number, order: Order, connections: number): Promise<Answers> {
  const options = ["--port", String(port), "--connections", String(connections)];
  const generator = startScript("http-generator.ts", options);
  generator.tell(JSON.stringify(order));
  const answers = await generator.line<Answers>();
  await generator.stop();
  return answers;
}

/** The same of a bare Elysia that answers everything with so many bytes. */
export async function askBare(bytes: number, order: Order, connections: number): Promise<Answers> {
  const bare = startScript("bare-http.ts", [String(Math.round(bytes))]);
  const { port } = await bare.line<{ port: number }>();
  const answers = await ask(port, order, connections);
  await bare.stop();
  return answers;
}

/** How long the answers to some of these are, on average. */
export async function meanBytes(port: number, { paths, headers }: Order): Promise<number> {
  const some = paths.slice(0, 100);
  let bytes = 0;
  for (const path of some) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    bytes += (await answer.arrayBuffer()).byteLength;
  }
  return bytes / some.length;
}
