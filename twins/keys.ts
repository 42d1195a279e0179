/**
 * Every key in Redis is spelt here and nowhere else.
 *
 * `{p}` is the partition of the box (streams, marks), `{q}` that of the device (twins); the braces are Redis Cluster's
 * hash tag, so that whatever one commit touches lies in one slot.
 */
import { partitionOf } from "#wire/partition.ts";

/** Builds keys for a state with `partitions` partitions. */
export interface Keys {
  readonly partitions: number;
  /** What every key begins with: one walk over the key space finds all. */
  readonly prefix: string;
  /** Partition 0 … partitions-1 of a serial. */
  of(serial: string): number;
  /** Stream of events; read first, exempt from rate limits and late quarantine. */
  critical(p: number): string;
  /** Stream of everything else. */
  inbound(p: number): string;
  /** Stream, bounded: readings and messages put aside by a door, with the reason. */
  quarantine(p: number): string;
  /** Stream, bounded: entries that a processor gave up on, with the original text. */
  dead(p: number): string;
  /** Stream, bounded: connections, refusals, revocations: who, what, why. */
  audit(p: number): string;
  /** Hash: field `device:epoch` → the receipt mark of that counter. */
  marks(p: number): string;
  /** Hash: counters of readings received, stored, quarantined, duplicate. */
  readings(p: number): string;
  /** Hash, kept 30 days: one emergency or device event, field `body`. */
  event(p: number, id: string): string;
  /** Hash: field box → id of the door that holds it. */
  doors(p: number): string;
  /** Hash: one twin. */
  twin(serial: string): string;
  /** Prefix of all twins of a partition. */
  twinPrefix(q: number): string;
  /** Stream: changes of the twins of a partition. */
  changes(q: number): string;
  /** Stream, bounded: devices whose desired state has changed, for the door that holds their box. */
  down(q: number): string;
  /** Hash: commands of one device, field id → record. */
  commands(serial: string): string;
  /** Hash: field device → the first deadline among its commands that have not ended; no field when none is open. */
  orders(q: number): string;
  /** Hash: twins as people and jobs last wrote them, until a checkpoint holds them. */
  journal(q: number): string;
  /** Hash, kept 24 h: the answer to one idempotent request about that device. */
  once(serial: string, digest: string): string;
  /** Hash: the saved groups of a tenant, field name → group; field `#` counts their writes. */
  groups(tenant: string): string;
  /** Hash: the bulk changes of a tenant, field id. */
  bulk(tenant: string): string;
  /** Hash: one bulk change: what it is, where it stands, who runs it. */
  bulkChange(tenant: string, id: string): string;
  /** Hash: the devices of a bulk change that lie in that partition, field serial → what became of it. */
  bulkItems(q: number, id: string): string;
  /** Stream, bounded: what becomes of devices in bulk changes. */
  bulkResults(q: number): string;
  /** Hash: tenants that ever had a bulk change, field tenant. */
  bulkTenants(): string;
  /** Hash: what the compatibility faces keep of one device beside its twin, field `aws`, `aws:<shadow>` or `ditto`. */
  faces(serial: string): string;
  /** Stream, bounded: what came in by a compatibility face, for those who listen through it. */
  tidings(q: number): string;
  /** Hash: API keys, field id → whose, which role, the secret sealed. */
  apiKeys(): string;
  /** Hash: how fast the batteries of a partition's devices empty, field serial. */
  trends(q: number): string;
  /** Hash: processor leases, field group → owner and fencing number. */
  leases(p: number): string;
  /** Hash: facts about the state itself (partition count, created at). */
  state(): string;
  /** Stream, bounded: a box has connected to another door than the one that held it; that one lets go. */
  handover(): string;
  /** Stream: registry changes that every process follows (enrolled, revoked, linked). */
  control(): string;
}

/** The keys of a state with that many partitions. */
export function keysFor(partitions: number): Keys {
  const prefix = "vigie:";
  const at = (p: number, rest: string): string => `${prefix}{${p}}:${rest}`;
  const of = (serial: string): number => partitionOf(serial, partitions);
  return {
    partitions,
    prefix,
    of,
    critical: (p) => at(p, "critical"),
    inbound: (p) => at(p, "in"),
    quarantine: (p) => at(p, "quarantine"),
    dead: (p) => at(p, "dead"),
    audit: (p) => at(p, "audit"),
    marks: (p) => at(p, "marks"),
    readings: (p) => at(p, "readings"),
    event: (p, id) => at(p, `event:${id}`),
    doors: (p) => at(p, "doors"),
    twin: (serial) => at(of(serial), `twin:${serial}`),
    twinPrefix: (q) => at(q, "twin:"),
    changes: (q) => at(q, "changes"),
    down: (q) => at(q, "down"),
    commands: (serial) => at(of(serial), `commands:${serial}`),
    orders: (q) => at(q, "orders"),
    journal: (q) => at(q, "journal"),
    once: (serial, digest) => at(of(serial), `once:${digest}`),
    groups: (tenant) => at(of(tenant), `groups:${tenant}`),
    bulk: (tenant) => at(of(tenant), `bulk:${tenant}`),
    bulkChange: (tenant, id) => at(of(tenant), `bulk:${tenant}:${id}`),
    bulkItems: (q, id) => at(q, `bulk-items:${id}`),
    bulkResults: (q) => at(q, "bulk-results"),
    bulkTenants: () => `${prefix}bulk`,
    faces: (serial) => at(of(serial), `faces:${serial}`),
    tidings: (q) => at(q, "tidings"),
    apiKeys: () => `${prefix}api-keys`,
    trends: (q) => at(q, "trends"),
    leases: (p) => at(p, "leases"),
    state: () => `${prefix}state`,
    handover: () => "vigie:handover",
    control: () => `${prefix}control`,
  };
}
