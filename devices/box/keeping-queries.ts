/**
 * The statements of what a box keeps besides its outbox; their plans are asserted in `outbox-queries.test.ts`.
 */

/** Every one of them. */
export const keepingQueries = {
  // Marks of the radio.
  // A lane has few of them: its reader puts them in order.
  marks: "SELECT id, lane, epoch, up_to, bits, lost FROM mark WHERE box = ? AND device = ?",
  keepMark: `INSERT INTO mark (box, device, lane, epoch, up_to, bits, lost) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (box, device, lane, epoch)
    DO UPDATE SET up_to = excluded.up_to, bits = excluded.bits, lost = excluded.lost`,
  forgetMark: "DELETE FROM mark WHERE box = ? AND device = ? AND lane = ? AND epoch = ?",
  forgetMarks: "DELETE FROM mark WHERE box = ? AND device = ?",

  // Measures that wait.
  gather: "INSERT INTO gathered (box, device, flow, at, payload) VALUES (?, ?, ?, ?, ?)",
  flows: `SELECT device, flow, count(*) AS measures, min(at) AS since, max(at) AS last FROM gathered
    WHERE box = ? GROUP BY device, flow`,
  gathered: `SELECT id, at, payload FROM gathered WHERE box = ? AND device = ? AND flow = ?
    ORDER BY id LIMIT ?`,
  release: "DELETE FROM gathered WHERE id = ?",
  releaseUpTo: "DELETE FROM gathered WHERE box = ? AND device = ? AND flow = ? AND id <= ?",

  // What is known.
  fact: "SELECT payload FROM fact WHERE box = ? AND name = ?",
  keepFact: `INSERT INTO fact (box, name, payload) VALUES (?, ?, ?)
    ON CONFLICT (box, name) DO UPDATE SET payload = excluded.payload`,
  forgetFact: "DELETE FROM fact WHERE box = ? AND name = ?",

  // What is done once.
  deed: "SELECT name, done, at, payload FROM deed WHERE box = ? AND kind = ? AND name = ?",
  openDeeds: "SELECT name, done, at, payload FROM deed WHERE box = ? AND kind = ? AND done = 0",
  keepDeed: `INSERT INTO deed (box, kind, name, done, at, payload) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (box, kind, name) DO UPDATE SET done = excluded.done, payload = excluded.payload`,
  oldDeeds: `DELETE FROM deed WHERE id IN (
    SELECT id FROM deed WHERE box = ? AND kind = ? AND done = 1 ORDER BY id DESC LIMIT -1 OFFSET ?)`,
} as const;
