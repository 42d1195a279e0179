/**
 * The other leg of an event: `POST /v1/emergencies`. The same draft and the same commit as over MQTT, so that whichever
 * leg comes second finds the first.
 *
 * @source DESIGN §4 two families of flow; catalogue BK-17
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import { cadence } from "#wire/cadence.ts";
import { decodeEvent } from "#wire/codec.ts";
import type { Epoch } from "#wire/identity.ts";
import type { DeviceEvent, RefusalCode } from "#wire/messages.ts";
import { Seconds } from "#wire/units.ts";

import type { Committer } from "./committer.ts";
import { type Delivered, Delivery } from "./delivery.ts";
import type { DoorMetrics } from "./door-metrics.ts";
import { draftOf, refusedDraft, type Source } from "./draft.ts";
import type { Peer } from "./link.ts";
import type { Holdings } from "./pressure.ts";

/** What is answered to a box that posts an event. */
export type EmergencyAnswer =
  /** It is durable, for the first time. */
  | { readonly kind: "stored"; readonly id: string }
  /** The same event was durable before. */
  | { readonly kind: "same"; readonly id: string }
  /** Another event has this id. */
  | { readonly kind: "conflict"; readonly id: string }
  | { readonly kind: "oversize" }
  /** The idempotency key is missing, or is not the event's id. */
  | { readonly kind: "keyless" }
  | { readonly kind: "mismatch" }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly why: string }
  /** The store does not answer; the event may yet be stored. */
  | { readonly kind: "away" };

/** How long a box is kept waiting before it is told to come back. */
const patience = Seconds(5);

/** What the emergency leg shares with the sessions. */
export interface EmergencyDeps {
  readonly keys: Keys;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly holdings: Holdings;
  readonly metrics: DoorMetrics;
  /** A counter of a device of this box has changed. */
  readonly changed: (source: Source, epoch: Epoch) => void;
}

/** Takes one posted event. */
export async function takeEmergency(
  deps: EmergencyDeps,
  peer: Peer,
  posted: { readonly body: Uint8Array; readonly idempotencyKey: string | undefined },
): Promise<EmergencyAnswer> {
  const { body, idempotencyKey } = posted;
  if (body.length > cadence.limits.payloadBytes) return { kind: "oversize" };
  if (idempotencyKey === undefined) return { kind: "keyless" };
  const parsed = decodeEvent(body);
  if (parsed.kind === "refused") {
    deps.metrics.message("emergency", parsed.code);
    return parsed;
  }
  if (parsed.value.id !== idempotencyKey) return { kind: "mismatch" };
  if (!deps.holdings.take(body.length, true)) return { kind: "away" };
  const became = await withPatience(deps, deliver(deps, sourceOf(deps, peer, parsed.value), body));
  deps.metrics.message("emergency", became.kind);
  return answerTo(parsed.value, became);
}

function sourceOf({ keys, registry }: EmergencyDeps, peer: Peer, event: DeviceEvent): Source {
  const { device } = event;
  const found = registry.device(device);
  const linked = found !== undefined && found.box === peer.box && found.revokedAt === null;
  const owner = linked ? device : `${device}@${peer.box}`;
  return { ...peer, device, channel: "event", partition: keys.of(peer.box), owner };
}

function deliver(deps: EmergencyDeps, source: Source, payload: Uint8Array): Promise<Delivered> {
  const receivedAt = deps.clock.now();
  const draft =
    source.owner === source.device
      ? draftOf(source, payload, receivedAt)
      : refusedDraft({ source, payload, receivedAt }, "unknown_device");
  return new Promise((delivered) => {
    deps.committer.submit(
      new Delivery(draft, deps.keys, (became) => {
        deps.holdings.give(payload.length);
        if (draft.number !== undefined) deps.changed(source, draft.number.epoch);
        delivered(became);
      }),
    );
  });
}

/** The outcome, or `away` when it takes too long; what was begun goes on. */
function withPatience(
  { clock }: EmergencyDeps,
  delivery: Promise<Delivered>,
): Promise<Delivered | { readonly kind: "away" }> {
  return new Promise((resolve) => {
    const timer = clock.after(patience, "emergency", () => resolve({ kind: "away" }));
    void delivery.then((became) => {
      timer.cancel();
      resolve(became);
    });
  });
}

function answerTo(event: DeviceEvent, became: Delivered | { kind: "away" }): EmergencyAnswer {
  const { id } = event;
  switch (became.kind) {
    case "stored":
      return { kind: "stored", id };
    case "duplicate":
    case "repeat":
      return { kind: "same", id };
    case "conflict":
      return { kind: "conflict", id };
    case "refused":
      if (became.code === "conflict") return { kind: "conflict", id };
      return { kind: "refused", code: became.code, why: "the event is put aside" };
    case "withheld":
    case "failed":
    case "away":
      return { kind: "away" };
    default:
      return became satisfies never;
  }
}
