/**
 * The outbox's statements. `outbox-queries.test.ts` asks SQLite for the plan of each one and
 * fails on a full scan.
 */

/** Every statement that runs while a box lives; the ones of a repair are in `outbox-repair.ts`. */
export const queries = {
  // Counters.
  takeNumber: `UPDATE counter SET next = next + 1 WHERE box = ? AND device = ? AND current = 1
    RETURNING epoch, next - 1 AS seq`,
  startCounter: `INSERT INTO counter (box, device, epoch, next, received, current)
    VALUES (?, ?, ?, 2, 0, 1)`,
  counter: `SELECT next, received, current FROM counter
    WHERE box = ? AND device = ? AND epoch = ?`,
  counters: "SELECT device, epoch, next, received, current FROM counter WHERE box = ?",
  advanceCounter: `UPDATE counter SET received = max(received, ?)
    WHERE box = ? AND device = ? AND epoch = ?`,
  retireCounter: `UPDATE counter SET current = 0, next = max(next, ?)
    WHERE box = ? AND device = ? AND epoch = ?`,
  forgetCounter: "DELETE FROM counter WHERE box = ? AND device = ? AND epoch = ?",

  // Messages.
  insert: `INSERT INTO message
    (box, device, epoch, seq, rank, channel, topic_id, at, payload, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  totals: `SELECT rank, count(*) AS messages, sum(length(payload)) AS bytes
    FROM message WHERE box = ? GROUP BY rank`,
  oldest: "SELECT id, at FROM message WHERE box = ? ORDER BY id LIMIT 1",
  last: "SELECT id FROM message WHERE box = ? ORDER BY id DESC LIMIT 1",
  read: "SELECT * FROM message WHERE id = ? AND box = ?",
  nextOfRank: `SELECT * FROM message WHERE box = ? AND rank = ? AND id > ?
    ORDER BY id LIMIT ?`,
  // +rank keeps SQLite on message_number, whose order is the one wanted.
  nextOfCounter: `SELECT * FROM message
    WHERE box = ? AND device = ? AND epoch = ? AND seq > ? AND seq <= ? AND +rank >= ?
    ORDER BY seq LIMIT ?`,
  ofCounter: `SELECT * FROM message
    WHERE box = ? AND device = ? AND epoch = ? AND +rank = ? ORDER BY seq`,
  seqs: `SELECT seq FROM message WHERE box = ? AND device = ? AND epoch = ? ORDER BY seq`,
  deleteOne: `DELETE FROM message WHERE id = ? AND box = ?
    RETURNING rank, length(payload) AS bytes`,
  deleteOldest: `DELETE FROM message
    WHERE id = (SELECT id FROM message WHERE box = ? AND rank = ? ORDER BY id LIMIT 1)
    RETURNING id, device, epoch, seq, rank, length(payload) AS bytes`,
  deleteReceived: `DELETE FROM message
    WHERE box = ? AND device = ? AND epoch = ? AND seq BETWEEN ? AND ?
    RETURNING id, device, epoch, seq, rank, length(payload) AS bytes`,

  // Losses.
  rangeBelow: `SELECT id, low, high, declared_by FROM dropped
    WHERE box = ? AND device = ? AND epoch = ? AND low <= ? ORDER BY low DESC LIMIT 1`,
  rangeAbove: `SELECT id, low, high, declared_by FROM dropped
    WHERE box = ? AND device = ? AND epoch = ? AND low > ? ORDER BY low LIMIT 1`,
  ranges: `SELECT low, high FROM dropped
    WHERE box = ? AND device = ? AND epoch = ? ORDER BY low`,
  insertRange: `INSERT INTO dropped (box, device, epoch, low, high, declared_by)
    VALUES (?, ?, ?, ?, ?, 0)`,
  deleteRange: "DELETE FROM dropped WHERE id = ?",
  undeclared: "SELECT id, device, epoch, low, high FROM dropped WHERE box = ? AND declared_by = 0",
  declaring: "SELECT 1 AS yes FROM message WHERE box = ? AND rank = ? AND device = ? LIMIT 1",
  waitingBelow: `SELECT 1 AS yes FROM message
    WHERE box = ? AND device = ? AND epoch = ? AND seq < ? LIMIT 1`,
  declare: "UPDATE dropped SET declared_by = ? WHERE id = ?",
  forgetDeclared: "DELETE FROM dropped WHERE box = ? AND declared_by = ?",
  undeclare: "UPDATE dropped SET declared_by = 0 WHERE box = ? AND declared_by = ?",
  isHeld: `SELECT 1 AS yes FROM dropped
    WHERE box = ? AND device = ? AND epoch = ? AND low < ? AND declared_by = 0 LIMIT 1`,
} as const;
