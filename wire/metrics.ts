/**
 * The registry of metrics: what may be measured, in which unit it is kept, which units it may
 * arrive in.
 *
 * A unit that is not listed here is never converted, however plausible the number looks: the record
 * is put aside.
 * @source spec/clinical.md §2.4 (units and factors) and §2.7 (hard bounds)
 */

/** How a value in another unit becomes the canonical one: `value × factor + offset`. */
export interface Conversion {
  readonly factor: number;
  readonly offset: number;
}

/** One metric: its canonical unit, the units it may arrive in, and what a body can show at all. */
export interface MetricRule {
  /** Canonical unit, as it is written on the wire. */
  readonly unit: string;
  /** SenML unit → conversion into `unit`; `unit` itself is one of them. */
  readonly accepted: Readonly<Record<string, Conversion>>;
  /**
   * Hard bounds in `unit`, both included; outside, the doors put a reading aside as `out_of_range`.
   */
  readonly low: number;
  readonly high: number;
  /** What is shed first when memory runs out: ambient, then activity; a vital sign last. */
  readonly class: "vital" | "activity" | "ambient";
  /** Health data: nobody sees it without a clinical right. */
  readonly clinical: true;
}

const same: Conversion = { factor: 1, offset: 0 };
const perSecond: Conversion = { factor: 60, offset: 0 };
/** 1 mmHg = 133.322 Pa. */
const pascal: Conversion = { factor: 1 / 133.322, offset: 0 };

/**
 * Every metric there is. `mmHg`, `mg/dL` and `kg/m2` are not SenML units: wire/README.md says why
 * they are used.
 */
export const metrics = {
  "heart-rate": rule("beat/min", {
    accepted: { "beat/min": same, "1/min": same, "1/s": perSecond },
    range: [30, 220],
  }),
  spo2: rule("%", {
    accepted: { "%": same, "/": { factor: 100, offset: 0 } },
    range: [50, 100],
  }),
  /** At most 300 a minute over the half hour of one count. */
  steps: { ...rule("count", { accepted: { count: same }, range: [0, 9000] }), class: "activity" },
  systolic: rule("mmHg", { accepted: { mmHg: same, Pa: pascal }, range: [50, 280] }),
  diastolic: rule("mmHg", { accepted: { mmHg: same, Pa: pascal }, range: [30, 200] }),
  glucose: rule("mg/dL", {
    accepted: {
      "mg/dL": same,
      "kg/m3": { factor: 100, offset: 0 },
      "mmol/L": { factor: 18.016, offset: 0 },
    },
    range: [20, 600],
  }),
  weight: rule("kg", {
    accepted: { kg: same, g: { factor: 0.001, offset: 0 } },
    range: [20, 300],
  }),
  temperature: rule("Cel", {
    accepted: { Cel: same, K: { factor: 1, offset: -273.15 } },
    range: [30, 43],
  }),
  "respiratory-rate": rule("1/min", {
    accepted: { "1/min": same, "1/s": perSecond },
    range: [4, 60],
  }),
  "body-mass-index": rule("kg/m2", { accepted: { "kg/m2": same }, range: [8, 80] }),
} as const satisfies Readonly<Record<string, MetricRule>>;

/** The name of a metric, kebab-case. */
export type Metric = keyof typeof metrics;

/** Whether `text` names a metric. */
export function isMetric(text: string): text is Metric {
  return Object.hasOwn(metrics, text);
}

function rule(
  unit: string,
  given: {
    readonly accepted: Readonly<Record<string, Conversion>>;
    readonly range: readonly [low: number, high: number];
  },
): MetricRule & { readonly class: "vital" } {
  const [low, high] = given.range;
  return { unit, accepted: given.accepted, low, high, class: "vital", clinical: true };
}
