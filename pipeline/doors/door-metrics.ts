/**
 * Numbers of a door. What happens per message is counted in plain numbers and handed over when somebody looks: a
 * labelled counter of the metrics library costs as much as decoding a small pack.
 */
import type { Metrics } from "#platform/metrics.ts";

/** What a door counts. */
export interface DoorMetrics {
  /** A message that was dealt with: its channel and what became of it. */
  message(channel: string, outcome: string): void;
  /** From reception to acknowledgement, ms. */
  acknowledged(after: number): void;
  receipt(): void;
  /** Something was told to a device. */
  told(what: "desired" | "command"): void;
  connected(): void;
  /** A peer, a message or a connection that was turned away, by code. */
  refused(code: string): void;
  committed(units: number, took: number): void;
  auditLost(): void;
}

/** What a door can be asked for when somebody looks. */
export interface DoorGauges {
  sessions(): number;
  held(): number;
}

const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Counts into `metrics`. */
export function createDoorMetrics(metrics: Metrics, gauges: DoorGauges): DoorMetrics {
  const messages = metrics.counter("vigie_door_messages_total", "Messages by outcome", [
    "channel",
    "outcome",
  ]);
  const receipts = metrics.counter("vigie_door_receipts_total", "Receipts sent");
  const told = metrics.counter("vigie_door_told_total", "Told to devices", ["what"]);
  const connects = metrics.counter("vigie_door_connects_total", "Connections accepted");
  const refusals = metrics.counter("vigie_door_refused_total", "Turned away, by code", ["code"]);
  const auditLost = metrics.counter("vigie_door_audit_lost_total", "Audit lines not written");
  const batch = metrics.histogram("vigie_door_commit_units", "Messages per commit", {
    buckets: sizes,
  });
  const commit = metrics.histogram("vigie_door_commit_seconds", "Duration of a commit");
  const ack = metrics.histogram("vigie_door_ack_seconds", "Reception to acknowledgement");
  const sessions = metrics.gauge("vigie_door_sessions", "Boxes connected");
  const held = metrics.gauge("vigie_door_held", "Messages held until they can be acknowledged");

  const tallies = new Map<string, Map<string, number>>();
  let receiptsSent = 0;
  let sample = 0;
  metrics.beforeText(() => {
    for (const [channel, outcomes] of tallies) {
      for (const [outcome, by] of outcomes) messages.add(by, { channel, outcome });
    }
    tallies.clear();
    receipts.add(receiptsSent);
    receiptsSent = 0;
    sessions.set(gauges.sessions());
    held.set(gauges.held());
  });
  return {
    message: (channel, outcome) => {
      const outcomes = tallies.get(channel) ?? new Map<string, number>();
      tallies.set(channel, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
    },
    // One in sixteen is enough for a histogram, and leaves the others free.
    acknowledged: (after) => {
      if (sample++ % 16 === 0) ack.observe(after / 1000);
    },
    receipt: () => void receiptsSent++,
    told: (what) => told.add(1, { what }),
    connected: () => connects.add(),
    refused: (code) => refusals.add(1, { code }),
    committed: (units, took) => {
      batch.observe(units);
      commit.observe(took / 1000);
    },
    auditLost: () => auditLost.add(),
  };
}
