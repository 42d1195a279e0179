/**
 * Acts that somebody asks a home's devices for: each done once for its id, whatever is repeated, lost or killed in between.
 *
 * An id is on the disk before anything is done. What the box does itself is answered with it; what the wristband does is
 * passed on, again at each link, until the wristband has answered or the deadline has passed.
 * @source DESIGN §4 `down/command`, `answer`; catalogue TW-03
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { DownBody } from "#wire/bodies/down.ts";
import type { Leaf } from "#wire/bodies/leaf.ts";
import type { AnswerBody } from "#wire/bodies/up-body.ts";
import { commandFault } from "#wire/commands.ts";
import { type BoxSerial, kindOf, type Serial } from "#wire/identity.ts";
import type { Answer, Command } from "#wire/messages.ts";
import { fits } from "#wire/shape.ts";
import { commandShape } from "#wire/shapes.ts";
import { type Instant, Millis } from "#wire/units.ts";

import type { Deeds } from "../deeds.ts";
import { answerDraft, type Draft } from "../draft.ts";
import type { Consequence, Journal } from "../journal.ts";
import { radioLeaf } from "./wish.ts";

/** What commands need. */
interface CommandPorts {
  readonly box: BoxSerial;
  /** Of kind `command`. */
  readonly deeds: Deeds;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The wristband that is bonded, if any. */
  readonly wristband: () => Serial | undefined;
  /** Says something to it, if it is there. */
  readonly tell: (body: DownBody) => void;
  /** How the box itself does what it is told; undefined for what it cannot do as it is. */
  readonly act: (name: string) => (() => void) | undefined;
}

type Said = Pick<Answer, "state" | "code" | "result">;

/** See above. */
export class Commands {
  readonly #ports: CommandPorts;
  #timer: Timer | undefined;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** A command for a device of this home; one that was taken before is not taken again. */
  take(device: Serial, command: Command): void {
    const { box, deeds, wristband } = this.#ports;
    if (deeds.find(nameOf(device, command)) !== undefined) return;
    const refusal = this.#refusal(device, command);
    if (refusal !== undefined) this.#refuse(device, command, refusal);
    else if (device === box) this.#actOurselves(command);
    else if (device === wristband()) this.#passOn(device, command);
    else this.#refuse(device, command, "not_bonded");
  }

  /** What the wristband says became of a command. */
  answered(device: Serial, body: AnswerBody, t: Instant): Consequence {
    const { deeds } = this.#ports;
    const { id, state, code } = body;
    const name = nameOf(device, body);
    const deed = deeds.find(name);
    // The box has said already that it was accepted.
    if (deed === undefined || deed.done || state === "accepted") return {};
    const result = Object.fromEntries(body.result.map(({ path, value }) => [path, value]));
    const answer = { id, t, state, result, ...(code !== "" && { code }) };
    return {
      drafts: [answerDraft(device, answer)],
      write: () => deeds.write(name, { done: true }),
    };
  }

  /** The wristband is there: it is told again what it has not answered, unless it is too late. */
  linked(): void {
    const { wristband, tell, clock } = this.#ports;
    const device = wristband();
    if (device === undefined) return;
    const open = this.#open(device);
    const late = open.filter(({ deadline }) => deadline <= clock.now());
    for (const command of late) {
      this.#close(device, command, { said: [{ state: "failed", code: "expired" }] });
    }
    const left = open.filter((command) => !late.includes(command));
    for (const { id, name, deadline, args } of left) {
      tell({ kind: "command", id, name, deadline, args: leavesOfArgs(args) });
    }
    this.#watch(left);
  }

  /** Looks again when the next deadline has passed. */
  #watch(open: readonly Command[]): void {
    const { clock } = this.#ports;
    this.#timer?.cancel();
    if (open.length === 0) return;
    const next = Math.min(...open.map(({ deadline }) => deadline));
    const wait = Millis(Math.max(0, next - clock.now()));
    this.#timer = clock.after(wait, "commands expire", () => this.linked());
  }

  #refusal(device: Serial, command: Command): string | undefined {
    if (command.deadline <= this.#ports.clock.now()) return "expired";
    const fault = commandFault(kindOf(device), command);
    if (fault === undefined) return undefined;
    return fault.pointer === "/name" ? "unknown_command" : "invalid_arguments";
  }

  #actOurselves(command: Command): void {
    const { box, act } = this.#ports;
    const accepted = { state: "accepted" as const };
    const doIt = act(command.name);
    const outcome: Said =
      doIt === undefined ? { state: "failed", code: "no_means" } : { state: "done" };
    this.#close(box, command, { said: [accepted, outcome], ...(doIt && { act: doIt }) });
  }

  #refuse(device: Serial, command: Command, code: string): void {
    this.#close(device, command, { said: [{ state: "rejected", code }] });
  }

  #passOn(device: Serial, command: Command): void {
    const { deeds, journal } = this.#ports;
    const { id, name, args, deadline } = command;
    const isKept = journal.commit({
      drafts: this.#answers(device, command, [{ state: "accepted" }]),
      write: () =>
        deeds.write(nameOf(device, command), { done: false, note: { id, name, args, deadline } }),
    });
    if (isKept) this.linked();
  }

  /** The last of a command: what is said of it, and its act if the box does it. */
  #close(device: Serial, command: Command, end: { said: readonly Said[]; act?: () => void }): void {
    const { deeds, journal } = this.#ports;
    const { said, ...act } = end;
    journal.commit({
      ...act,
      drafts: this.#answers(device, command, said),
      write: () => deeds.write(nameOf(device, command), { done: true }),
    });
  }

  #answers(device: Serial, { id }: Command, said: readonly Said[]): Draft[] {
    const t = this.#ports.clock.now();
    return said.map((one) => answerDraft(device, { id, t, ...one }));
  }

  #open(device: Serial): Command[] {
    return this.#ports.deeds.open().flatMap(({ name, note }) => {
      if (!fits(commandShape, note) || name !== nameOf(device, note)) return [];
      return [note];
    });
  }
}

function nameOf(device: Serial, { id }: { readonly id: string }): string {
  return `${device}/${id}`;
}

function leavesOfArgs(args: Command["args"]): Leaf[] {
  return Object.entries(args).flatMap(([path, value]) => radioLeaf({ path, value }) ?? []);
}
