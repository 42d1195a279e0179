/**
 * What the wristband is asked to be: its profile and its wearer's thresholds, kept across restarts.
 * @source DESIGN §5 (desired leaves); catalogue CF-11; spec/clinical.md §2.7
 */
import { decodeDown, encodeDown } from "#wire/bodies/down.ts";
import type { Leaf, LeafValue } from "#wire/bodies/leaf.ts";

import type { Plan, Thresholds } from "./layer.ts";
import type { BandStore } from "./ports.ts";

/** What it is when nobody asks for anything. */
export interface ConfigDefaults {
  readonly profile: string;
  readonly profiles: Readonly<Record<string, Plan>>;
  readonly thresholds: Readonly<Thresholds>;
}

/** Why a leaf cannot be as it was asked for. */
export type ConfigFault = "unknown" | "invalid";

export interface Config {
  /** Changed in place. */
  readonly thresholds: Thresholds;
  plan(): Plan;
  /** All of it, as it is reported. */
  leaves(): readonly Leaf[];
  /** Makes a leaf what it is asked to be, null its default; why not, when it cannot. */
  wish(leaf: Leaf): ConfigFault | undefined;
  /** Writes down what has changed, if anything has: flash wears out, and a box asks again and again. */
  keep(): void;
}

type Limit = keyof Thresholds;
/** The thresholds by their leaf, with what a doctor may ask for. */
const limits: readonly { path: string; limit: Limit; low: number; high: number }[] = [
  { path: "config/hypoxaemia", limit: "hypoxaemia", low: 70, high: 95 },
  { path: "config/heartRateLow", limit: "slowest", low: 25, high: 60 },
  { path: "config/heartRateHigh", limit: "fastest", low: 100, high: 220 },
];
const profilePath = "config/profile";
const record = "config";

/** The configuration that was kept, or the default one. */
export function openConfig(store: BandStore, defaults: ConfigDefaults): Config {
  const { profiles } = defaults;
  const thresholds = { ...defaults.thresholds };
  const usual = profiles[defaults.profile];
  if (usual === undefined) throw new RangeError("the first profile is one of the profiles");
  // Not by asking for the member: every object has a `constructor`.
  const names = Object.keys(profiles);
  let profile = defaults.profile;
  let changed = false;

  const setProfile = (value: LeafValue): ConfigFault | undefined => {
    const wanted = value === null ? defaults.profile : value;
    if (typeof wanted !== "string" || names.indexOf(wanted) < 0) return "invalid";
    changed ||= profile !== wanted;
    profile = wanted;
    return undefined;
  };
  const wish = ({ path, value }: Leaf): ConfigFault | undefined => {
    if (path === profilePath) return setProfile(value);
    const known = limits.filter((one) => one.path === path)[0];
    if (known === undefined) return "unknown";
    const wanted = value === null ? defaults.thresholds[known.limit] : value;
    if (typeof wanted !== "number" || !(wanted >= known.low && wanted <= known.high)) {
      return "invalid";
    }
    changed ||= thresholds[known.limit] !== wanted;
    thresholds[known.limit] = wanted;
    return undefined;
  };
  const leaves = (): readonly Leaf[] => {
    const all: Leaf[] = [{ path: profilePath, value: profile }];
    limits.forEach(({ path, limit }) => all.push({ path, value: thresholds[limit] }));
    return all;
  };
  const kept = store.read(record);
  const body = kept && decodeDown(kept);
  if (body?.kind === "desired") body.leaves.forEach(wish);
  changed = false;
  return {
    thresholds,
    plan: () => profiles[profile] ?? usual,
    leaves,
    wish,
    keep: () => {
      if (changed) store.write(record, encodeDown({ kind: "desired", v: 0, leaves: leaves() }));
      changed = false;
    },
  };
}
