/**
 * What a Redis server of ours keeps in its folder: `redis.conf` (0600, with port and password: the
 * record of how to reach it), `redis.pid`, `redis.log`, and the append-only files.
 */
import { readFileSync } from "node:fs";
import { chmod, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How to reach the server. */
export interface Address {
  readonly port: number;
  readonly password: string;
}

/** Path of the settings, which also names our server among processes: it stands in its title. */
export function confPath(dir: string): string {
  return join(dir, "redis.conf");
}

/** The url of a server on this machine. */
export function urlOf({ port, password }: Address): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

/** How the server of this folder is reached, or was last; undefined when there never was one. */
export function readAddress(dir: string): Address | undefined {
  const conf = readText(confPath(dir));
  const port = /^port (\d+)$/m.exec(conf)?.[1];
  const password = /^requirepass (\S+)$/m.exec(conf)?.[1];
  return port === undefined || password === undefined
    ? undefined
    : { port: Number(port), password };
}

/**
 * The process that the server of this folder said it was; it may be long gone, and the number
 * another's.
 */
export function readPid(dir: string): number | undefined {
  const pid = Number.parseInt(readText(join(dir, "redis.pid")), 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** The last lines of the server's log, for whoever must find out why it will not start. */
export function readComplaint(dir: string): string {
  return readText(join(dir, "redis.log")).trimEnd().split("\n").slice(-4).join("\n");
}

/** Writes the settings whole, so that a reader never sees half of them. */
export async function writeConf(
  dir: string,
  settings: { address: Address; maxMemoryMiB: number },
): Promise<void> {
  const draft = `${confPath(dir)}.new`;
  await writeFile(draft, confOf(dir, settings), { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, confPath(dir));
}

function confOf(dir: string, settings: { address: Address; maxMemoryMiB: number }): string {
  const lines = [
    "# Written at each start of the server.",
    "bind 127.0.0.1",
    `port ${settings.address.port}`,
    `requirepass ${settings.address.password}`,
    `dir ${JSON.stringify(dir)}`,
    `pidfile ${JSON.stringify(join(dir, "redis.pid"))}`,
    `logfile ${JSON.stringify(join(dir, "redis.log"))}`,
    'proc-title-template "{title} {listen-addr} {config-file}"',
    "# An answer means that it is on disk.",
    "appendonly yes",
    "appendfsync always",
    "auto-aof-rewrite-percentage 100",
    "auto-aof-rewrite-min-size 64mb",
    'save ""',
    "# When full, refuse what grows; nothing is ever evicted.",
    `maxmemory ${settings.maxMemoryMiB}mb`,
    "maxmemory-policy noeviction",
    "# A hash of some texts is one block, not a table of them: a third less memory a twin.",
    "hash-max-listpack-value 2048",
  ];
  return `${lines.join("\n")}\n`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
