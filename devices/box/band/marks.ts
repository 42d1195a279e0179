/**
 * How far the radio of one wristband has come, on disk: written in the transaction that keeps what a frame brought, so that
 * a frame is acknowledged only when it can no longer be lost, and taken only once.
 *
 * @source catalogue BX-10, WB-38; spec/clinical.md F14
 */
import type { Inbox } from "#devices/link/courier.ts";
import type { SqlRow } from "#platform/sql/port.ts";
import { type DataFrame, type Lane, lanes } from "#wire/frames/frame.ts";
import type { LaneMark } from "#wire/frames/receiver.ts";
import type { Serial } from "#wire/identity.ts";

import type { Keeping } from "../facts.ts";
import { allOf, type Consequence, type Journal } from "../journal.ts";
import { keepingQueries as queries } from "../keeping-queries.ts";
import { integer } from "../outbox-row.ts";

/** Lives of a wristband that are remembered of a lane: frames of an earlier one may still be on the air. */
const epochsMost = 4;

/** What an inbox of this wristband needs. */
interface InboxPorts {
  readonly keeping: Keeping;
  readonly device: Serial;
  readonly journal: Journal;
  /** What a body that has not been taken before comes to. */
  readonly hear: (frame: DataFrame) => Consequence;
}

/** The inbox of this wristband. Throws the database's Trouble, when it is opened only. */
export function openRadioInbox(ports: InboxPorts): Inbox {
  const { keeping, device, journal, hear } = ports;
  const { sql, box } = keeping;
  /** As they are on the disk, the latest last. */
  let marks: readonly LaneMark[] = sql
    .all(queries.marks, box, device)
    .toSorted((a, b) => integer(a, "id") - integer(b, "id"))
    .flatMap((row) => parseMark(row) ?? []);
  const remember = (mark: LaneMark): Consequence => {
    const others = marks.filter((one) => !isOf(one, mark.lane, mark.epoch));
    const ofLane = others.filter(({ lane }) => lane === mark.lane);
    const forgotten = ofLane.slice(0, Math.max(0, ofLane.length + 1 - epochsMost));
    return {
      write: () => {
        for (const { lane, epoch } of forgotten) {
          sql.run(queries.forgetMark, box, device, lane, epoch);
        }
        const { lane, epoch, upTo, bits, lost } = mark;
        sql.run(queries.keepMark, box, device, lane, epoch, upTo, bits, lost);
      },
      act: () => {
        marks = [...others.filter((one) => !forgotten.includes(one)), mark];
      },
    };
  };
  const markOf: Inbox["markOf"] = (lane, epoch) => marks.find((mark) => isOf(mark, lane, epoch));
  return {
    markOf,
    keep: (mark, fresh) => {
      if (fresh === undefined && isSame(markOf(mark.lane, mark.epoch), mark)) return true;
      const heard = fresh === undefined ? {} : hear(fresh);
      return journal.commit(allOf([remember(mark), heard]));
    },
    latest: () => lanes.flatMap((lane) => marks.findLast((mark) => mark.lane === lane) ?? []),
  };
}

function parseMark(row: SqlRow): LaneMark | undefined {
  const lane = lanes.find((one) => one === row["lane"]);
  if (lane === undefined) return undefined;
  const [epoch, upTo] = [integer(row, "epoch"), integer(row, "up_to")];
  return { lane, epoch, upTo, bits: integer(row, "bits"), lost: integer(row, "lost") };
}

function isOf(mark: LaneMark, lane: Lane, epoch: number): boolean {
  return mark.lane === lane && mark.epoch === epoch;
}

function isSame(known: LaneMark | undefined, mark: LaneMark): boolean {
  return known?.upTo === mark.upTo && known.bits === mark.bits && known.lost === mark.lost;
}
