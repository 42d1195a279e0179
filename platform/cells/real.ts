/**
 * Cells in a Redis server; the atomic commit is `commit.lua`. Durable because the server syncs
 * before it answers.
 */
import { CryptoHasher } from "bun";

import { type RedisConnection, renamed } from "#platform/redis/connection.ts";
import { listOf, maybeTextOf, numberOf, textOf, textsOf } from "#platform/redis/reply.ts";
import { isTrouble } from "#platform/trouble.ts";

import { encode } from "./encoding.ts";
import type { Cells, Outcome, Unit } from "./port.ts";

/** How many keys one step of a walk looks at. */
const walkStep = "1000";

/** The cells behind a connection, which stays the caller's to close. */
export async function openCells(connection: RedisConnection): Promise<Cells> {
  const script = await loadScript();
  const send = async (command: string, args: string[]): Promise<unknown> => {
    try {
      return await connection.send(command, args);
    } catch (error) {
      throw renamed(error, "cells");
    }
  };
  return {
    get: async (key, field) => maybeTextOf(await send("HGET", [key, field])),
    getAll: async (key) => textsOf(await send("HGETALL", [key])),
    getAllOf: async (keys) =>
      (await Promise.all(keys.map((key) => send("HGETALL", [key])))).map(textsOf),
    keys: (prefix) => walk(send, prefix),
    commit: (units) => commit({ send, script }, units),
    memory: async () => memoryOf(textOf(await send("INFO", ["memory"]))),
  };
}

type Send = (command: string, args: string[]) => Promise<unknown>;

/** A script with the digest that Redis knows it by. */
interface Script {
  readonly text: string;
  readonly digest: string;
}

async function loadScript(): Promise<Script> {
  const text = await Bun.file(new URL("commit.lua", import.meta.url)).text();
  return { text, digest: new CryptoHasher("sha1").update(text).digest("hex") };
}

async function commit(
  { send, script }: { send: Send; script: Script },
  units: readonly Unit[],
): Promise<Outcome[]> {
  if (units.length === 0) return [];
  const { keys, texts } = encode(units);
  const args = [script.digest, String(keys.length), ...keys, ...texts];
  const reply = await send("EVALSHA", args).catch(async (error: unknown) => {
    // A server that was just started knows no script; nothing of the batch has happened.
    if (!isTrouble(error, "cells-no-script")) throw error;
    await send("SCRIPT", ["LOAD", script.text]);
    return send("EVALSHA", args);
  });
  return listOf(reply).map(outcomeOf);
}

function outcomeOf(reply: unknown): Outcome {
  const parts = listOf(reply);
  if (typeof parts[0] !== "number") return { kind: "committed", ids: parts.map(textOf) };
  return { kind: "conflict", check: numberOf(parts[0]), found: maybeTextOf(parts[1]) };
}

async function walk(send: Send, prefix: string): Promise<string[]> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, "\\$&")}*`;
  const found = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = listOf(await send("SCAN", [cursor, "MATCH", pattern, "COUNT", walkStep]));
    for (const key of listOf(keys)) found.add(textOf(key));
    cursor = textOf(next);
  } while (cursor !== "0");
  return [...found];
}

function memoryOf(info: string): { used: number; limit: number } {
  const line = (name: string): number => {
    const found = new RegExp(`^${name}:(\\d+)`, "m").exec(info);
    return Number(found?.[1] ?? 0);
  };
  return { used: line("used_memory"), limit: line("maxmemory") };
}
