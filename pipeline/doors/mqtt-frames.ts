/**
 * Just enough of MQTT's frames to stop an oversize packet at its announced length, and to answer without building
 * objects.
 *
 * @source OASIS MQTT 3.1.1 §2.2
 */
import { generate } from "mqtt-packet";

/**
 * Follows the packets in a stream of bytes by their lengths alone.
 *
 * A parser of whole packets would buffer 256 MB before anybody could say that it is too much.
 */
export class FrameGuard {
  /** Longest packet that may be announced, without its fixed header. */
  most: number;
  /** Bytes of the current packet's body that are still to come. */
  #left = 0;
  #inLength = false;
  #first = 0;
  #length = 0;
  #factor = 1;

  constructor(most: number) {
    this.most = most;
  }

  /** Takes the next bytes; false once a packet is announced that is longer than {@link most}, or has no length. */
  take(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
      } else if (!this.#inLength) {
        this.#first = chunk[at++] ?? 0;
        this.#inLength = true;
        this.#length = 0;
        this.#factor = 1;
      } else if (!this.#digit(chunk[at++] ?? 0)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the last packet that began is a DISCONNECT: whoever sends it takes leave properly. */
  get farewell(): boolean {
    return this.#first === 0xe0;
  }

  /** One byte of a length: seven bits, lowest first, the eighth says that more follow; four bytes at most. */
  #digit(byte: number): boolean {
    this.#length += (byte & 127) * this.#factor;
    this.#factor *= 128;
    if (this.#length > this.most) return false;
    if (byte >= 128) return this.#factor <= 128 ** 3;
    this.#inLength = false;
    this.#left = this.#length;
    return true;
  }
}

/** PUBACK of a packet id. */
export function puback(id: number): Uint8Array {
  return Uint8Array.of(0x40, 2, id >> 8, id & 255);
}

/** PUBLISH of a text at QoS 1, or at QoS 0 without an id. */
export function publish(topic: string, payload: string, id: number | undefined): Uint8Array {
  const common = { cmd: "publish", topic, payload, retain: false, dup: false } as const;
  return generate(id === undefined ? { ...common, qos: 0 } : { ...common, qos: 1, messageId: id });
}
