/**
 * The audit streams of the doors: who connected, who was refused, who was cut off, and why.
 *
 * Best effort beside the commits: an audit line that cannot be written is counted, and holds nothing up.
 */
import type { Log } from "#platform/log.ts";
import type { Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";
import type { Instant } from "#wire/units.ts";

/** What can be read in an audit stream. */
export type AuditCode =
  | "connected"
  | "ended"
  | "superseded"
  | "revoked"
  | "overloaded"
  | "foreign_topic"
  | "foreign_subscription"
  | "foreign_device"
  | "oversize"
  | "protocol_error"
  | "refused_by_store"
  | "conflict"
  | "certificate_missing"
  | "certificate_unknown"
  | "certificate_self_signed"
  | "certificate_expired"
  | "certificate_revoked"
  | "certificate_wrong_name"
  | "tls_refused"
  | "credentials_refused";

/** One line. `box` and `tenant` are what the peer is known to be, empty when it is not known. */
export interface AuditLine {
  readonly at: Instant;
  readonly what: AuditCode;
  readonly tenant?: string;
  readonly box?: string;
  /** One short sentence of fact; no value of a body. */
  readonly detail?: string;
}

/** Writes audit lines. */
export interface Audit {
  write(line: AuditLine): void;
}

/** Audit streams keep about this many lines per partition. */
const linesKept = 10_000;
/** Lines on their way to the store; beyond, they are counted as lost. */
const pendingMost = 1_000;

/** Lines of a box go to its partition, lines of nobody known to the first. */
export function openAudit(deps: {
  readonly streams: Streams;
  readonly keys: Keys;
  readonly log: Log;
  readonly lost: () => void;
}): Audit {
  const { streams, keys, log, lost } = deps;
  let pending = 0;
  return {
    write: (line) => {
      log.debug(() => [line.what, { box: line.box ?? "", detail: line.detail ?? "" }]);
      if (pending >= pendingMost) return lost();
      pending++;
      const p = line.box === undefined ? 0 : keys.of(line.box);
      streams
        .append(keys.audit(p), auditFields(line), { atMost: linesKept })
        .catch(lost)
        .finally(() => pending--);
    },
  };
}

/** A line as fields of a stream. */
export function auditFields(line: AuditLine): Record<string, string> {
  return {
    at: String(line.at),
    what: line.what,
    tenant: line.tenant ?? "",
    box: line.box ?? "",
    detail: (line.detail ?? "").slice(0, 256),
  };
}
