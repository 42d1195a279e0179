/** The server that we own: it outlives its own death and ours, and leaves nothing behind. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Cells, Unit } from "#platform/cells/port.ts";
import { openCells } from "#platform/cells/real.ts";
import { failureOf } from "#platform/failure.ts";
import { silent } from "#platform/log.ts";

import { openRedisConnection } from "./connection.ts";
import { confPath, readAddress } from "./folder.ts";
import { servesFrom } from "./process.ts";
import { openRedisServer, type RedisServer, redisUrlOf } from "./server.ts";
import { waitUntil } from "./trial.ts";

setDefaultTimeout(30_000);

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "vigie redis-"));
  ends.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function open(dir: string, restarted?: (url: string) => void): Promise<RedisServer> {
  const options = { dir, log: silent, maxMemoryMiB: 100 };
  const server = await openRedisServer(
    restarted === undefined ? options : { ...options, restarted },
  );
  ends.push(() => server.close());
  return server;
}

async function cellsOf(server: RedisServer): Promise<Cells> {
  const connection = await openRedisConnection(() => server.url, { log: silent });
  ends.push(() => connection.close());
  return openCells(connection);
}

const set = (cells: Cells, value: string): Promise<unknown> =>
  cells.commit([{ checks: [], writes: [{ op: "HSET", key: "trial:{0}:h", field: "f", value }] }]);
const get = (cells: Cells): Promise<string | null> => cells.get("trial:{0}:h", "f");

async function answers(cells: Cells): Promise<void> {
  const works = (): Promise<boolean> =>
    get(cells).then(
      () => true,
      () => false,
    );
  await waitUntil(works, Bun.sleep);
}

/** Starts a process that owns the server and kills it, as `kill -9` of the whole product would. */
async function openAndDie(dir: string): Promise<number> {
  const script = `
    const { openRedisServer } = await import("${import.meta.dir}/server.ts");
    const { silent } = await import("${import.meta.dir}/../log.ts");
    const server = await openRedisServer({ dir: ${JSON.stringify(dir)}, log: silent });
    console.log(server.pid);
    process.kill(process.pid, "SIGKILL");`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const pid = Number(await new Response(child.stdout).text());
  await child.exited;
  expect(pid).toBeGreaterThan(1);
  ends.push(() => {
    if (servesFrom(dir, pid)) process.kill(pid, "SIGKILL");
  });
  return pid;
}

/** Path of the log that the server of this folder was last writing. */
async function newestLog(dir: string): Promise<string> {
  const logs = join(dir, "appendonlydir");
  const names = await readdir(logs);
  return join(
    logs,
    names.find((name) => name.endsWith(".incr.aof"))!,
  );
}

describe("a server of our own", () => {
  test("is private, durable, bounded, and gone without a trace once closed", async () => {
    const dir = await folder();
    const server = await open(dir);
    const connection = await openRedisConnection(() => server.url, { log: silent });
    const setting = async (name: string): Promise<unknown> =>
      Object.values(Object(await connection.send("CONFIG", ["GET", name])))[0];
    expect(await setting("bind")).toBe("127.0.0.1");
    expect(await setting("appendfsync")).toBe("always");
    expect(await setting("maxmemory-policy")).toBe("noeviction");
    expect(await setting("maxmemory")).toBe(String(100 * 1024 * 1024));
    connection.close();
    const stranger = server.url.replace(/:[^:@]+@/, ":guess@");
    expect(await failureOf(openRedisConnection(() => stranger, { log: silent }))).toMatchObject({
      code: "redis-unreachable",
    });
    expect((await stat(confPath(dir))).mode & 0o777).toBe(0o600);
    expect(redisUrlOf(dir)).toBe(server.url);
    const { pid } = server;
    await server.close();
    expect(servesFrom(dir, pid)).toBe(false);
    expect(await readdir(dir)).not.toContain("redis.pid");
  });

  test("keeps its data, port and password from one start to the next", async () => {
    const dir = await folder();
    const first = await open(dir);
    await set(await cellsOf(first), "kept");
    const { url } = first;
    await first.close();
    const second = await open(dir);
    expect(second.url).toBe(url);
    expect(await get(await cellsOf(second))).toBe("kept");
  });

  test("runs again after kill -9 with everything it had answered for", async () => {
    const dir = await folder();
    const urls: string[] = [];
    const server = await open(dir, (url) => urls.push(url));
    const cells = await cellsOf(server);
    for (let life = 1; life <= 3; life += 1) {
      await set(cells, `life ${life}`);
      const { pid } = server;
      process.kill(pid, "SIGKILL");
      await waitUntil(() => urls.length === life, Bun.sleep);
      expect(server.pid).not.toBe(pid);
      await answers(cells);
      expect(await get(cells)).toBe(`life ${life}`);
    }
    expect(new Set([...urls, server.url]).size).toBe(1);
  });

  test("takes another port when its own was taken while it was dead", async () => {
    const dir = await folder();
    const server = await open(dir);
    const { port } = readAddress(dir)!;
    await set(await cellsOf(server), "kept");
    await server.close();
    const squatter = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
    ends.push(() => squatter.stop(true));
    const moved = await open(dir);
    expect(readAddress(dir)!.port).not.toBe(port);
    expect(await get(await cellsOf(moved))).toBe("kept");
  });

  test("does not hear the interrupt meant for us", async () => {
    const server = await open(await folder());
    const line = await Bun.file(`/proc/${server.pid}/stat`)
      .text()
      .catch(() => "");
    if (line === "") return; // no /proc here
    const [, , group] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    expect(Number(group)).toBe(server.pid);
  });
});

describe("a server left behind by an owner that was killed", () => {
  test("is adopted with what it holds, and kept alive from then on", async () => {
    const dir = await folder();
    const pid = await openAndDie(dir);
    expect(servesFrom(dir, pid)).toBe(true);
    const urls: string[] = [];
    const server = await open(dir, (url) => urls.push(url));
    expect(server.pid).toBe(pid);
    const cells = await cellsOf(server);
    await set(cells, "adopted");
    expect((await cells.memory()).limit).toBe(100 * 1024 * 1024);
    process.kill(pid, "SIGKILL");
    await waitUntil(() => urls.length === 1, Bun.sleep);
    await answers(cells);
    expect(await get(cells)).toBe("adopted");
  });

  test("is ended when it no longer answers, and another takes its place", async () => {
    const dir = await folder();
    const pid = await openAndDie(dir);
    process.kill(pid, "SIGSTOP");
    const server = await open(dir);
    expect(server.pid).not.toBe(pid);
    expect(servesFrom(dir, pid)).toBe(false);
  });

  test("is not mistaken: a process that took over its number is left alone", async () => {
    const dir = await folder();
    const bystander = Bun.spawn(["sleep", "600"]);
    ends.push(() => bystander.kill("SIGKILL"));
    const server = await open(dir);
    await server.close();
    await writeFile(join(dir, "redis.pid"), `${bystander.pid}\n`);
    await open(dir);
    expect(bystander.exitCode).toBeNull();
    expect(bystander.signalCode).toBeNull();
  });
});

describe("a log that a power cut left damaged", () => {
  test("loses the batch that was being written as a whole, never half of it", async () => {
    const dir = await folder();
    const server = await open(dir);
    const cells = await cellsOf(server);
    await set(cells, "before");
    const units = Array.from({ length: 20 }, (_, n): Unit => {
      const write = { op: "HSET", key: "trial:{0}:batch", field: `${n}`, value: "1" } as const;
      return { checks: [], writes: [write] };
    });
    await cells.commit(units);
    await server.close();
    const log = await newestLog(dir);
    const { size } = await stat(log);
    await truncate(log, size - 200);
    const again = await cellsOf(await open(dir));
    expect(await get(again)).toBe("before");
    expect(await again.getAll("trial:{0}:batch")).toEqual({});
  });

  test("stops the start when it is damaged inside, which says why", async () => {
    const dir = await folder();
    const server = await open(dir);
    await set(await cellsOf(server), "x".repeat(10_000));
    await server.close();
    const log = await newestLog(dir);
    const bytes = await Bun.file(log).bytes();
    bytes.fill(0, 50, 90);
    await Bun.write(log, bytes);
    const failure = await failureOf(openRedisServer({ dir, log: silent }));
    expect(failure).toMatchObject({ code: "redis-failed", retry: "never" });
    expect(String(failure)).toContain("Bad file format");
  });
});
