/** What a network in memory may do to what travels on it. */
import { type Duration, Millis } from "#wire/units.ts";

/**
 * What the road does to what travels on it. The shares are chances from 0 to 1, drawn per message
 * up.
 */
export interface Weather {
  /** Each packet takes this long, and never overtakes another. */
  readonly latency: { readonly low: Duration; readonly high: Duration };
  /** QoS 1: acknowledged, then lost, as by a broker killed at the wrong moment. QoS 0: lost. */
  readonly swallow: number;
  /** QoS 1: delivered twice. */
  readonly repeat: number;
  /** QoS 1: delivered, and the connection cut before the acknowledgement arrives. */
  readonly lostAck: number;
}

/** No weather at all. */
export const calm: Weather = {
  latency: { low: Millis(0), high: Millis(0) },
  swallow: 0,
  repeat: 0,
  lostAck: 0,
};
