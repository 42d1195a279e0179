/**
 * The outbox on disk: what is waiting, the counters that number it, and what had to be dropped.
 *
 * One file may hold the outboxes of many boxes (a fleet of simulated homes keeps one file).
 */
import type { Schema } from "#platform/sql/port.ts";

import { repairOutboxes } from "./outbox-repair.ts";

const first = `
-- What the cloud has not receipted. id is the order of arrival; AUTOINCREMENT, because a number of a
-- deleted row that came back would hide its message from a sender that remembers how far it was.
CREATE TABLE message (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  box      TEXT    NOT NULL,
  device   TEXT    NOT NULL,
  epoch    TEXT    NOT NULL,
  seq      INTEGER NOT NULL,
  rank     INTEGER NOT NULL, -- 0 emergency, 1 declaration of losses, 2 vital, 3 routine
  channel  TEXT    NOT NULL,
  topic_id TEXT    NOT NULL, -- last level of an answer's topic, else empty
  at       INTEGER NOT NULL, -- when it was appended, ms UTC by the box's clock
  payload  BLOB    NOT NULL,
  checksum INTEGER NOT NULL  -- CRC-32 of address, number and payload: SQLite does not check content
) STRICT;

-- A receipt deletes by number.
CREATE UNIQUE INDEX message_number ON message (box, device, epoch, seq);
-- What to send next of one rank, and what to drop first (rowids order equal keys).
CREATE INDEX message_rank ON message (box, rank);
-- The oldest and the newest of a box, ranks mixed.
CREATE INDEX message_box ON message (box);

-- One life of one device's counter.
CREATE TABLE counter (
  id       INTEGER PRIMARY KEY,
  box      TEXT    NOT NULL,
  device   TEXT    NOT NULL,
  epoch    TEXT    NOT NULL,
  next     INTEGER NOT NULL, -- the number to give out next; the first is 1
  received INTEGER NOT NULL, -- every number up to here is the cloud's
  current  INTEGER NOT NULL  -- 1: gives out numbers; 0: retired, kept until all of it is received
) STRICT;

CREATE UNIQUE INDEX counter_epoch ON counter (box, device, epoch);
CREATE UNIQUE INDEX counter_current ON counter (box, device) WHERE current = 1;

-- Numbers whose message this box no longer has, until the cloud knows.
CREATE TABLE dropped (
  id          INTEGER PRIMARY KEY,
  box         TEXT    NOT NULL,
  device      TEXT    NOT NULL,
  epoch       TEXT    NOT NULL,
  low         INTEGER NOT NULL,
  high        INTEGER NOT NULL,
  declared_by INTEGER NOT NULL -- message.id that tells the cloud; 0 while none does
) STRICT;

CREATE INDEX dropped_number ON dropped (box, device, epoch, low);
CREATE INDEX dropped_declaration ON dropped (box, declared_by);
`;

/** What a box keeps besides, in the same file: it is written together with messages, or not at all. */
const second = `
-- How far the radio has come, per lane of one life of a wristband: written with what a frame brought.
CREATE TABLE mark (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  box    TEXT    NOT NULL,
  device TEXT    NOT NULL,
  lane   TEXT    NOT NULL,
  epoch  INTEGER NOT NULL,
  up_to  INTEGER NOT NULL,
  bits   INTEGER NOT NULL,
  lost   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX mark_lane ON mark (box, device, lane, epoch);

-- Measures that wait for the rest of their batch, or of their series.
CREATE TABLE gathered (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  box     TEXT    NOT NULL,
  device  TEXT    NOT NULL,
  flow    TEXT    NOT NULL, -- what they are gathered into
  at      INTEGER NOT NULL, -- when it came, ms UTC by the box's clock
  payload BLOB    NOT NULL  -- JSON, sealed
) STRICT;

CREATE INDEX gathered_flow ON gathered (box, device, flow);

-- What the box knows by name: its bond, its settings, whom to tell.
CREATE TABLE fact (
  id      INTEGER PRIMARY KEY,
  box     TEXT NOT NULL,
  name    TEXT NOT NULL,
  payload BLOB NOT NULL -- JSON, sealed
) STRICT;

CREATE UNIQUE INDEX fact_name ON fact (box, name);

-- What is to be done once, and whether it was: commands, emergencies to tell, strangers to report.
CREATE TABLE deed (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  box     TEXT    NOT NULL,
  kind    TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  done    INTEGER NOT NULL, -- 1: nothing is left to do
  at      INTEGER NOT NULL, -- when it was first asked for, ms UTC by the box's clock
  payload BLOB    NOT NULL  -- JSON, sealed: what it takes to go on after a restart
) STRICT;

CREATE UNIQUE INDEX deed_name ON deed (box, kind, name);
CREATE INDEX deed_open ON deed (box, kind, done);
`;

/** The schema of an outbox file, for whoever opens it. */
export const outboxSchema: Schema = {
  migrations: [first, second],
  // Counters last of the outbox's: a message whose counter is gone tells how far that counter had come.
  tables: ["message", "dropped", "counter", "mark", "gathered", "fact", "deed"],
  repair: repairOutboxes,
};
