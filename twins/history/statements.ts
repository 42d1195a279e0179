/** Every statement over the history's tables, prepared once. */
import { and, asc, eq, gt, isNotNull, lt, max, sql } from "drizzle-orm";

import type { Tables } from "#platform/database.ts";

import { chains, framePages, frames, gaps, positions, records, trimmings } from "./schema.ts";

/** What `prepareStatements` gives. */
export type Statements = ReturnType<typeof prepareStatements>;

/** A chain as it is stored. */
export type ChainRow = typeof chains.$inferSelect;
/** A record as it is stored. */
export type RecordRow = typeof records.$inferSelect;

const hole = sql.placeholder;
/** `set` takes no bare placeholder. */
const given = (name: string) => sql`${hole(name)}`;

/** Prepares them on an open database. */
export function prepareStatements(tables: Tables) {
  return {
    ...chainStatements(tables),
    ...recordStatements(tables),
    ...aboutStatements(tables),
    ...frameStatements(tables),
  };
}

function chainStatements(tables: Tables) {
  const tail = {
    head: given("head"),
    rev: given("rev"),
    hash: given("hash"),
    partial: given("partial"),
    seenTo: given("seenTo"),
  };
  const { no, serial } = chains;
  return {
    chain: tables
      .select()
      .from(chains)
      .where(eq(serial, hole("serial")))
      .prepare(),
    chainNumbered: tables
      .select()
      .from(chains)
      .where(eq(no, hole("no")))
      .prepare(),
    chains: tables
      .select()
      .from(chains)
      .where(gt(no, hole("after")))
      .orderBy(asc(no))
      .limit(1000)
      .prepare(),
    lastChain: tables
      .select({ no: max(no) })
      .from(chains)
      .prepare(),
    putChain: tables
      .insert(chains)
      .values({
        no: hole("no"),
        serial: hole("serial"),
        tenant: hole("tenant"),
        head: hole("head"),
        rev: hole("rev"),
        hash: hole("hash"),
        partial: hole("partial"),
        seenTo: hole("seenTo"),
      })
      .prepare(),
    moveChain: tables
      .update(chains)
      .set(tail)
      .where(eq(no, hole("no")))
      .prepare(),
  };
}

function recordStatements(tables: Tables) {
  const { id } = records;
  return {
    record: tables
      .select()
      .from(records)
      .where(eq(id, hole("id")))
      .prepare(),
    recordsAfter: tables
      .select()
      .from(records)
      .where(gt(id, hole("after")))
      .orderBy(asc(id))
      .limit(hole("limit"))
      .prepare(),
    textsAfter: tables
      .select({ id, chain: records.chain, text: records.text })
      .from(records)
      .where(gt(id, hole("after")))
      .orderBy(asc(id))
      .limit(hole("limit"))
      .prepare(),
    lastRecord: tables
      .select({ id: max(id) })
      .from(records)
      .prepare(),
    putRecord: tables
      .insert(records)
      .values({
        id: hole("id"),
        chain: hole("chain"),
        before: hole("before"),
        hash: hole("hash"),
        text: hole("text"),
      })
      .prepare(),
    replaceRecord: tables
      .update(records)
      .set({ before: given("before"), text: given("text"), seal: given("seal") })
      .where(eq(id, hole("id")))
      .prepare(),
    dropRecord: tables
      .delete(records)
      .where(eq(id, hole("id")))
      .prepare(),
  };
}

function aboutStatements(tables: Tables) {
  return {
    position: tables
      .select()
      .from(positions)
      .where(eq(positions.partition, hole("partition")))
      .prepare(),
    positions: tables.select().from(positions).prepare(),
    putPosition: tables
      .insert(positions)
      .values({ partition: hole("partition"), id: hole("id") })
      .onConflictDoUpdate({ target: positions.partition, set: { id: given("id") } })
      .prepare(),
    putGap: tables
      .insert(gaps)
      .values({
        partition: hole("partition"),
        since: hole("since"),
        until: hole("until"),
        twins: hole("twins"),
      })
      .prepare(),
    gaps: tables.select().from(gaps).orderBy(asc(gaps.no)).prepare(),
    trimming: tables
      .select()
      .from(trimmings)
      .where(eq(trimmings.class, hole("class")))
      .prepare(),
    putTrimming: tables
      .insert(trimmings)
      .values({ class: hole("class"), upTo: hole("upTo"), removed: hole("removed") })
      .onConflictDoUpdate({
        target: trimmings.class,
        set: { upTo: given("upTo"), removed: given("removed") },
      })
      .prepare(),
  };
}

function frameStatements(tables: Tables) {
  const { no, until, since } = frames;
  const isOf = eq(framePages.frame, hole("frame"));
  return {
    frames: tables.select().from(frames).where(isNotNull(until)).orderBy(asc(no)).prepare(),
    lastFrame: tables
      .select({ no: max(no) })
      .from(frames)
      .prepare(),
    beginFrame: tables
      .insert(frames)
      .values({
        no: hole("no"),
        partitions: hole("partitions"),
        upTo: hole("upTo"),
        since: hole("since"),
      })
      .prepare(),
    endFrame: tables
      .update(frames)
      .set({ until: given("until") })
      .where(eq(no, hole("no")))
      .prepare(),
    putFramePage: tables
      .insert(framePages)
      .values({ frame: hole("frame"), page: hole("page"), lines: hole("lines") })
      .prepare(),
    framePage: tables
      .select()
      .from(framePages)
      .where(and(isOf, eq(framePages.page, hole("page"))))
      .prepare(),
    framesBefore: tables
      .select({ no })
      .from(frames)
      .where(lt(since, hole("since")))
      .prepare(),
    dropFrame: tables
      .delete(frames)
      .where(eq(no, hole("frame")))
      .prepare(),
    dropFramePages: tables.delete(framePages).where(isOf).prepare(),
  };
}
