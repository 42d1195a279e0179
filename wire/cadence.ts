/**
 * Every number of the plan, each with its unit (in its type or its name) and its source.
 *
 * S0, S1, S3 are the source documents as quoted by spec/catalogue.md annex 1; D is DESIGN, with its
 * section; "ours" is a
 * choice made here. Relations between the numbers are checked when this file is loaded: a plan that
 * contradicts
 * itself starts nothing.
 */
import { type Duration, Hours, Minutes, Seconds } from "./units.ts";

/**
 * How one metric is sampled and sent: a mean over each `window`, `perBatch` of them sent together
 * every `batch`.
 */
export interface Rhythm {
  readonly window: Duration;
  readonly batch: Duration;
  readonly perBatch: number;
}

/** The rhythms of one kind of home. */
export interface Profile {
  readonly heartRate: Rhythm;
  readonly spo2: Rhythm;
  readonly steps: Rhythm;
  /**
   * Longest silence between a healthy wristband and its box: the expected cadence E of presence, D
   * §6.
   */
  readonly contact: Duration;
}

/**
 * `seed` is the plan of the source documents; `dense` is the load that the system must bear, D §13.
 */
export const profiles = {
  seed: {
    /** S1 §6.1.1: a mean every 2 min, 5 means sent every 10 min. */
    heartRate: { window: Minutes(2), batch: Minutes(10), perBatch: 5 },
    /** S1 §6.1.4: a mean every 5 min, 10 means sent every 50 min. */
    spo2: { window: Minutes(5), batch: Minutes(50), perBatch: 10 },
    /** S1 §6.1.3: a count every 30 min, 12 counts sent every 6 h. */
    steps: { window: Minutes(30), batch: Hours(6), perBatch: 12 },
    /** S1 §6.1.1: the wristband gives its box a mean every 2 min. */
    contact: Minutes(2),
  },
  dense: {
    /** D §13 and S0: 1 Hz, batches of 10 s. */
    heartRate: { window: Seconds(1), batch: Seconds(10), perBatch: 10 },
    /** S0 table: 30–60 s; sent like the seed's, ten together. */
    spo2: { window: Seconds(30), batch: Minutes(5), perBatch: 10 },
    /** Ours: one count a minute, five together. */
    steps: { window: Minutes(1), batch: Minutes(5), perBatch: 5 },
    /** Ours: the heartbeat's period, the finest the cloud can see. */
    contact: Seconds(30),
  },
} as const satisfies Readonly<Record<string, Profile>>;

/** The name of a profile. */
export type ProfileName = keyof typeof profiles;

/** Whether `value` names a profile. */
export function isProfile(value: unknown): value is ProfileName {
  return typeof value === "string" && Object.hasOwn(profiles, value);
}

/**
 * The numbers of the plan; `heartRate`, `spo2`, `steps` and `contact` are those of the seed
 * profile.
 */
export const cadence = {
  ...profiles.seed,

  spo2Measure: Minutes(1), // S1 §6.1.4: one measure a minute, five make a mean
  heartbeat: { period: Seconds(30) }, // S3 §5.1

  presence: {
    lateAfter: Seconds(45), // D §6: a box, since its last heartbeat
    silentAfter: Seconds(90), // D §6
    lateFactor: 1.5, // D §6: a wristband, × its contact
    silentFactor: 3, // D §6
    sweep: Seconds(5), // D §6: re-evaluated every 5 s
    backlog: Minutes(2), // ours: a box whose oldest waiting message is older is `returned`
    hintAfter: Minutes(30), // CF-23: silence of which the patient is told
    alertAfter: Hours(2), // CF-23: silence of which a technician is told
    taskAfter: Hours(24), // CF-23: silence that support has to see to
  },

  outbox: {
    guaranteed: Hours(48), // S0 pipeline 2: buffer of at least 48 h
    sized: Hours(72), // D §4
    window: 16, // ours: messages sent and not yet acknowledged by the broker, per box
    resendAfter: Seconds(30), // ours: an acknowledged message without receipt is sent again
  },

  reconnect: {
    steps: [Seconds(1), Seconds(5), Seconds(15), Seconds(60)], // S3 §2.4; then 60 s for ever
    jitter: 0.2, // ours: ± this share of a step, so that a region does not come back in one second
  },

  emergency: {
    attempts: 4, // S3 §2.4: at most four tries of one channel, at the steps above
    kept: Hours(30 * 24), // D §5: an event is kept 30 days under its id
  },

  battery: { lowPercent: 20, criticalPercent: 10 }, // clinical §2.7

  limits: {
    payloadBytes: 65_536, // D §5: one message, as announced
    records: 1_000, // D §5: SenML records of one pack
    depth: 16, // D §5: nesting of JSON or CBOR
    messagesPerSecond: 20, // D §5: per device, sustained
    burst: 200, // D §5: per device, at once
    rangesMax: 64, // D §4: received ranges kept above `upTo`
    refusedNamed: 256, // ours: refusals that one receipt names
    seqMax: 2 ** 40, // ours: a message a millisecond for 34 years
    clockAhead: Minutes(2), // D §6: a time further ahead of the door is `clock_ahead`
    lateMax: Hours(72), // F30: 71 h late is merged, 73 h is put aside
    reportedDepth: 8, // ours: nesting of one reported patch
    reportedLeaves: 256, // ours
    reportedBytes: 16_384, // ours: one `reported` message
    linksPerBox: 16, // ours: devices that one heartbeat may name
    countersPerAlive: 64, // ours: counters that one heartbeat may name
    droppedNamed: 64, // ours: ranges of dropped messages that one report declares
    rejectedTextBytes: 1_024, // F26: how much of a refused thing is kept
    page: 1_000, // D §6: twins in one answer
  },

  stream: {
    partitions: 16, // D §5: default, written into the state at first start
    tail: Hours(1), // D §5: entries kept behind the slowest group
    roomyTail: Hours(24), // D §5: where memory allows; S1 §7.6
    tries: 5, // D §5: then the dead letters
    shedAt: { ambient: 0.8, activity: 0.85, routine: 0.9 }, // D §5: share of Redis memory
  },
} as const;

/** Throws unless the numbers of the plan agree with one another. */
function agree(statement: string, holds: boolean): void {
  if (!holds) throw new Error(`the plan contradicts itself: ${statement}`);
}

// Seed: 5 means × 2 min = 10 min, 10 × 5 min = 50 min, 12 × 30 min = 6 h.
for (const [name, profile] of Object.entries(profiles)) {
  for (const rhythm of [profile.heartRate, profile.spo2, profile.steps]) {
    agree(`${name}: perBatch × window = batch`, rhythm.perBatch * rhythm.window === rhythm.batch);
    agree(`${name}: a batch fits in one message`, rhythm.perBatch <= cadence.limits.records - 4);
  }
  agree(`${name}: contact is seen by heartbeats`, profile.contact >= cadence.heartbeat.period);
}
agree("five measures make a mean of SpO2", cadence.spo2.window === 5 * cadence.spo2Measure);
agree(
  "one lost heartbeat is not yet late, two are",
  cadence.presence.lateAfter > cadence.heartbeat.period &&
    cadence.presence.lateAfter < 2 * cadence.heartbeat.period,
);
agree("late comes before silent", cadence.presence.lateAfter < cadence.presence.silentAfter);
agree(
  "late comes before silent for a wristband",
  cadence.presence.lateFactor < cadence.presence.silentFactor,
);
agree("the outbox holds what it guarantees", cadence.outbox.sized > cadence.outbox.guaranteed);
agree(
  "what a full outbox brings back is not too late",
  cadence.limits.lateMax >= cadence.outbox.sized,
);
agree("a burst is more than a second", cadence.limits.burst > cadence.limits.messagesPerSecond);
agree(
  "a reported patch fits in one message",
  cadence.limits.reportedBytes < cadence.limits.payloadBytes &&
    cadence.limits.reportedDepth < cadence.limits.depth,
);
agree("critical always fits", cadence.stream.shedAt.routine < 1);
