/**
 * Custody: which box a device hangs on, for whom it is, whether it is fit and when it was last checked; now and before.
 *
 * The registry's database holds it, and a change is one transaction there. The twins only show it: they are written after,
 * and whoever follows the registry writes them if that was cut off (mirror.ts).
 * @source issue 4, item 9; catalogue TW-05, MD-36, MD-39, FL-05, FL-13
 */
import type { TwinWriter } from "#twins/desired/writer.ts";
import type { Custody as BoxSpan } from "#twins/registry-rows.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import type { ChangePosition } from "#twins/store.ts";
import { type BoxSerial, isBox, type Serial, type Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { showStanding } from "./mirror.ts";
import type { CustodyAuthor, CustodyRefusal, StandingRow, Swap } from "./rows.ts";
import type { DeviceStatus } from "./status.ts";

/** What is changed, and whose it must be. */
export interface CustodyOrder {
  readonly tenant: Tenant;
  readonly author: CustodyAuthor;
}

/** Done, with the devices it touched as they now stand and the places of their twins' changes; or refused. */
export type CustodyAnswer =
  | {
      readonly kind: "done";
      readonly devices: readonly StandingRow[];
      readonly positions: readonly ChangePosition[];
    }
  | CustodyRefusal;

/** Everything known of a device's custody, each list oldest first. */
export interface CustodyRecord {
  readonly device: StandingRow;
  readonly boxes: readonly BoxSpan[];
  readonly assignments: readonly (Span & { readonly assignment: string | null })[];
  readonly statuses: readonly (Span & { readonly status: DeviceStatus })[];
  readonly calibrations: readonly (Span & { readonly due: Instant })[];
}

/** From when to when, by whom and why. */
export interface Span {
  readonly since: Instant;
  readonly until: Instant | null;
  readonly by: string;
  readonly why: string | null;
}

/** A device that an assignment has or had. */
export interface Held {
  readonly device: Serial;
  readonly since: Instant;
  readonly until: Instant | null;
}

/** Custody of devices. Another tenant's are unknown. Throws Trouble of the database and, after it, of the cells. */
export interface Custody {
  assign(
    wish: { readonly device: Serial; readonly assignment: string; readonly box?: BoxSerial },
    order: CustodyOrder,
  ): Promise<CustodyAnswer>;
  release(device: Serial, order: CustodyOrder): Promise<CustodyAnswer>;
  /** Done again it is done, and changes nothing. */
  swap(swap: Swap, order: CustodyOrder): Promise<CustodyAnswer>;
  setStatus(device: Serial, status: DeviceStatus, order: CustodyOrder): Promise<CustodyAnswer>;
  calibrate(device: Serial, due: Instant, order: CustodyOrder): Promise<CustodyAnswer>;
  /** Ends an assignment and forgets its name everywhere; when its devices were with somebody is kept. */
  erase(assignment: string, order: CustodyOrder): Promise<CustodyAnswer>;
  record(tenant: Tenant, device: Serial): CustodyRecord | undefined;
  /** The devices that an assignment ever had or, when an instant is given, had then. */
  heldBy(tenant: Tenant, assignment: string, at?: Instant): readonly Held[];
}

/** What custody stands on. */
export interface CustodyDeps {
  readonly registry: Pick<OpenRegistry, "change" | "keeping" | "custody">;
  readonly writer: TwinWriter;
}

/** Custody over the registry. */
export function createCustody(deps: CustodyDeps): Custody {
  const { registry } = deps;
  const { keeping } = registry;
  const isOf = (tenant: Tenant, device: Serial): boolean =>
    keeping.standing.get({ serial: device })?.tenant === tenant;
  /** Runs `work` in one transaction if all the devices are the tenant's, then shows what it came to. */
  const change = async (
    devices: readonly Serial[],
    { tenant, author }: CustodyOrder,
    work: Work,
  ): Promise<CustodyAnswer> => {
    const foreign = devices.find((device) => !isOf(tenant, device));
    if (foreign !== undefined) return { kind: "refused", code: "unknown", serial: foreign };
    const done = await transact(deps, work);
    return done.kind === "refused" ? done : show(deps, [...devices, ...done.more], author);
  };
  return {
    assign: ({ device, assignment, box }, order) =>
      change(box === undefined ? [device] : [device, box], order, (rows) => {
        const refusal = rows.custody.assign(device, assignment, order.author);
        if (refusal !== undefined || box === undefined || isBox(device)) return refusal ?? [];
        const linked = rows.link(device, box);
        return linked === undefined ? [] : { kind: "refused", code: "revoked", serial: box };
      }),
    release: (device, order) => {
      const hung = behind(deps, device);
      return change([device], order, (rows) => rows.custody.release(device, order.author) ?? hung);
    },
    swap: (swap, order) => {
      const hung = behind(deps, swap.old);
      const devices = [swap.old, swap.fresh];
      return change(devices, order, (rows) => {
        if (isDone(deps, swap)) return [];
        return rows.custody.swap(swap, order.author) ?? hung;
      });
    },
    setStatus: (device, status, order) =>
      change([device], order, (rows) => {
        const refusal = rows.custody.setStatus(device, status, order.author);
        if (refusal !== undefined) return refusal;
        const hung = behind(deps, device);
        if (status === "retired") rows.revoke(device);
        return status === "retired" ? hung : [];
      }),
    calibrate: (device, due, order) =>
      change([device], order, (rows) => rows.custody.calibrate(device, due, order.author) ?? []),
    erase: (assignment, order) =>
      change([], order, (rows) => rows.custody.erase(order.tenant, assignment, order.author)),
    record: (tenant, device) => {
      const standing = keeping.standing.get({ serial: device });
      if (standing?.tenant !== tenant) return undefined;
      return {
        device: standing,
        boxes: registry.custody(device),
        assignments: keeping.assignmentsOf.all({ device }),
        statuses: keeping.statusesOf.all({ device }),
        calibrations: keeping.calibrationsOf.all({ device }),
      };
    },
    heldBy: (tenant, assignment, at) =>
      at === undefined
        ? keeping.everAssigned.all({ tenant, assignment })
        : keeping.assignedAt.all({ tenant, assignment, at }),
  };
}

/** What a transaction does: the further devices that it touched, or why it is undone. */
type Work = (
  rows: Parameters<Parameters<OpenRegistry["change"]>[0]>[0],
) => readonly Serial[] | CustodyRefusal;

/** Carries a refusal out of a transaction, so that what was written before it is undone. */
class Undone extends Error {
  readonly refusal: CustodyRefusal;

  constructor(refusal: CustodyRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

async function transact(
  { registry }: CustodyDeps,
  work: Work,
): Promise<{ readonly kind: "done"; readonly more: readonly Serial[] } | CustodyRefusal> {
  try {
    const more = await registry.change((rows) => {
      const done = work(rows);
      if ("kind" in done) throw new Undone(done);
      return done;
    });
    return { kind: "done", more };
  } catch (error) {
    if (error instanceof Undone) return error.refusal;
    throw error;
  }
}

/** Has the twins show how these devices stand now. */
async function show(
  deps: CustodyDeps,
  serials: readonly Serial[],
  author: CustodyAuthor,
): Promise<CustodyAnswer> {
  const unique = [...new Set(serials)];
  const shown = await Promise.all(unique.map((serial) => showStanding(deps, serial, author)));
  const { keeping } = deps.registry;
  const devices = unique.flatMap((serial) => keeping.standing.get({ serial }) ?? []);
  return { kind: "done", devices, positions: shown.flatMap((position) => position ?? []) };
}

function behind({ registry }: CustodyDeps, device: Serial): Serial[] {
  return registry.keeping.hungOn.all({ box: device }).map((row) => row.device);
}

/** Whether the fresh one took the old one's place at the very instant at which that one left it. */
function isDone({ registry }: CustodyDeps, { old, fresh }: Swap): boolean {
  const { keeping } = registry;
  const [left, came] = [registry.custody(old).at(-1), registry.custody(fresh).at(-1)];
  const isLinked = came?.until === null && came.box === left?.box && came.since === left.until;
  const [had, has] = [
    keeping.lastAssignment.get({ device: old }),
    keeping.lastAssignment.get({ device: fresh }),
  ];
  const isAssigned =
    has?.until === null && has.assignment === had?.assignment && has.since === had.until;
  return isLinked || isAssigned;
}
