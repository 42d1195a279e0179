/**
 * The box's GSM modem: texts handed over one at a time, each tried until the modem has confirmed it
 * or it is given up for a reason that is told.
 *
 * Every attempt after a failure begins with putting the modem in order (escape, `AT`, echo off,
 * numbered errors), so that a reset, a prompt left open and a lost answer are all cured
 * the same way. What the modem says of SIM and network never keeps a message back: only the try
 * tells.
 *
 * A text that was submitted and not confirmed may have gone. An emergency is sent again, since two
 * are better than none, but no more than four times; a routine text is not. A confirmation that
 * comes late still counts.
 *
 * @source 3GPP TS 27.005; clinical F18, F19; catalogue BX-07, CF-13
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { cadence } from "#wire/cadence.ts";
import { type Duration, Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import { patience } from "../patience.ts";
import { type AtLine, escape, isRegistered, parseSignal, submit } from "./at.ts";
import { Dialogue, type Question, type Reply } from "./dialogue.ts";
import { type Fault, faultOf, type Reason } from "./fault.ts";
import type { Line } from "./line.ts";
import { encodeSms } from "./pdu.ts";
import { type Job, JobQueue, type Sms } from "./queue.ts";

/** What became of a message; `sent` only when the modem has confirmed every part. */
export type Outcome =
  | { readonly kind: "sent"; readonly attempts: number }
  | { readonly kind: "given_up"; readonly reason: GivenUp; readonly attempts: number };

/** Why a message was given up: the last try's fault, or what the queue did. */
export type GivenUp = Reason | "queue_full" | "displaced" | "closed";

/** How the modem is; without a fault, messages go as far as one can tell. */
export interface ModemStatus {
  readonly fault?: Reason;
  /** 0 to 31; absent when unknown. */
  readonly signal?: number;
}

/** What a modem needs. */
export interface ModemOptions {
  readonly line: Line;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The fault has come, gone or changed: a technical alert, or its end. */
  readonly changed?: (status: ModemStatus) => void;
}

/** How long a modem may take to answer, to be ready for a text, and to hand it to the network. */
const answerWithin = Seconds(5);
const promptWithin = Seconds(10);
const confirmedWithin = Minutes(1);
/** An escape is not answered by all modems, and an answer may be owed to an earlier command. */
const callWithin = Seconds(1);
const calls = 3;
/** No echo, and errors as numbers. */
const manners = ["E0", "+CMEE=1"];
/**
 * Before every text: a modem that has restarted unnoticed may be in text mode, where it would send
 * the digits to somebody.
 */
const pduMode = ["+CMGF=0"];
/** An idle modem is looked at this often. */
const checkEvery = Minutes(1);
/** Ours: after an hour, whoever could be reached otherwise has been. */
const emergencyFor = Hours(1);
/** So often a text may be sent that may have gone before. */
const doubtsMax = { emergency: cadence.emergency.attempts, routine: 1 };
/** Ours: far more than the contacts of a home in the worst hour. */
const queueMax = 64;
/** Faults that a look at the modem finds, and finds gone. The others go when a text has gone. */
const visible: ReadonlySet<Reason> = new Set([
  ...(["no_sim", "sim_locked", "no_network", "modem_silent"] as const),
]);

/** Opens the modem on a line, and looks at once how it is. */
export function openModem(options: ModemOptions): Modem {
  const modem = new Modem(options);
  modem.open();
  return modem;
}

/** See {@link openModem}. */
export class Modem {
  readonly #options: ModemOptions;
  readonly #dialogue: Dialogue;
  readonly #queue = new JobQueue(queueMax);
  readonly #waiting = new Map<Job, (outcome: Outcome) => void>();
  #status: ModemStatus = {};
  /** In order since its last answer: prompt closed, echo off. */
  #isReady = false;
  #isClosed = false;
  #current: Job | "check" | undefined;
  /** Submitted, and not confirmed; nothing has been submitted since. */
  #doubtful: Job | undefined;
  #checkAt = 0;
  #timer: Timer | undefined;

  constructor(options: ModemOptions) {
    this.#options = options;
    const { line, clock } = options;
    this.#dialogue = new Dialogue({ line, clock, unasked: (said) => this.#unasked(said) });
  }

  /** Begins; called once. */
  open(): void {
    this.#dialogue.open();
    this.#turn();
  }

  get status(): ModemStatus {
    return this.#status;
  }

  /** Sends a text; resolves when it has been sent or given up. */
  send(sms: Sms): Promise<Outcome> {
    const { clock, random } = this.#options;
    const encoded = encodeSms({ ...sms, reference: random.integer({ low: 0, high: 255 }) });
    if (this.#isClosed) return this.#refuse(sms, "closed");
    if (encoded.kind === "refused") return this.#refuse(sms, encoded.fault);
    const since = clock.monotonic();
    const tries = { attempts: 0, doubts: 0, confirmed: 0 };
    const job = { sms, parts: encoded.parts, since, dueAt: since, ...tries };
    const added = this.#queue.add(job);
    if (added.kind === "full") return this.#refuse(sms, "queue_full");
    if (added.displaced !== undefined) this.#finish(added.displaced, givenUp("displaced"));
    const outcome = new Promise<Outcome>((resolve) => this.#waiting.set(job, resolve));
    this.#turn();
    return outcome;
  }

  /** Ends for good; what waits is given up. A text that the modem has already may still go. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const job of this.#queue.jobs) this.#finish(job, givenUp("closed", job));
  }

  /** Does the next thing, if nothing is being done: a message, a look at the modem, or a wait. */
  #turn(): void {
    if (this.#isClosed || this.#current !== undefined) return;
    this.#timer?.cancel();
    const now = this.#options.clock.monotonic();
    const job = this.#queue.due(now);
    if (job === undefined && now < this.#checkAt) {
      // Whole milliseconds: a clock cannot show the rest, and would come too early for ever.
      const wait = Millis(Math.ceil(Math.min(this.#checkAt, this.#queue.nextDue()) - now));
      this.#timer = this.#options.clock.after(wait, "modem", () => this.#turn());
      return;
    }
    this.#current = job ?? "check";
    void (job === undefined ? this.#check() : this.#attempt(job)).then(() => {
      this.#current = undefined;
      this.#turn();
    });
  }

  async #attempt(job: Job): Promise<void> {
    job.attempts += 1;
    const fault = await this.#deliver(job);
    if (!this.#queue.has(job)) return;
    if (fault?.retry === "ambiguous") job.doubts += 1;
    const { attempts, sms } = job;
    const { log, clock, random } = this.#options;
    log.info("sms attempt", { id: sms.id, attempt: attempts, fault: fault?.reason ?? "none" });
    if (fault !== undefined && fault.retry !== "never") this.#note({ fault: fault.reason });
    if (fault === undefined) this.#finish(job, { kind: "sent", attempts });
    else if (this.#isHopeless(job, fault)) this.#finish(job, givenUp(fault.reason, job));
    else job.dueAt = clock.monotonic() + patience(attempts, random);
  }

  #isHopeless({ sms, attempts, doubts, since }: Job, { retry }: Fault): boolean {
    if (retry === "never" || doubts >= doubtsMax[sms.rank]) return true;
    if (sms.rank === "emergency") return this.#options.clock.monotonic() - since >= emergencyFor;
    return attempts > cadence.reconnect.steps.length;
  }

  /** Hands over the parts that are not confirmed yet. */
  async #deliver(job: Job): Promise<Fault | undefined> {
    let fault: Fault | undefined;
    while (fault === undefined && !isWhole(job) && this.#queue.has(job)) {
      fault = (await this.#prepare()) ?? (await this.#setUp(pduMode)) ?? (await this.#submit(job));
    }
    // Whatever went wrong may have left the modem anywhere.
    if (fault !== undefined) this.#isReady = false;
    return isWhole(job) ? undefined : fault;
  }

  async #submit(job: Job): Promise<Fault | undefined> {
    const before = job.confirmed;
    const part = job.parts[before];
    if (part === undefined) return undefined;
    const text = `AT+CMGS=${part.octets}\r`;
    const prompted = await this.#dialogue.ask({ text, until: "prompt", within: promptWithin });
    if (prompted.kind !== "done") return failureOf(prompted, "order");
    if (job.confirmed > before || !this.#queue.has(job)) {
      // Confirmed late, or given up meanwhile: the next preparation leaves the prompt.
      this.#isReady = false;
      return undefined;
    }
    this.#doubtful = undefined;
    const reply = await this.#dialogue.ask({
      ...{ text: part.hex + submit, until: "ok", wants: "+CMGS", within: confirmedWithin },
    });
    if (reply.kind === "done") job.confirmed += 1;
    if (reply.kind === "silent") this.#doubtful = job;
    return reply.kind === "done" ? undefined : failureOf(reply, "text");
  }

  /** Puts the modem in order, unless it is. */
  async #prepare(): Promise<Fault | undefined> {
    if (this.#isReady) return undefined;
    const fault = (await this.#call()) ?? (await this.#setUp(manners));
    this.#isReady = fault === undefined;
    return fault;
  }

  async #call(): Promise<Fault | undefined> {
    let reply: Reply = { kind: "silent" };
    for (let call = 0; call < calls && reply.kind === "silent"; call += 1) {
      reply = await this.#ask({ text: `${escape}AT\r`, until: "ok", within: callWithin });
    }
    // An error says as well that it is there.
    return reply.kind === "refused" ? undefined : unlessDone(reply);
  }

  async #setUp(settings: readonly string[]): Promise<Fault | undefined> {
    for (const setting of settings) {
      const fault = unlessDone(await this.#ask({ text: `AT${setting}\r`, until: "ok" }));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Looks how the modem is, for whoever wants to know before it is needed. */
  async #check(): Promise<void> {
    const fault = (await this.#prepare()) ?? (await this.#look());
    if (fault?.reason === "modem_silent") this.#isReady = false;
    this.#checkAt = this.#options.clock.monotonic() + checkEvery;
    const known = this.#status.fault;
    if (fault !== undefined && visible.has(fault.reason)) this.#note({ fault: fault.reason });
    else if (known !== undefined && visible.has(known)) this.#note({ fault: undefined });
  }

  async #look(): Promise<Fault | undefined> {
    const sim = await this.#query("+CPIN");
    if (sim.kind !== "done") return failureOf(sim, "order");
    if (sim.info !== "READY") return { reason: "sim_locked", retry: "safe" };
    const unregistered = await this.#lookForNetwork();
    if (unregistered !== undefined) return unregistered;
    const strength = await this.#query("+CSQ", "");
    if (strength.kind !== "done") return failureOf(strength, "order");
    this.#note({ fault: this.#status.fault, signal: parseSignal(strength.info) });
    return undefined;
  }

  /** A modem for 4G alone is known to no older network, and an older modem refuses the second. */
  async #lookForNetwork(): Promise<Fault | undefined> {
    for (const generation of ["+CREG", "+CEREG"]) {
      const reply = await this.#query(generation);
      if (reply.kind === "done" && isRegistered(reply.info)) return undefined;
      if (reply.kind === "silent" || reply.kind === "restarted") return failureOf(reply, "order");
    }
    return { reason: "no_network", retry: "safe" };
  }

  #query(name: string, mark = "?"): Promise<Reply> {
    return this.#ask({ text: `AT${name}${mark}\r`, until: "ok", wants: name });
  }

  #ask(question: Omit<Question, "within"> & { within?: Duration }): Promise<Reply> {
    return this.#dialogue.ask({ within: answerWithin, ...question });
  }

  #unasked(line: AtLine): void {
    if (line.kind === "restarted") this.#isReady = false;
    if (line.kind === "info" && line.name === "+CMGS") this.#confirmLate();
  }

  /** The answer of a submission that had been waited for too long: before any newer one's. */
  #confirmLate(): void {
    const job = this.#doubtful;
    this.#doubtful = undefined;
    if (job === undefined || !this.#queue.has(job)) return;
    job.confirmed += 1;
    this.#options.log.info("sms confirmed late", { id: job.sms.id });
    if (isWhole(job)) this.#finish(job, { kind: "sent", attempts: job.attempts });
  }

  /** Gives up what never came into the queue. */
  #refuse({ id }: Sms, reason: GivenUp): Promise<Outcome> {
    this.#options.log.error("sms given up", { id, reason });
    return Promise.resolve(givenUp(reason));
  }

  #finish(job: Job, outcome: Outcome): void {
    const { id } = job.sms;
    this.#queue.remove(job);
    if (outcome.kind === "sent") this.#note({ fault: undefined });
    else this.#options.log.error("sms given up", { id, reason: outcome.reason });
    this.#waiting.get(job)?.(outcome);
    this.#waiting.delete(job);
  }

  #note({ fault, signal = this.#status.signal }: Noted): void {
    const before = this.#status.fault;
    this.#status = { ...(fault && { fault }), ...(signal !== undefined && { signal }) };
    if (fault === before) return;
    this.#options.log.warn("modem", { fault: fault ?? "none" });
    this.#options.changed?.(this.#status);
  }
}

interface Noted {
  readonly fault: Reason | undefined;
  readonly signal?: number | undefined;
}

function isWhole(job: Job): boolean {
  return job.confirmed === job.parts.length;
}

function givenUp(reason: GivenUp, job?: Job): Outcome {
  return { kind: "given_up", reason, attempts: job?.attempts ?? 0 };
}

function unlessDone(reply: Reply): Fault | undefined {
  return reply.kind === "done" ? undefined : failureOf(reply, "order");
}

function failureOf(reply: Exclude<Reply, { kind: "done" }>, asked: "order" | "text"): Fault {
  if (reply.kind === "refused") return faultOf(reply.refusal);
  const retry = asked === "text" ? "ambiguous" : "safe";
  if (reply.kind === "restarted") return { reason: "modem_restarted", retry };
  return { reason: asked === "text" ? "unconfirmed" : "modem_silent", retry };
}
