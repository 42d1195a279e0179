import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { type Instant, later, Minutes } from "#wire/units.ts";

import { type Column, columns, declared } from "./columns.ts";
import { type Twin, type Wish, type WishState, wishStates } from "./document.ts";
import { isAging, type Judged, judgeFilter, passes } from "./filter.ts";
import { createFleetTable, type FleetTable } from "./fleet-table.ts";
import { emptyPart } from "./leaves.ts";
import { pageOf, parseSort } from "./page.ts";
import { parseFilter } from "./rsql.ts";
import { after, device, pulse, start } from "./specimens.ts";
import { cellsOf, follow } from "./twin-row.ts";
import { createTwin, fold } from "./twin.ts";

function judged(text: string): Judged {
  const filter = parseFilter(text);
  const meaning = filter.kind === "fault" ? filter : judgeFilter(filter, "technical");
  if (meaning.kind === "fault" || meaning.kind === "forbidden") {
    throw new Error(`${text}: ${JSON.stringify(meaning)}`);
  }
  return meaning;
}

function why(text: string): string {
  const filter = parseFilter(text);
  const meaning = filter.kind === "fault" ? filter : judgeFilter(filter, "technical");
  return meaning.kind === "fault" ? meaning.why.en : meaning.kind;
}

function twin(serial: string, wish: Partial<Twin> = {}): Twin {
  return { ...createTwin(device(serial), start), ...wish };
}

function wished(states: Readonly<Record<string, WishState>>): Twin["parts"] {
  const wish = (state: WishState): Wish => ({ v: 1, state, at: start, setAt: start, by: "u:x" });
  const wishes = Object.fromEntries(Object.entries(states).map(([at, is]) => [at, wish(is)]));
  return { config: { ...emptyPart, wishes } };
}

function tableOf(...twins: Twin[]): FleetTable {
  const table = createFleetTable();
  for (const each of twins) table.put(cellsOf(each));
  return table;
}

function found(table: FleetTable, text: string, now: Instant = start): string[] {
  const query = { filter: judged(text), sort: [], limit: 1000, after: undefined, now };
  return pageOf(table, query).rows.map((row) => String(table.get(row, declared("id"))));
}

const fleet = tableOf(
  twin("B-1", { tags: { lot: "L24-07", zone: "Nord", floor: 10, spare: true } }),
  twin("B-2", { tags: { lot: "L24-08", zone: "sud", floor: 9, note: { nested: 1 } } }),
  twin("B-3"),
);

test("tags that people make up are filtered by, numbers as numbers, and what is no plain value is not there", () => {
  expect(found(fleet, "lot==L24-07")).toEqual(["B-1"]);
  expect(found(fleet, "tags.lot==L24*")).toEqual(["B-1", "B-2"]);
  expect(found(fleet, "tags.floor=gt=9")).toEqual(["B-1"]);
  expect(found(fleet, "tags.spare==true")).toEqual(["B-1"]);
  expect(found(fleet, "tags.note=exists=true")).toEqual([]);
  expect(found(fleet, "tags.never!=x")).toEqual(["B-1", "B-2", "B-3"]);
  expect(found(fleet, "tags=exists=false")).toEqual(["B-3"]);
  expect(why("tags==x")).toBe("tags is compared by =exists= and =empty= only");
  expect(why("tags.a b==x")).toContain("expected one of");
});

test("like heeds case, ilike does not, and neither takes a number", () => {
  expect(found(fleet, "tags.zone=like=n*")).toEqual([]);
  expect(found(fleet, "tags.zone=like=N*d")).toEqual(["B-1"]);
  expect(found(fleet, "tags.zone=ilike=n*D,tags.zone=ilike=SUD")).toEqual(["B-1", "B-2"]);
  expect(why("power.battery=like=1*")).toBe("power.battery is no text");
});

test("exists and empty ask whether there is a value, and between takes both ends", () => {
  const table = tableOf(twin("B-1", { tags: { a: "" } }), twin("B-2", { tags: { a: "x" } }));
  expect(found(table, "tags.a=exists=true")).toEqual(["B-1", "B-2"]);
  expect(found(table, "tags.a=empty=true")).toEqual(["B-1"]);
  expect(found(table, "tags.b=empty=true")).toEqual(["B-1", "B-2"]);
  expect(found(table, "assignment=exists=false;box==X-1")).toEqual(["B-1", "B-2"]);
  expect(found(table, "rev=between=(1,2)")).toEqual(["B-1", "B-2"]);
  expect(found(table, "rev=between=(2,3)")).toEqual([]);
  expect(found(table, "serial=between=(B-2,B-9)")).toEqual(["B-2"]);
  expect(why("rev=between=(1,2,3)")).toBe("=between= takes two values");
  expect(why("rev=exists=yes")).toBe("=exists= takes true or false");
});

test("not turns a condition round, also where there is no value", () => {
  expect(found(fleet, "!(lot==L24-07)")).toEqual(["B-2", "B-3"]);
  expect(found(fleet, "not (lot==L24-07 or lot==null)")).toEqual(["B-2"]);
});

test("what became of desired leaves is asked leaf by leaf, by the gravest, and by count", () => {
  const table = tableOf(
    twin("B-1", { parts: wished({ profile: "pending", "cell/apn": "applied" }) }),
    twin("B-2", { parts: wished({ profile: "rejected", other: "pending" }) }),
    twin("B-3"),
  );
  expect(found(table, "sync==pending")).toEqual(["B-1"]);
  expect(found(table, "sync.pending=gt=0")).toEqual(["B-1", "B-2"]);
  expect(found(table, "sync.state==null")).toEqual(["B-3"]);
  expect(found(table, "sync.config.profile==rejected")).toEqual(["B-2"]);
  expect(found(table, "sync.config.cell.apn==applied")).toEqual(["B-1"]);
  expect(found(table, "sync.applied==0")).toEqual(["B-2", "B-3"]);
});

test("an age is a duration counted to now, and moves on without any change", () => {
  const read = fold(twin("B-1"), pulse(70, after(0))).twin;
  const table = tableOf(read, twin("B-2"));
  const at = (minutes: number): Instant => later(start, Minutes(minutes));
  expect(found(table, "freshness=gt=PT10M", at(10))).toEqual([]);
  expect(found(table, "freshness=gt=PT10M", at(11))).toEqual(["B-1"]);
  expect(found(table, "freshness=le=PT10M", at(9))).toEqual(["B-1"]);
  expect(found(table, "freshness==null", at(11))).toEqual(["B-2"]);
  expect(found(table, "createdAt=older=P1D", at(24 * 60))).toEqual([]);
  expect(found(table, "createdAt=older=P1D", at(24 * 60 + 1))).toEqual(["B-1", "B-2"]);
  expect(isAging(judged("rev==1;!(freshness=gt=PT1M)"))).toBe(true);
  expect(isAging(judged("freshness==null"))).toBe(false);
  expect(why("freshness==PT1M")).toContain("freshness is an age");
  expect(why("freshness=gt=10")).toBe("an age is a duration such as PT10M or P2D");
  expect(why("freshness=gt=P1M")).toBe("an age is a duration such as PT10M or P2D");
  expect(why("kind=older=PT1M")).toBe("kind is no instant");
});

test("sorting by age puts the youngest first", () => {
  const [old, young] = [twin("B-1"), twin("B-2")].map(
    (each, at) => fold(each, pulse(70, after(at * 1000), { device: each.id })).twin,
  );
  const table = tableOf(old!, young!, twin("B-3"));
  const sort = parseSort("freshness", "technical");
  if ("kind" in sort) throw new Error("no sort");
  const { rows } = pageOf(table, {
    filter: undefined,
    sort,
    limit: 9,
    after: undefined,
    now: start,
  });
  expect(rows.map((row) => table.get(row, declared("id")))).toEqual(["B-2", "B-1", "B-3"]);
});

test("a device that is being heard is seen now, however long ago its state was told", () => {
  const presence = twin("X-1").presence;
  const table = tableOf(
    twin("X-1", { presence: { ...presence, state: "online", heardAt: start } }),
    twin("X-2", { presence: { ...presence, state: "silent", heardAt: start } }),
    twin("X-3"),
  );
  const now = later(start, Minutes(120));
  expect(found(table, "lastSeen=older=PT1H", now)).toEqual(["X-2"]);
  expect(found(table, "lastSeen==null", now)).toEqual(["X-3"]);
});

const names: Readonly<Record<string, string>> = {
  battery: "power.battery",
  firmware: "firmware.version",
  serial: "id",
  model: "tags.model",
  state: "presence.state",
};

test("short names mean what the long ones mean", () => {
  for (const [short, long] of Object.entries(names)) {
    expect(judged(`${short}!=null`)).toMatchObject({ text: `${long}!=null` });
  }
});

test("a row kept by changes holds what a row made from the document holds", () => {
  const states = fc.constantFrom(...wishStates);
  const step = fc.record({
    tags: fc.dictionary(fc.constantFrom("lot", "zone"), fc.oneof(fc.string(), fc.integer())),
    sync: fc.dictionary(fc.constantFrom("a", "b/c"), states),
    presence: fc.constantFrom("online", "silent"),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      let known = twin("B-1");
      const table = tableOf(known);
      const row = {
        get: (column: Column) => table.get(0, column),
        set: (column: Column, cell: string | number | null) => table.set(0, column, cell),
      };
      for (const { tags, sync, presence } of steps) {
        const before = known;
        known = {
          ...before,
          rev: before.rev + 1,
          tags,
          parts: wished(sync),
          presence: { ...before.presence, state: presence },
        };
        const gone = (path: string) => ({ path, value: null, t: 0 });
        const changed = [
          ...Object.keys(before.tags).map((name) => gone(`tags/${name}`)),
          ...Object.keys(before.parts.config?.wishes ?? {}).map((at) => gone(`sync/config/${at}`)),
          ...Object.entries(tags).map(([name, value]) => ({ path: `tags/${name}`, value, t: 0 })),
          ...Object.entries(sync).map(([at, is]) => ({
            path: `sync/config/${at}`,
            value: is,
            t: 0,
          })),
          { path: "presence/state", value: presence, t: 0 },
        ];
        const { id, tenant, rev, modifiedAt: at } = known;
        follow(row, { id, tenant, rev, at, kind: "changed", changed });
      }
      expect(columns.map(row.get)).toEqual(cellsOf(known));
    }),
  );
});

test("a remembered condition on a bag follows every change of it", () => {
  const table = tableOf(twin("B-1", { tags: { zone: "a" } }));
  const filter = judged("tags.zone==a");
  const count = (): number =>
    pageOf(table, { filter, sort: [], limit: 9, after: undefined, now: start }).total;
  expect(count()).toBe(1);
  for (let at = 0; at < 3000; at++) table.set(0, declared("tags"), `{"zone":"z${at}"}`);
  expect(count()).toBe(0);
  table.set(0, declared("tags"), '{"zone":"a"}');
  expect(count()).toBe(1);
  expect(passes(filter, (column) => table.get(0, column), start)).toBe(true);
});
