/** How states of bulk changes and of their devices look: the colours and patterns of presence, by what they mean. */
import type { BulkResult, BulkView } from "#api/changes/contract.ts";

/** States of a device in a change, in the order in which bars and legends have them. */
export const itemLooks = {
  applied: "online",
  waiting: "returned",
  silent: "late",
  conflict: "late",
  rejected: "silent",
  undone: "in_stock",
  superseded: "in_stock",
  unchanged: "in_stock",
  skipped: "in_stock",
  planned: "in_stock",
} as const satisfies Readonly<Record<BulkResult["state"], string>>;

/** The states in that order. */
export const itemStates = Object.keys(itemLooks).filter(
  (state): state is BulkResult["state"] => state in itemLooks,
);

/** States of a change. */
export const bulkLooks: Readonly<Record<BulkView["state"], string>> = {
  draft: "in_stock",
  approved: "returned",
  canary: "returned",
  running: "returned",
  settling: "returned",
  paused: "late",
  done: "online",
  aborted: "silent",
  undoing: "late",
  undone: "in_stock",
};
