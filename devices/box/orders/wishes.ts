/**
 * What the cloud wishes a home's devices to be like: taken at once, carried out by the box or passed on to the wristband,
 * and answered leaf by leaf.
 *
 * A wish has a version; another one takes the place of the one before. The same one again, while some of it waits, is nothing
 * new; once all is settled it is carried out again, for then a device has drifted away from it, and who only missed an
 * answer gets another. What becomes of a leaf is not forgotten half-way: a wish lies on the disk until all is settled.
 * @source DESIGN §4 `down/desired`, `answer`; docs/decisions/0005
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { DownBody } from "#wire/bodies/down.ts";
import { groupLeaves } from "#wire/bodies/leaf.ts";
import type { SettledBody } from "#wire/bodies/up-body.ts";
import { bodyBytesMost } from "#wire/frames/frame.ts";
import { type BoxSerial, kindOf, type Serial } from "#wire/identity.ts";
import type { Answer, Desired } from "#wire/messages.ts";
import { Millis } from "#wire/units.ts";

import { answerDraft, type Draft } from "../draft.ts";
import type { Facts } from "../facts.ts";
import { allOf, type Consequence, type Journal } from "../journal.ts";
import type { PartLeaf } from "../leaves.ts";
import {
  answerId,
  doneAnswers,
  type Outcome,
  parseWish,
  radioLeaf,
  settle,
  type Wish,
  wishJson,
  wishOf,
} from "./wish.ts";

/** What becomes of a leaf of the box itself. */
export type Applied =
  | { readonly kind: "applied"; readonly consequence: Consequence }
  | { readonly kind: "rejected"; readonly code: string };

/** What wishes need. */
interface WishPorts {
  readonly box: BoxSerial;
  readonly facts: Facts;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The wristband that is bonded, if any. */
  readonly wristband: () => Serial | undefined;
  /** Says something to it, if it is there. */
  readonly tell: (body: DownBody) => void;
  readonly apply: (leaf: PartLeaf) => Applied;
  /** A leaf of the wristband is so from now on. */
  readonly applied: (device: Serial, leaf: PartLeaf) => Consequence;
  /** The box is set otherwise than before. */
  readonly changed: () => void;
}

/** Bytes of a body beside its leaves: kind, and a version of seven bytes. */
const leavesRoom = bodyBytesMost - 8;

/** See above. */
export class Wishes {
  readonly #ports: WishPorts;
  #timer: Timer | undefined;

  constructor(ports: WishPorts) {
    this.#ports = ports;
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** The cloud's wishes for a device of this home: all that is outstanding. */
  take(device: Serial, desired: Desired): void {
    const known = this.#of(device);
    if (known?.v === desired.v && known.waiting.length > 0) return;
    if (this.#isExpired(desired)) this.#refuse(device, desired.v);
    else this.#begin(device, wishOf(desired));
  }

  /** What the wristband says of leaves that it was told. */
  settled(device: Serial, { v, leaves }: SettledBody): Consequence {
    const wish = this.#of(device);
    if (wish?.v !== v) return {};
    const outcomes = leaves.map(({ path, code }): Outcome =>
      code === undefined ? { path, state: "applied" } : { path, state: "rejected", code },
    );
    const done = outcomes.filter(({ state }) => state === "applied").map(({ path }) => path);
    const isSo = wish.waiting.filter(({ path }) => done.includes(path));
    return allOf([
      this.#advance(device, settle(wish, outcomes)),
      ...isSo.map((leaf) => this.#ports.applied(device, leaf)),
    ]);
  }

  /** The wristband is there: it is told again what it has not answered. */
  linked(): void {
    const { wristband, tell, clock } = this.#ports;
    const device = wristband();
    const wish = device && this.#of(device);
    if (device === undefined || wish === undefined || wish.waiting.length === 0) return;
    if (this.#isExpired(wish)) {
      this.#expire(device, wish);
      return;
    }
    const leaves = wish.waiting.flatMap((leaf) => radioLeaf(leaf) ?? []);
    for (const group of groupLeaves(leaves, leavesRoom)) {
      tell({ kind: "desired", v: wish.v, leaves: group });
    }
    if (wish.deadline === undefined) return;
    this.#timer?.cancel();
    const wait = Millis(Math.max(0, wish.deadline - clock.now()));
    this.#timer = clock.after(wait, "wishes expire", () => this.linked());
  }

  #of(device: Serial): Wish | undefined {
    return parseWish(this.#ports.facts.read(`wish/${device}`));
  }

  #isExpired({ deadline }: Pick<Wish, "deadline">): boolean {
    return deadline !== undefined && deadline <= this.#ports.clock.now();
  }

  #begin(device: Serial, wish: Wish): void {
    const { box, journal, wristband } = this.#ports;
    const accepted = this.#answers(device, [{ id: answerId(wish.v), state: "accepted" }]);
    const carried = device === box ? this.#carryOut(wish) : this.#sortOut(device, wish);
    const isKept = journal.commit(
      allOf([{ drafts: accepted }, this.#advance(device, carried.wish), carried.consequence]),
    );
    if (isKept && device === wristband()) this.linked();
  }

  /** The box's own leaves. */
  #carryOut(wish: Wish): { wish: Wish; consequence: Consequence } {
    const applied = wish.waiting.map((leaf) => ({ leaf, result: this.#ports.apply(leaf) }));
    const outcomes = applied.map(({ leaf: { path }, result }): Outcome =>
      result.kind === "applied"
        ? { path, state: "applied" }
        : { path, state: "rejected", code: result.code },
    );
    const consequences = applied.flatMap(({ result }) =>
      result.kind === "applied" ? [result.consequence] : [],
    );
    const act = (): void => this.#ports.changed();
    return { wish: settle(wish, outcomes), consequence: allOf([...consequences, { act }]) };
  }

  /**
   * Another device's: what can be told waits for its answer, the rest is refused here. A box that has no wristband yet waits
   * for it to come.
   */
  #sortOut(device: Serial, wish: Wish): { wish: Wish; consequence: Consequence } {
    const bonded = this.#ports.wristband();
    const isOurs = bonded === undefined ? kindOf(device) === "wristband" : device === bonded;
    const refused = wish.waiting.flatMap((leaf): Outcome[] => {
      if (isOurs && radioLeaf(leaf) !== undefined) return [];
      const code = isOurs ? "unsupported_value" : "not_bonded";
      return [{ path: leaf.path, state: "rejected", code }];
    });
    return { wish: settle(wish, refused), consequence: {} };
  }

  #refuse(device: Serial, v: number): void {
    const answer = { id: answerId(v), state: "rejected" as const, code: "expired" };
    this.#ports.journal.commit({ drafts: this.#answers(device, [answer]) });
  }

  #expire(device: Serial, wish: Wish): void {
    const outcomes = wish.waiting.map(({ path }): Outcome => ({
      ...{ path, state: "rejected" },
      code: "expired",
    }));
    this.#ports.journal.commit(this.#advance(device, settle(wish, outcomes)));
  }

  /** Keeps how far it has come, with its answer once nothing waits any more. */
  #advance(device: Serial, wish: Wish): Consequence {
    return {
      drafts: wish.waiting.length === 0 ? this.#answers(device, doneAnswers(wish)) : [],
      write: () => this.#ports.facts.write(`wish/${device}`, wishJson(wish)),
    };
  }

  #answers(
    device: Serial,
    answers: readonly Pick<Answer, "id" | "state" | "code" | "result">[],
  ): Draft[] {
    const t = this.#ports.clock.now();
    return answers.map((answer) => answerDraft(device, { ...answer, t }));
  }
}
