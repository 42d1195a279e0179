/** The modem's driver against a modem that sins. */
import { describe, expect, test } from "bun:test";

import { Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import type { Sins } from "./emulated.ts";
import { ModemScene } from "./modem-scene.ts";
import type { Outcome } from "./modem.ts";
import { type Job, JobQueue } from "./queue.ts";

const sent = (attempts: number): Outcome => ({ kind: "sent", attempts });

test("a modem is put in order, looked at, and sends", async () => {
  const scene = new ModemScene();
  await scene.after(Seconds(1));
  expect(scene.device.heard).toEqual([
    ...["AT", "ATE0", "AT+CMEE=1"],
    ...["AT+CPIN?", "AT+CREG?", "AT+CSQ"],
  ]);
  expect(scene.modem.status).toEqual({ signal: 17 });
  scene.send("a", { text: "Élise : chute." });
  await scene.after(Seconds(3));
  expect(scene.texts).toEqual(["Élise : chute."]);
  expect(scene.outcomes.get("a")).toEqual(sent(1));
  expect(scene.faults).toEqual([]);
});

test("a long text is sent in parts, and sent when all are confirmed", async () => {
  const scene = new ModemScene();
  scene.send("a", { text: "a".repeat(150) });
  await scene.after(Seconds(5));
  expect(scene.texts).toHaveLength(2);
  expect(scene.outcomes.size).toBe(0);
  await scene.after(Seconds(3));
  expect(scene.texts.join("")).toBe("a".repeat(150));
  expect(scene.outcomes.get("a")).toEqual(sent(1));
});

describe("sins that a driver lives with", () => {
  test.each<[string, Sins]>([
    ["an echo that stays", { echo: "always" }],
    ["lines that come byte by byte", { chunk: 1, echo: "always" }],
    ["every OK twice", { ok: "twice" }],
    ["a slow prompt", { promptAfter: Seconds(9) }],
    ["a slow confirmation", { confirmAfter: Seconds(59) }],
  ])("%s", async (_name, sins) => {
    const scene = new ModemScene(sins);
    scene.send("a");
    scene.send("b");
    await scene.after(Minutes(3));
    expect(scene.texts).toEqual(["text a", "text b"]);
    expect([...scene.outcomes.values()]).toEqual([sent(1), sent(1)]);
  });
});

describe("F19: SIM or modem failing", () => {
  test.each<[string, Sins, string]>([
    ["no credit", { sim: "no_credit" }, "barred"],
    ["no SIM", { sim: "none" }, "no_sim"],
    ["no network", { network: "none" }, "no_network"],
    ["error 500", { error: 500 }, "failed"],
    ["no answer at all", { voice: "none" }, "modem_silent"],
    ["resets at the prompt", { resets: "at_prompt" }, "modem_restarted"],
  ])("F19: %s is told at once, every try is logged, and the end sends", async (_n, sins, fault) => {
    const scene = new ModemScene(sins);
    scene.send("a");
    await scene.after(Seconds(30));
    expect(scene.faults).toEqual([fault]);
    await scene.after(Minutes(2));
    const tries = scene.logged.filter(({ event }) => event === "sms attempt");
    expect(tries.length).toBeGreaterThanOrEqual(5);
    expect(tries.map(({ fields }) => fields["fault"])).toEqual(tries.map(() => fault));
    expect(scene.outcomes.size).toBe(0);
    scene.device.sins = {};
    await scene.after(Minutes(2));
    expect(scene.texts).toEqual(["text a"]);
    expect(scene.outcomes.get("a")?.kind).toBe("sent");
    expect(scene.faults).toEqual([fault, "none"]);
  });

  test("the tries come after 1, 5, 15 and 60 s, and an emergency is given up after an hour", async () => {
    const scene = new ModemScene({ error: 500, confirmAfter: Millis(1) });
    const times: number[] = [];
    const attempts = (): number =>
      scene.logged.filter(({ event }) => event === "sms attempt").length;
    scene.send("a");
    for (let second = 0; second < 3900; second += 1) {
      if (attempts() > times.length) times.push(second);
      await scene.after(Seconds(1));
    }
    const waits = times.slice(1, 5).map((time, index) => time - (times[index] ?? 0));
    for (const [index, step] of [1, 5, 15, 60].entries()) {
      expect(Math.abs((waits[index] ?? 0) - step)).toBeLessThanOrEqual(step * 0.2 + 1);
    }
    expect(scene.outcomes.get("a")).toMatchObject({ kind: "given_up", reason: "failed" });
    expect(times.at(-1)).toBeGreaterThanOrEqual(3500);
  });

  test("a routine text is given up after its five tries", async () => {
    const scene = new ModemScene({ error: 500 });
    scene.send("a", { rank: "routine" });
    await scene.after(Minutes(3));
    const outcome = { kind: "given_up", reason: "failed", attempts: 5 };
    expect(scene.outcomes.get("a")).toMatchObject(outcome);
  });

  test("a number that cannot be reached is not tried again, and does not make the modem ill", async () => {
    const scene = new ModemScene({ error: 1 });
    scene.send("a");
    scene.send("b", { number: "none" });
    await scene.after(Seconds(10));
    const outcome = { kind: "given_up", reason: "bad_number" };
    expect(scene.outcomes.get("a")).toMatchObject({ ...outcome, attempts: 1 });
    expect(scene.outcomes.get("b")).toMatchObject({ ...outcome, attempts: 0 });
    expect(scene.faults).toEqual([]);
  });

  test("the fault is found before anybody needs the modem, and found gone", async () => {
    const scene = new ModemScene({ network: "none" });
    await scene.after(Seconds(5));
    scene.device.sins = {};
    await scene.after(Minutes(1));
    expect(scene.faults).toEqual(["no_network", "none"]);
  });
});

describe("a text that may have gone", () => {
  test("a late confirmation counts, and nothing is sent twice", async () => {
    const scene = new ModemScene({ confirmAfter: Seconds(61) });
    scene.send("a");
    await scene.after(Minutes(5));
    expect(scene.texts).toEqual(["text a"]);
    expect(scene.outcomes.get("a")?.kind).toBe("sent");
  });

  test("an emergency is sent again, four times at most", async () => {
    const scene = new ModemScene({ confirmation: "lost" });
    scene.send("a");
    await scene.after(Hours(1));
    expect(scene.texts).toHaveLength(4);
    const outcome = { kind: "given_up", reason: "unconfirmed", attempts: 4 };
    expect(scene.outcomes.get("a")).toMatchObject(outcome);
  });

  test("a confirmation that comes after another text's is nobody's", async () => {
    const scene = new ModemScene({ confirmation: "lost" });
    scene.send("a");
    await scene.after(Millis(60_400));
    scene.device.sins = {};
    scene.send("b", { rank: "routine" });
    await scene.after(Millis(500));
    scene.device.sins = { error: 500, confirmAfter: Millis(1) };
    await scene.after(Seconds(10));
    expect(scene.outcomes.get("b")).toEqual(sent(1));
    scene.device.interject("+CMGS: 9");
    await scene.after(Seconds(1));
    expect(scene.outcomes.get("a")).toBeUndefined();
  });

  test("one that comes before the next prompt leaves that prompt to the next part", async () => {
    const scene = new ModemScene({ confirmation: "lost" });
    scene.send("a", { text: "a".repeat(100) });
    await scene.after(Millis(60_400));
    scene.device.sins = { promptAfter: Seconds(5) };
    await scene.after(Seconds(3));
    scene.device.interject("+CMGS: 1");
    await scene.after(Seconds(20));
    expect(scene.texts).toEqual(["a".repeat(67), "a".repeat(33)]);
    expect(scene.outcomes.get("a")?.kind).toBe("sent");
  });

  test("a routine text is not", async () => {
    const scene = new ModemScene({ resets: "after_network" });
    scene.send("a", { rank: "routine" });
    await scene.after(Minutes(5));
    expect(scene.texts).toHaveLength(1);
    expect(scene.outcomes.get("a")).toMatchObject({ reason: "modem_restarted" });
  });

  test("a modem that has restarted unnoticed sends no digits to anybody", async () => {
    const scene = new ModemScene({ start: "unsaid" });
    scene.send("a");
    await scene.after(Seconds(10));
    scene.device.reset();
    await scene.after(Seconds(10));
    scene.send("b");
    await scene.after(Seconds(10));
    expect(scene.texts).toEqual(["text a", "text b"]);
  });

  test("a prompt that comes too late is left, and the text goes at the next try", async () => {
    const scene = new ModemScene({ promptAfter: Seconds(11) });
    scene.send("a");
    await scene.after(Seconds(5));
    scene.device.sins = {};
    await scene.after(Seconds(15));
    expect(scene.texts).toEqual(["text a"]);
    expect(scene.outcomes.get("a")).toEqual(sent(2));
  });

  test("a modem that has restarted is taught again to number its errors", async () => {
    const scene = new ModemScene();
    await scene.after(Seconds(5));
    scene.device.reset();
    scene.device.sins = { sim: "none" };
    await scene.after(Minutes(1));
    expect(scene.faults).toEqual(["no_sim"]);
  });

  test("a modem that resets in the middle is put in order again", async () => {
    const scene = new ModemScene({ resets: "before_network" });
    scene.send("a");
    await scene.after(Seconds(2));
    scene.device.sins = {};
    await scene.after(Seconds(30));
    expect(scene.texts).toEqual(["text a"]);
    expect(scene.outcomes.get("a")?.kind).toBe("sent");
  });
});

test("a modem that only a 4G network knows has a network", async () => {
  const scene = new ModemScene({ network: "only_4g" });
  await scene.after(Minutes(2));
  expect(scene.modem.status).toEqual({ signal: 17 });
  expect(scene.faults).toEqual([]);
});

describe("the queue", () => {
  test("an emergency goes before what is routine; one text at a time", async () => {
    const scene = new ModemScene();
    await scene.after(Seconds(1));
    for (const id of ["a", "b"]) scene.send(id, { rank: "routine" });
    scene.send("sos");
    await scene.after(Seconds(10));
    expect(scene.texts).toEqual(["text a", "text sos", "text b"]);
  });

  test("a text that waits for its next try holds up no other", async () => {
    const scene = new ModemScene({ error: 500 });
    scene.send("a");
    await scene.after(Seconds(40));
    scene.device.sins = {};
    scene.send("b", { rank: "routine" });
    await scene.after(Seconds(3));
    expect(scene.texts).toEqual(["text b"]);
  });

  test("a full queue gives up the newest routine text for an emergency, and never one for another", async () => {
    const scene = new ModemScene({ voice: "none" });
    await scene.after(Seconds(10));
    for (let count = 0; count < 64; count += 1) scene.send(`r${count}`, { rank: "routine" });
    scene.send("late", { rank: "routine" });
    for (let count = 0; count < 65; count += 1) scene.send(`e${count}`);
    await scene.after(Millis(1));
    expect(scene.outcomes.get("late")).toMatchObject({ reason: "queue_full" });
    expect(scene.outcomes.get("r63")).toMatchObject({ reason: "displaced" });
    // The first routine text is being tried.
    expect(scene.outcomes.get("r0")).toBeUndefined();
    expect(scene.outcomes.get("e63")).toMatchObject({ reason: "queue_full" });
    expect(scene.outcomes.get("e62")).toBeUndefined();
  });

  test("closing gives up what waits, and hands nothing over any more", async () => {
    const scene = new ModemScene();
    for (const id of ["a", "b"]) scene.send(id);
    await scene.after(Millis(1));
    scene.modem.close();
    scene.send("c");
    await scene.after(Minutes(5));
    for (const id of ["a", "b", "c"]) {
      expect(scene.outcomes.get(id)).toMatchObject({ reason: "closed" });
    }
    expect(scene.texts).toEqual([]);
    expect(scene.clock.waiting()).toEqual([]);
  });

  test("closing at the prompt hands nothing over", async () => {
    const scene = new ModemScene({ promptAfter: Seconds(5) });
    scene.send("a");
    await scene.after(Seconds(2));
    scene.modem.close();
    await scene.after(Minutes(1));
    expect(scene.texts).toEqual([]);
  });

  test("what was tried least goes first, then what came first", () => {
    const queue = new JobQueue(3);
    const tried = (id: string, attempts: number): Job => {
      const sms = { id, rank: "emergency", number: "112", text: id } as const;
      return { sms, parts: [], since: 0, dueAt: 0, attempts, doubts: 0, confirmed: 0 };
    };
    for (const job of [tried("a", 2), tried("b", 1), tried("c", 1)]) queue.add(job);
    expect(queue.due(0)?.sms.id).toBe("b");
  });
});
