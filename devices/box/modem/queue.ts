/** Messages that wait for the modem: bounded, emergencies first. */
import type { Part } from "./pdu.ts";

/** A text for one telephone. */
export interface Sms {
  /** Names it in logs and outcomes; holds no number and nothing of a person. */
  readonly id: string;
  readonly rank: "emergency" | "routine";
  readonly number: string;
  readonly text: string;
}

/** A message on its way. */
export interface Job {
  readonly sms: Sms;
  readonly parts: readonly Part[];
  /** When it came, and when it may be tried next, on the monotonic clock. */
  readonly since: number;
  dueAt: number;
  attempts: number;
  /** Attempts after which it may have gone, unconfirmed. */
  doubts: number;
  /** How many parts the modem has confirmed. */
  confirmed: number;
}

/** The jobs of one modem. */
export class JobQueue {
  readonly #limit: number;
  #jobs: readonly Job[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /**
   * Takes a job in, unless the queue is full of its like. An emergency takes the place of the newest
   * routine message, which is handed back.
   */
  add(job: Job): { readonly kind: "added"; readonly displaced?: Job } | { readonly kind: "full" } {
    if (this.#jobs.length < this.#limit) {
      this.#jobs = [...this.#jobs, job];
      return { kind: "added" };
    }
    const displaced = this.#jobs.findLast(({ sms, attempts }) => isRoutine(sms) && attempts === 0);
    if (displaced === undefined || isRoutine(job.sms)) return { kind: "full" };
    this.remove(displaced);
    this.#jobs = [...this.#jobs, job];
    return { kind: "added", displaced };
  }

  remove(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
  }

  has(job: Job): boolean {
    return this.#jobs.includes(job);
  }

  /** What to try now: an emergency before all else, then what was tried least, then the oldest. */
  due(now: number): Job | undefined {
    return this.#jobs.filter(({ dueAt }) => dueAt <= now).toSorted(byUrgency)[0];
  }

  /** When the next job falls due. */
  nextDue(): number {
    return Math.min(...this.#jobs.map(({ dueAt }) => dueAt));
  }
}

function isRoutine(sms: Sms): boolean {
  return sms.rank === "routine";
}

function byUrgency(one: Job, other: Job): number {
  return Number(isRoutine(one.sms)) - Number(isRoutine(other.sms)) || one.attempts - other.attempts;
}
