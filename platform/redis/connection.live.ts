/**
 * What a connection does while its server dies, returns, is silent, or has forgotten its scripts.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";

import type { Unit } from "#platform/cells/port.ts";
import { openCells } from "#platform/cells/real.ts";
import { failureOf } from "#platform/failure.ts";
import { silent } from "#platform/log.ts";
import { origin } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";

import { openRedisConnection } from "./connection.ts";
import { type LiveTrial, openLiveTrial } from "./live-trial.ts";
import { freshKeys } from "./trial.ts";

setDefaultTimeout(30_000);

let trial: LiveTrial;
beforeAll(async () => {
  trial = await openLiveTrial();
});
afterAll(() => trial.close());

const works = (): Promise<boolean> =>
  trial.cells.memory().then(
    () => true,
    () => false,
  );

test("what is under way when the server dies fails at once, and later calls work again", async () => {
  const key = freshKeys();
  const positions = new Map([[key("s"), origin]]);
  const waiting = failureOf(trial.streams.read(positions, { limit: 1, blockMs: 60_000 }));
  await Bun.sleep(50);
  const killedAt = performance.now();
  process.kill(trial.server.pid, "SIGKILL");
  expect(await waiting).toMatchObject({ code: "stream-unreachable" });
  const refused = await failureOf(trial.cells.get(key("h"), "f"));
  expect(refused).toMatchObject({ code: "cells-unreachable" });
  expect(performance.now() - killedAt).toBeLessThan(1000);
  // What waits has a connection of its own, which comes back by itself.
  const waits = (): Promise<boolean> =>
    trial.streams.read(positions, { limit: 1, blockMs: 1 }).then(
      () => true,
      () => false,
    );
  await trial.until(works);
  await trial.until(waits);
  const again = trial.streams.read(positions, { limit: 1, blockMs: 60_000 });
  await trial.streams.append(key("s"), { n: "1" });
  expect((await again)[0]?.entries).toHaveLength(1);
});

test("every commit that was answered survives kill -9, and none happens twice", async () => {
  const key = freshKeys();
  const answered = new Set<number>();
  let number = 0;
  const load = { on: true };
  const write = async (): Promise<void> => {
    while (load.on) {
      const mine = (number += 1);
      const unit: Unit = {
        checks: [{ key: key("h"), field: `${mine}`, expected: null }],
        writes: [
          { op: "HSET", key: key("h"), field: `${mine}`, value: "1" },
          { op: "XADD", key: key("s"), fields: { n: `${mine}` } },
        ],
      };
      for (let done = false; !done;) {
        const outcome = await trial.cells.commit([unit]).catch((error: unknown) => error);
        done = !isTrouble(outcome);
        if (!done) await Bun.sleep(5);
      }
      answered.add(mine);
    }
  };
  const writers = Array.from({ length: 20 }, write);
  for (let kill = 0; kill < 3; kill += 1) {
    const before = answered.size;
    await trial.until(() => answered.size > before + 500);
    process.kill(trial.server.pid, "SIGKILL");
  }
  await trial.until(works);
  load.on = false;
  await Promise.all(writers);
  const entries = await trial.streams.range(key("s"), { after: origin, limit: 1_000_000 });
  const numbers = entries.map(({ fields }) => Number(fields["n"]));
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(new Set(numbers)).toEqual(answered);
});

test("a server that forgot its scripts is told them again", async () => {
  const connection = await openRedisConnection(() => trial.server.url, { log: silent });
  const cells = await openCells(connection);
  const key = freshKeys()("h");
  const unit: Unit = { checks: [], writes: [{ op: "HINCRBY", key, field: "n", by: 1 }] };
  await connection.send("SCRIPT", ["FLUSH"]);
  await Promise.all(Array.from({ length: 10 }, () => cells.commit([unit])));
  expect(await cells.get(key, "n")).toBe("10");
  connection.close();
});

test("a server that falls silent is given up in bounded time, and found again", async () => {
  const options = { log: silent, patienceMs: 300 };
  const connection = await openRedisConnection(() => trial.server.url, options);
  process.kill(trial.server.pid, "SIGSTOP");
  const since = performance.now();
  const failure = await failureOf(connection.send("PING", []));
  expect(failure).toMatchObject({ code: "redis-unreachable", retry: "ambiguous" });
  expect(performance.now() - since).toBeLessThan(2000);
  process.kill(trial.server.pid, "SIGCONT");
  await trial.until(() =>
    connection.send("PING", []).then(
      () => true,
      () => false,
    ),
  );
  connection.close();
  expect(await failureOf(connection.send("PING", []))).toMatchObject({ retry: "safe" });
});

test("a read that waits is not taken for silence, and closing ends it", async () => {
  const options = { log: silent, patienceMs: 100 };
  const connection = await openRedisConnection(() => trial.server.url, options);
  const key = freshKeys()("s");
  const block = ["BLOCK", "600", "STREAMS", key, origin];
  expect(await connection.send("XREAD", block, 600)).toBeNull();
  const waiting = failureOf(
    connection.send("XREAD", ["BLOCK", "60000", "STREAMS", key, origin], 60_000),
  );
  await Bun.sleep(20);
  connection.close();
  expect(await waiting).toMatchObject({ code: "redis-unreachable" });
});
