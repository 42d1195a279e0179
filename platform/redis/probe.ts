/** Asks a server who it is. */
import { silent } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";

import { openRedisConnection } from "./connection.ts";
import { type Address, urlOf } from "./folder.ts";
import { mapOf, textOf } from "./reply.ts";

/** What a server answered; `mute` when it did not, or does not know the password. */
export type Probe =
  | { readonly kind: "serving" | "loading"; readonly pid: number; readonly dir: string }
  | { readonly kind: "mute" };

/** Asks the server at `address`, waiting for an answer no longer than about `patienceMs`. */
export async function probe(address: Address, patienceMs: number): Promise<Probe> {
  try {
    return await ask(address, patienceMs);
  } catch (error) {
    if (isTrouble(error)) return { kind: "mute" };
    throw error;
  }
}

async function ask(address: Address, patienceMs: number): Promise<Probe> {
  const options = { log: silent, patienceMs };
  const connection = await openRedisConnection(() => urlOf(address), options);
  try {
    const info = textOf(await connection.send("INFO", []));
    const config = mapOf(await connection.send("CONFIG", ["GET", "dir"]));
    const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1]);
    const kind = /^loading:1/m.test(info) ? "loading" : "serving";
    return { kind, pid, dir: textOf(config["dir"]) };
  } finally {
    connection.close();
  }
}
