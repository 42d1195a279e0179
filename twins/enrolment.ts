/**
 * Enrolment: a home comes to exist. Its box gets a certificate, its devices their rows and links, each one a twin.
 *
 * Done again for the same home it repairs whatever a crash left undone and renews the certificate; nothing else changes.
 * @source DESIGN wire, identity: the registry is filled by enrolment, which creates the twin
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Authority, BoxCredentials } from "#platform/pki.ts";
import { type BoxSerial, parseBox, type Serial, type Tenant } from "#wire/identity.ts";

import type { RegisteredDevice } from "./registry-port.ts";
import type { ChangeAnswer, HomeRecord, OpenRegistry, RegistryRefusal } from "./registry.ts";
import type { TwinStore } from "./store.ts";

/** A home as whoever installs it names it. */
export interface HomeRequest {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  /** The wristband that hangs on the box from now on, if any; those linked before stay. */
  readonly wristband?: Serial;
}

/** A home that may now speak: its devices, the box first, and the box's certificate and key. */
export interface EnrolledHome {
  readonly kind: "enrolled";
  readonly devices: readonly RegisteredDevice[];
  readonly credentials: BoxCredentials;
}

/** What became of a request. */
type HomeAnswer = EnrolledHome | RegistryRefusal;

/** What enrolment needs. */
export interface EnrolmentParts {
  readonly registry: OpenRegistry;
  readonly authority: Pick<Authority, "issueBoxes">;
  readonly twins: Pick<TwinStore, "create" | "commit" | "retire">;
  readonly clock: Pick<Clock, "now">;
}

/** Enrols and revokes. */
export interface Enrolment {
  enrol(home: HomeRequest): Promise<HomeAnswer>;
  /** Many at once, in order (≈ 1 ms each); one that is refused leaves the others alone. */
  enrolMany(homes: readonly HomeRequest[]): Promise<HomeAnswer[]>;
  /** For good; the doors close the connection of a revoked box at once. */
  revoke(serial: Serial): Promise<ChangeAnswer>;
}

/** Homes handled at a time: their certificates in memory, their twins created side by side. */
const handful = 256;

/** Enrolment over these parts. */
export function createEnrolment(parts: EnrolmentParts): Enrolment {
  const enrolMany = async (homes: readonly HomeRequest[]): Promise<HomeAnswer[]> => {
    const answers: HomeAnswer[] = [];
    for (let first = 0; first < homes.length; first += handful) {
      answers.push(...(await enrolHandful(parts, homes.slice(first, first + handful))));
    }
    return answers;
  };
  return {
    enrolMany,
    enrol: async (home) => {
      const [answer] = await enrolMany([home]);
      assert(answer !== undefined, "every request is answered");
      return answer;
    },
    revoke: async (serial) => {
      const box = parseBox(serial);
      const behind = box === undefined ? [] : parts.registry.behind(box);
      const answer = await parts.registry.revoke(serial);
      const touched = new Set([serial, ...behind.map((device) => device.serial)]);
      await Promise.all([...touched].map((one) => settleTwin(parts, one)));
      return answer;
    },
  };
}

async function enrolHandful(
  parts: EnrolmentParts,
  homes: readonly HomeRequest[],
): Promise<HomeAnswer[]> {
  const issued = zip(homes, await parts.authority.issueBoxes(homes));
  const records = issued.map(([home, credentials]) => recordOf(home, credentials));
  const answers = await parts.registry.enrolMany(records);
  const settled = zip(issued, answers).map(async ([[, credentials], answer]) => {
    if (answer.kind === "refused") return answer;
    await Promise.all(answer.devices.map(({ serial }) => settleTwin(parts, serial)));
    return { ...answer, credentials };
  });
  return Promise.all(settled);
}

/** A registered device has a twin, and the twin says which box it hangs on; one that is revoked is retired. */
async function settleTwin(parts: EnrolmentParts, serial: Serial): Promise<void> {
  for (;;) {
    const device = parts.registry.device(serial);
    if (device === undefined) return;
    if (device.revokedAt !== null) {
      await parts.twins.retire(serial);
      return;
    }
    const { kind, twin: before } = await parts.twins.create(device);
    if (kind !== "exists" || before.links.box === device.box) return;
    // What was told of it on another box says nothing of it on this one.
    const { fact: _told, ...rest } = before;
    const after = { ...rest, links: { ...rest.links, box: device.box } };
    const changed = [{ path: "links/box", value: device.box, t: parts.clock.now() }];
    const [outcome] = await parts.twins.commit([{ before, after, changed }]);
    if (outcome?.kind === "committed") return;
  }
}

function recordOf(
  { tenant, box, wristband }: HomeRequest,
  { fingerprint, expiresAt }: BoxCredentials,
): HomeRecord {
  const behind = wristband === undefined ? [] : [wristband];
  return { tenant, box, behind, fingerprint, expiresAt };
}

function zip<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
): (readonly [Left, Right])[] {
  assert(left.length === right.length, "one answer for each question");
  return left.flatMap((one, i) => {
    const other = right[i];
    return other === undefined ? [] : [[one, other] as const];
  });
}
