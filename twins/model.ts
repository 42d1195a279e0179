/**
 * What may be desired of a device: each leaf that its program knows how to take over, with type, unit and bounds.
 *
 * A leaf that is not declared here is refused rather than sent to a device that would reject it months later. What is
 * filed under `tags` is free.
 * @source issue 4; catalogue TW-03, CF-11, BX-20; devices/wristband/program, devices/box
 */
import { profiles } from "#wire/cadence.ts";
import type { DeviceKind } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import { isObject } from "./leaves.ts";

/**
 * Who may see a leaf, and how careful one must be in changing many: `clinical` decides what becomes an emergency,
 * `personal` names people and is shown with a clinical right only.
 */
export type LeafClass = "technical" | "clinical" | "personal";

/** What a leaf may be. */
export type LeafType =
  | { readonly type: "number"; readonly from: number; readonly to: number; readonly unit: string }
  | { readonly type: "choice"; readonly of: readonly string[] }
  | { readonly type: "text"; readonly shape: RegExp; readonly what: string }
  | { readonly type: "contacts"; readonly most: number };

/** A declared leaf. */
export type LeafRule = LeafType & { readonly class: LeafClass };

const version: LeafRule = {
  type: "text",
  shape: /^\d{1,5}\.\d{1,5}\.\d{1,5}(?:[-+][0-9A-Za-z.-]{1,32})?$/,
  what: "a version such as 2.4.1",
  class: "technical",
};
const profile: LeafRule = { type: "choice", of: Object.keys(profiles), class: "technical" };
const measure = (from: number, to: number, unit: string): LeafRule => ({
  type: "number",
  from,
  to,
  unit,
  class: unit === "%EL" ? "technical" : "clinical",
});

/** The leaves of each kind of device by slash path, as its program knows them. */
export const declaredLeaves: Readonly<Record<DeviceKind, Readonly<Record<string, LeafRule>>>> = {
  wristband: {
    "firmware/version": version,
    "config/profile": profile,
    "config/hypoxaemia": measure(70, 95, "%"),
    "config/heartRateLow": measure(25, 60, "beat/min"),
    "config/heartRateHigh": measure(100, 220, "beat/min"),
  },
  box: {
    "firmware/version": version,
    "config/profile": profile,
    "config/zone": {
      type: "text",
      shape: /^[A-Za-z_]{1,32}(?:\/[A-Za-z0-9_+-]{1,32}){0,2}$/,
      what: "a time zone such as Europe/Paris",
      class: "technical",
    },
    "config/thresholds/battery": measure(0, 100, "%EL"),
    "config/alias": {
      type: "text",
      shape: /^[^\p{Cc}]{1,64}$/u,
      what: "1 to 64 characters",
      class: "personal",
    },
    "config/contacts": { type: "contacts", most: 8, class: "personal" },
  },
  "blood-pressure": { "firmware/version": version },
  glucose: { "firmware/version": version },
  scale: { "firmware/version": version },
};

/** The rule of a leaf, or undefined when this kind of device has none. */
export function ruleOf(kind: DeviceKind, path: string): LeafRule | undefined {
  const rules = declaredLeaves[kind];
  return Object.hasOwn(rules, path) ? rules[path] : undefined;
}

/** Whether declared leaves stand below that path, or at it. */
export function isDeclared(kind: DeviceKind, path: string): boolean {
  const below = `${path}/`;
  return Object.keys(declaredLeaves[kind]).some((leaf) => leaf === path || leaf.startsWith(below));
}

/** Whether a leaf, desired or reported, names people: a personal one, or whatever a device tells below it. */
export function isPersonal(path: string): boolean {
  for (const leaf of personalLeaves) {
    if (path === leaf || path.startsWith(`${leaf}/`)) return true;
  }
  return false;
}

/**
 * Whether somebody without a clinical right is to know of it: `path` as changes write it, the value of a desired leaf
 * under `desired/` included. That somebody is wished to have other contacts is no secret, who they are is.
 */
export function isTechnical(path: string): boolean {
  const leaf = path.startsWith("desired/") ? path.slice("desired/".length) : path;
  return leaf !== "vitals" && !leaf.startsWith("vitals/") && !isPersonal(leaf);
}

/** Whether a leaf may have this value. */
export function suits(rule: LeafRule, value: Json): boolean {
  if (rule.type === "number") {
    return typeof value === "number" && value >= rule.from && value <= rule.to;
  }
  if (rule.type === "choice") return rule.of.some((word) => word === value);
  if (rule.type === "text") return typeof value === "string" && rule.shape.test(value);
  return Array.isArray(value) && value.length <= rule.most && value.every(isContact);
}

/** What a leaf may be, in words: `This must be …`. */
export function expectationOf(rule: LeafRule): string {
  if (rule.type === "number") return `a number from ${rule.from} to ${rule.to} ${rule.unit}`;
  if (rule.type === "choice") return `one of ${rule.of.join(", ")}`;
  if (rule.type === "text") return rule.what;
  return `at most ${rule.most} contacts: ${contactWords}`;
}

const contactWords = "{role: nurse or relative, number: +33 and so on, language: fr or en}";

/** Leaves that name people, by slash path. */
export const personalLeaves: ReadonlySet<string> = new Set(
  Object.values(declaredLeaves).flatMap((leaves) =>
    Object.entries(leaves).flatMap(([path, rule]) => (rule.class === "personal" ? [path] : [])),
  ),
);

/** International numbers are E.164: a plus and up to fifteen digits. */
function isContact(value: Json): boolean {
  if (!isObject(value)) return false;
  const { role, number, language: spoken, ...rest } = value;
  const isSomebody = role === "nurse" || role === "relative";
  const isNumber = typeof number === "string" && /^\+[1-9]\d{5,14}$/.test(number);
  const isSpoken = spoken === "fr" || spoken === "en";
  return isSomebody && isNumber && isSpoken && Object.keys(rest).length === 0;
}
