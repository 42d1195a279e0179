import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { openDatabase } from "#platform/database.ts";
import { judgeFilter } from "#twins/filter.ts";
import { idOf } from "#twins/fleet-table.ts";
import { pageOf } from "#twins/page.ts";
import { parseFilter } from "#twins/rsql.ts";
import { parseBox, type Serial } from "#wire/identity.ts";
import { Hours, Instant, later, Millis, Seconds } from "#wire/units.ts";

import type { CustodyAnswer } from "./custody.ts";
import { type CustodyScene, openCustodyScene, serial } from "./scene.ts";
import { prepareCustody } from "./statements.ts";
import { deviceStatuses, mayBecome } from "./status.ts";

let scene: CustodyScene;
beforeEach(async () => {
  scene = await openCustodyScene();
});
afterEach(() => scene.close());

async function codeOf(answer: Promise<CustodyAnswer>): Promise<string> {
  const given = await answer;
  return given.kind === "done" ? "done" : `${given.code} ${given.serial}`;
}

function assign(device: string, assignment: string, box?: string): Promise<CustodyAnswer> {
  const behind = box === undefined ? {} : { box: parseBox(box)! };
  return scene.custody.assign({ device: serial(device), assignment, ...behind }, scene.order);
}

function swap(old: string, fresh: string, as: "inactive" | "broken" = "inactive") {
  return scene.custody.swap({ old: serial(old), fresh: serial(fresh), as }, scene.order);
}

function standing(text: string) {
  return scene.registry.keeping.standing.get({ serial: serial(text) })!;
}

describe("an assignment", () => {
  test("FL-13: takes a device from stock, links it to the home's box, and its twin shows both", async () => {
    expect(await codeOf(assign("B-3", "A-1", "X-1"))).toBe("done");
    expect(await scene.twin("B-3")).toMatchObject({
      links: { box: "X-1", assignment: "A-1" },
      identity: { status: "active" },
    });
    expect(scene.registry.behind(parseBox("X-1")!).map((each) => each.serial)).toContain(
      serial("B-3"),
    );
  });

  test("FL-05: is refused to a device that has another, and changes nothing when it has this one", async () => {
    await assign("B-1", "A-1");
    const { rev } = await scene.twin("B-1");
    expect(await codeOf(assign("B-1", "A-2"))).toBe("assigned B-1");
    expect(await codeOf(assign("B-1", "A-1"))).toBe("done");
    expect((await scene.twin("B-1")).rev).toBe(rev);
  });

  test("FL-13: of one device by many at once is one's", async () => {
    const answers = await Promise.all(["A-1", "A-2", "A-3"].map((name) => assign("B-3", name)));
    expect(answers.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect(standing("B-3").assignment).toBe("A-1");
  });

  test("is undone with its link when the box may not be, and refused to what is broken or unknown", async () => {
    await scene.registry.revoke(serial("X-2"));
    expect(await codeOf(assign("B-3", "A-1", "X-2"))).toBe("revoked X-2");
    expect(standing("B-3")).toMatchObject({ assignment: null, status: "inactive" });
    await scene.custody.setStatus(serial("B-3"), "broken", scene.order);
    expect(await codeOf(assign("B-3", "A-1"))).toBe("broken B-3");
    expect(await codeOf(assign("B-7", "A-1"))).toBe("unknown B-7");
    const foreign = { device: serial("B-3"), assignment: "A-1" };
    expect(await codeOf(scene.custody.assign(foreign, scene.foreign))).toBe("unknown B-3");
  });

  test("ends when its device goes back to stock, off its box", async () => {
    await assign("B-1", "A-1");
    await scene.clock.advance({ by: Hours(1) });
    expect(await codeOf(scene.custody.release(serial("B-1"), scene.order))).toBe("done");
    expect(await scene.twin("B-1")).toMatchObject({
      links: { box: null, assignment: null },
      identity: { status: "inactive" },
    });
    expect(await codeOf(scene.custody.release(serial("B-1"), scene.order))).toBe("done");
  });
});

describe("a swap", () => {
  test("gives the new device the box and the assignment of the old, which goes to stock, in one go", async () => {
    await assign("B-1", "A-1");
    await scene.clock.advance({ by: Hours(1) });
    expect(await codeOf(swap("B-1", "B-3"))).toBe("done");
    expect(await scene.twin("B-3")).toMatchObject({
      links: { box: "X-1", assignment: "A-1" },
      identity: { status: "active" },
    });
    expect(await scene.twin("B-1")).toMatchObject({
      links: { box: null, assignment: null },
      identity: { status: "inactive" },
    });
    const at = later(scene.clock.now(), Millis(0));
    const [boxes, held] = [
      scene.registry.custody(serial("B-1")),
      scene.registry.custody(serial("B-3")),
    ];
    expect(boxes.at(-1)?.until).toBe(held.at(-1)?.since ?? at);
  });

  test("done again is done, and changes nothing", async () => {
    await swap("B-1", "B-3", "broken");
    const { rev } = await scene.twin("B-3");
    await scene.clock.advance({ by: Hours(1) });
    expect(await codeOf(swap("B-1", "B-3", "broken"))).toBe("done");
    expect((await scene.twin("B-3")).rev).toBe(rev);
    expect(standing("B-1").status).toBe("broken");
  });

  test("of a box moves all that hangs on it, and the old box may speak for the home no more", async () => {
    const [one, two] = [parseBox("X-1")!, parseBox("X-2")!];
    await scene.custody.release(serial("B-2"), scene.order);
    expect(await codeOf(swap("X-1", "X-2"))).toBe("done");
    expect(scene.registry.behind(two).map((each) => each.serial)).toEqual([two, serial("B-1")]);
    expect((await scene.twin("B-1")).links.box).toBe(two);
    expect(scene.registry.device(one)).toMatchObject({ fingerprint: null, revokedAt: null });
    expect(scene.registry.byFingerprint("1".padStart(64, "0"))).toBeUndefined();
  });

  const refused: readonly (readonly [why: string, old: string, fresh: string, expected: string])[] =
    [
      ["what is in use", "B-1", "B-2", "not_in_stock B-2"],
      ["a device of another kind", "B-1", "T-1", "other_kind T-1"],
      ["itself", "B-1", "B-1", "other_kind B-1"],
      ["what nobody has", "B-3", "B-4", "nothing_to_swap B-3"],
      ["a box without a certificate", "X-1", "X-3", "no_certificate X-3"],
      ["a device of another tenant", "B-1", "B-9", "unknown B-9"],
      ["a device that does not exist", "B-1", "B-8", "unknown B-8"],
    ];
  for (const [why, old, fresh, expected] of refused) {
    test(`is refused with ${why}, and changes nothing`, async () => {
      const before = ["B-1", "B-2", "X-1"].map(standing);
      expect(await codeOf(swap(old, fresh))).toBe(expected);
      expect(["B-1", "B-2", "X-1"].map(standing)).toEqual(before);
    });
  }

  test("is refused with what is broken or revoked", async () => {
    await scene.custody.setStatus(serial("B-3"), "broken", scene.order);
    expect(await codeOf(swap("B-1", "B-3"))).toBe("broken B-3");
    await scene.registry.revoke(serial("B-4"));
    expect(await codeOf(swap("B-1", "B-4"))).toBe("revoked B-4");
  });

  test("that was cut off before the twins were written is shown by whoever follows the registry", async () => {
    await assign("B-1", "A-1");
    await scene.registry.change((rows) => {
      const cut = { old: serial("B-1"), fresh: serial("B-3"), as: "inactive" } as const;
      expect(rows.custody.swap(cut, scene.order.author)).toBeUndefined();
    });
    expect((await scene.twin("B-1")).links.assignment).toBe("A-1");
    const mirror = scene.follow();
    await scene.clock.advance({ by: Seconds(12) });
    expect((await scene.twin("B-1")).links).toEqual({ box: null, assignment: null });
    expect(await scene.twin("B-3")).toMatchObject({ links: { box: "X-1", assignment: "A-1" } });
    const { rev } = await scene.twin("B-3");
    await scene.clock.advance({ by: Seconds(30) });
    expect((await scene.twin("B-3")).rev).toBe(rev);
    await mirror.close();
  });
});

describe("a status", () => {
  test("MD-36: is active, inactive, broken or retired, and what is broken is looked at before it is used", () => {
    expect(deviceStatuses).toEqual(["active", "inactive", "broken", "retired"]);
    const allowed = deviceStatuses.flatMap((from) =>
      deviceStatuses.filter((to) => mayBecome(from, to)).map((to) => `${from} ${to}`),
    );
    expect(allowed).toEqual([
      "active inactive",
      "active broken",
      "active retired",
      "inactive active",
      "inactive broken",
      "inactive retired",
      "broken inactive",
      "broken retired",
    ]);
  });

  test("FL-12: goes where it may only, and not into stock while somebody has the device", async () => {
    const set = (to: (typeof deviceStatuses)[number], text = "B-3") =>
      codeOf(scene.custody.setStatus(serial(text), to, scene.order));
    expect(await set("broken")).toBe("done");
    expect(await set("active")).toBe("not_allowed B-3");
    expect(await set("inactive")).toBe("done");
    await assign("B-3", "A-1");
    expect(await set("inactive")).toBe("assigned B-3");
    expect(await set("broken")).toBe("done");
    expect(await set("retired")).toBe("done");
    expect(await set("active")).toBe("not_allowed B-3");
    expect(await set("retired")).toBe("done");
    expect(scene.registry.device("B-3")?.revokedAt).not.toBeNull();
    expect((await scene.twin("B-3")).retiredAt).not.toBeNull();
    expect(standing("B-3")).toMatchObject({ assignment: null, status: "retired" });
  });

  test("follows enrolment: what comes home is in use, what is taken on is in stock", () => {
    expect(["X-1", "B-1", "B-3"].map((text) => standing(text).status)).toEqual([
      "active",
      "active",
      "inactive",
    ]);
  });

  test("FL-04: can be asked of the whole fleet, and so can overdue checks", async () => {
    await scene.custody.setStatus(serial("B-3"), "broken", scene.order);
    await scene.custody.calibrate(serial("B-1"), later(scene.clock.now(), Hours(1)), scene.order);
    await scene.clock.advance({ by: Seconds(1) });
    const table = scene.fleet.table(scene.order.tenant);
    const found = (text: string): string[] => {
      const parsed = parseFilter(text);
      const filter = parsed.kind === "fault" ? parsed : judgeFilter(parsed, "technical");
      if (filter.kind === "fault" || filter.kind === "forbidden") return [filter.kind];
      const asked = { filter, sort: [], limit: 10, after: undefined, now: scene.fleet.now() };
      return pageOf(table, asked).rows.map((row) => idOf(table, row));
    };
    expect(found("status==broken")).toEqual(["B-3"]);
    expect(found(`calibrationDue=lt=${scene.clock.now() + 7_200_000}`)).toEqual(["B-1"]);
  });
});

describe("history", () => {
  test("TW-05: tells who had a device at any past moment, and which devices somebody had", async () => {
    await assign("B-1", "A-1");
    await scene.clock.advance({ by: Hours(1) });
    await swap("B-1", "B-3");
    const swapped = scene.clock.now();
    await scene.clock.advance({ by: Hours(1) });
    const { tenant } = scene.order;
    const held = (at?: number): Serial[] =>
      scene.custody
        .heldBy(tenant, "A-1", at === undefined ? undefined : Instant(at))
        .map(({ device }) => device);
    expect(held(swapped - 1)).toEqual([serial("B-1")]);
    expect(held(swapped)).toEqual([serial("B-3")]);
    expect(held()).toEqual([serial("B-1"), serial("B-3")]);
    expect(scene.custody.heldBy(scene.foreign.tenant, "A-1")).toEqual([]);
    expect(scene.custody.record(tenant, serial("B-1"))).toMatchObject({
      assignments: [{ assignment: "A-1", until: swapped, by: "u:alice", why: "because" }],
      statuses: [{ status: "active" }, { status: "inactive", until: null }],
      boxes: [{ box: "X-1", until: swapped }],
    });
    expect(scene.custody.record(scene.foreign.tenant, serial("B-1"))).toBeUndefined();
  });

  test("keeps when a device was with somebody whose pseudonym was erased, and no longer with whom", async () => {
    await assign("B-1", "A-1");
    await assign("B-2", "A-2");
    await scene.clock.advance({ by: Hours(1) });
    expect(await codeOf(scene.custody.erase("A-1", scene.order))).toBe("done");
    const { tenant } = scene.order;
    expect(scene.custody.heldBy(tenant, "A-1")).toEqual([]);
    expect(scene.custody.record(tenant, serial("B-1"))?.assignments).toMatchObject([
      { assignment: null, until: scene.clock.now() },
    ]);
    expect((await scene.twin("B-1")).links).toEqual({ box: null, assignment: null });
    expect(standing("B-2").assignment).toBe("A-2");
    expect(await codeOf(scene.custody.erase("A-1", scene.foreign))).toBe("done");
  });

  test("MD-39: keeps every check of a device, and the latest counts", async () => {
    const due = later(scene.clock.now(), Hours(24));
    await scene.custody.calibrate(serial("B-1"), due, scene.order);
    await scene.clock.advance({ by: Hours(1) });
    await scene.custody.calibrate(serial("B-1"), later(due, Hours(24)), scene.order);
    const { calibrations, device } = scene.custody.record(scene.order.tenant, serial("B-1"))!;
    expect(calibrations).toHaveLength(2);
    expect(device.calibrationDue).toBe(later(due, Hours(24)));
    expect((await scene.twin("B-1")).identity).toMatchObject({
      calibrationDue: later(due, Hours(24)),
    });
  });
});

test("law: whatever is asked in whatever order, no two spans of a device overlap and no stock has an owner", async () => {
  const bands = ["B-1", "B-2", "B-3", "B-4"];
  const band = fc.constantFrom(...bands);
  const name = fc.constantFrom("A-1", "A-2", "A-3");
  const act = fc.oneof(
    fc.tuple(band, name, fc.constantFrom("X-1", "X-2", undefined)).map(
      ([device, assignment, box]) =>
        () =>
          assign(device, assignment, box),
    ),
    fc.tuple(band, band, fc.constantFrom("inactive" as const, "broken" as const)).map(
      ([old, fresh, as]) =>
        () =>
          swap(old, fresh, as),
    ),
    band.map((device) => () => scene.custody.release(serial(device), scene.order)),
    name.map((assignment) => () => scene.custody.erase(assignment, scene.order)),
    fc.tuple(band, fc.constantFrom("active" as const, "inactive" as const, "broken" as const)).map(
      ([device, status]) =>
        () =>
          scene.custody.setStatus(serial(device), status, scene.order),
    ),
  );
  const pause = fc.constantFrom(0, 1, 5000);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(act, pause), { maxLength: 25 }), async (acts) => {
      for (const [run, wait] of acts) {
        await run();
        await scene.clock.advance({ by: Millis(wait) });
      }
      for (const text of bands) await expectOrder(text);
    }),
    { numRuns: 60 },
  );
});

/** What holds of a device whatever was asked. */
async function expectOrder(text: string): Promise<void> {
  const record = scene.custody.record(scene.order.tenant, serial(text))!;
  const { boxes, assignments, statuses, device } = record;
  for (const spans of [boxes, assignments, statuses]) {
    expect(spans.filter(({ until }) => until === null).length).toBeLessThanOrEqual(1);
    const ends = spans.flatMap(({ since, until }) => [since, until ?? Number.POSITIVE_INFINITY]);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  }
  if (device.status === "inactive") expect(device.assignment).toBeNull();
  const twin = await scene.twin(text);
  expect(twin.links).toEqual({ box: device.box, assignment: device.assignment });
  expect(twin.identity["status"]).toBe(device.status);
}

test("every look-up goes through an index, and only who starts from nothing reads all devices", () => {
  const folder = new URL("../migrations", import.meta.url).pathname;
  const database = openDatabase(":memory:", folder);
  for (const [name, statement] of Object.entries(prepareCustody(database.tables))) {
    const text = statement.getQuery().sql.replaceAll("?", "0");
    const plan = database.tables.values<[number, number, number, string]>(
      `EXPLAIN QUERY PLAN ${text}`,
    );
    const steps = plan.map(([, , , detail]) => detail).join("; ");
    expect(`${name}: ${steps}`).not.toMatch(/SCAN \w+(;|$)|TEMP B-TREE/);
  }
  database.close();
});
