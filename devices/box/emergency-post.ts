/**
 * The second way of an emergency: HTTPS, beside the MQTT event and under the same id, so that the
 * cloud keeps it once.
 *
 * Posted in order, one at a time, until the door answers; a message that the cloud has receipted
 * meanwhile is no longer in the outbox and is passed over.
 * @source DESIGN §4 two families of flow
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Https } from "#platform/https/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { isTrouble, Trouble } from "#platform/trouble.ts";
import { decodeEvent } from "#wire/codec.ts";
import { Seconds } from "#wire/units.ts";

import type { Outbox } from "./outbox.ts";
import { patience } from "./patience.ts";

/** What a door answered: it has the emergency, or will never take it. */
type Posted = { readonly kind: "kept" } | { readonly kind: "refused"; status: number };

/** Posts an event's body under an idempotency key; throws Trouble when it should be tried again. */
export type PostEmergency = (body: Uint8Array, key: string) => Promise<Posted>;

/** How long a door may take to answer. */
const answerWithin = Seconds(10);

/** Posts to `POST /v1/emergencies` of the door at `url`, such as `https://door.example:8443`. */
export function createEmergencyPost(https: Https, url: string): PostEmergency {
  return async (body, key) => {
    const { status } = await https.post(`${url}/v1/emergencies`, {
      headers: { "content-type": "application/json", "idempotency-key": key },
      body,
      within: answerWithin,
    });
    if (status >= 200 && status < 300) return { kind: "kept" };
    // Too many requests or a failing door: later. Anything else stays what it is.
    if (status === 429 || status >= 500) {
      throw new Trouble("door-unwilling", { retry: "safe", detail: `status ${status}` });
    }
    return { kind: "refused", status };
  };
}

interface LanePorts {
  readonly outbox: Outbox;
  readonly post: PostEmergency;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Posts the emergencies of an outbox, the oldest first. */
export class EmergencyLane {
  readonly #ports: LanePorts;
  #done = 0;
  #failures = 0;
  #isBusy = false;
  #isClosed = false;
  #retry: Timer | undefined;

  constructor(ports: LanePorts) {
    this.#ports = ports;
  }

  /** There may be a new emergency. */
  wake(): void {
    if (this.#isBusy || this.#isClosed) return;
    const [message] = this.#ports.outbox.next({ rank: "emergency", after: this.#done, limit: 1 });
    if (message === undefined) return;
    this.#isBusy = true;
    void this.#post(message.id, message.payload);
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
  }

  async #post(id: number, body: Uint8Array): Promise<void> {
    const { post, clock, random, log } = this.#ports;
    try {
      const event = decodeEvent(body);
      if (event.kind === "parsed") {
        const posted = await post(body, event.value.id);
        if (posted.kind === "refused") log.error("emergency refused", { status: posted.status });
      }
      this.#done = id;
      this.#failures = 0;
      this.#again();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#failures += 1;
      log.warn("emergency not posted", { code: error.code, failures: this.#failures });
      if (this.#isClosed) return;
      const wait = patience(this.#failures, random);
      this.#retry = clock.after(wait, "emergency post", () => this.#again());
    }
  }

  #again(): void {
    this.#isBusy = false;
    this.wake();
  }
}
