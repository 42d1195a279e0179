/**
 * A twin in a list, read off the columns: the JSON text of `TwinRow`.
 *
 * Written straight as text, and kept until the row changes: a page of twins, or a change told to a thousand readers,
 * costs little more than putting such texts one after the other.
 */
import { type Clearance, type Column, columnsFor, declared, stateOfSync } from "#twins/columns.ts";
import type { FleetTable } from "#twins/fleet-table.ts";

/** The row: vital signs for a clinical clearance only, and only those that are known. */
export function rowText(table: FleetTable, row: number, clearance: Clearance): string {
  const text = table.text(row, (at) => technicalText(table, at));
  if (clearance === "technical") return text;
  return `${text.slice(0, -1)},"vitals":{${vitalsText(table, row)}}}`;
}

const id = declared("id");
const kind = declared("kind");
const box = declared("box");
const assignment = declared("assignment");
const rev = declared("rev");
const createdAt = declared("createdAt");
const modifiedAt = declared("modifiedAt");
const state = declared("presence.state");
const cause = declared("presence.cause");
const since = declared("presence.since");
const heardAt = declared("presence.heardAt");
const readingAt = declared("readingAt");
const version = declared("firmware.version");
const battery = declared("power.battery");
const charging = declared("power.charging");
const source = declared("power.source");
const link = declared("radio.link");
const worn = declared("wear.worn");
const depth = declared("buffer.depth");
const profile = declared("config.profile");
const wantedVersion = declared("desired.firmware.version");
const wantedProfile = declared("desired.config.profile");
const tags = declared("tags");
const sync = declared("sync");

function technicalText(table: FleetTable, row: number): string {
  const of = (column: Column): string => cellText(table, row, column);
  return (
    `{"id":${of(id)},"kind":${of(kind)},"box":${of(box)},"assignment":${of(assignment)}` +
    `,"rev":${of(rev)},"createdAt":${of(createdAt)},"modifiedAt":${of(modifiedAt)}` +
    `,"presence":{"state":${of(state)},"cause":${of(cause)}` +
    `,"since":${of(since)},"heardAt":${of(heardAt)}}` +
    `,"readingAt":${of(readingAt)},"firmware":{"version":${of(version)}}` +
    `,"power":{"battery":${of(battery)},"charging":${of(charging)},"source":${of(source)}}` +
    `,"radio":{"link":${of(link)}},"wear":{"worn":${of(worn)}},"buffer":{"depth":${of(depth)}}` +
    `,"config":{"profile":${of(profile)}}` +
    `,"desired":{"firmware":{"version":${of(wantedVersion)}}` +
    `,"config":{"profile":${of(wantedProfile)}}},"tags":${of(tags)}` +
    `,"sync":{"state":${of(stateOfSync)},"leaves":${of(sync)}}}`
  );
}

function cellText(table: FleetTable, row: number, column: Column): string {
  const cell = table.get(row, column);
  const { type } = column;
  if (type === "bag") return typeof cell === "string" ? cell : "{}";
  if (cell === null) return "null";
  if (type === "flag") return cell === 1 ? "true" : "false";
  return typeof cell === "string" ? JSON.stringify(cell) : String(cell);
}

const vitals = columnsFor("clinical")
  .filter(({ clearance }) => clearance === "clinical")
  .map((column) => ({ column, before: `"${column.name.slice("vitals.".length)}":` }));

function vitalsText(table: FleetTable, row: number): string {
  return vitals
    .flatMap(({ column, before }) => {
      const cell = table.get(row, column);
      return cell === null ? [] : `${before}${cell}`;
    })
    .join(",");
}
