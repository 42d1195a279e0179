/**
 * Typed misbehaviours: what one home in twenty does wrong, so that every demonstration and every test meets it.
 *
 * A sin is in what a wristband feels, in a clock, in how the connection behaves, or in what befalls the home; never in the
 * programs, which are the product's.
 */
import type { Broker, BrokerConnection } from "#platform/broker/port.ts";
import { Minutes } from "#wire/units.ts";

import type { FaultPlan } from "./faults.ts";
import type { Body } from "./physiology/body.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";

/**
 * `repeats` publishes every message twice; `forgets_receipts` hears two receipts of three; `garbles` publishes bytes that
 * are no message before the first readings of each connection; `clock_ahead` lives five minutes in the future; `nonsense` is worn by
 * a heart that beats impossibly fast for ten minutes of an hour (fidelity `means`); `flaps` loses its line for two minutes in every ten.
 */
export const sins = [
  "repeats",
  "forgets_receipts",
  "garbles",
  "clock_ahead",
  "nonsense",
  "flaps",
] as const;
export type Sin = (typeof sins)[number];

/** One home in this many sins. */
const sinners = 20;

/** The sin of the home of this seed; undefined for most. */
export function sinOf(seed: number): Sin | undefined {
  if (chance(seed, channels.sin, 0) >= 1 / sinners) return undefined;
  return sins[Math.floor(chance(seed, channels.sinKind, 0) * sins.length)];
}

/** How far ahead the clock of a `clock_ahead` home is, ms. */
export function clockError(sin: Sin | undefined): number {
  return sin === "clock_ahead" ? Minutes(5) : 0;
}

/** What the wristband feels when `body` is what it is worn by. */
export function misfelt(sin: Sin | undefined, body: Body): Body {
  if (sin !== "nonsense") return body;
  return {
    ...body,
    heartRate: (window) => {
      const measure = body.heartRate(window);
      const isAbsurd = Math.floor(window.to / Minutes(10)) % 6 === 0;
      return measure && isAbsurd ? { ...measure, value: 400 } : measure;
    },
  };
}

/** What befalls the home when `plan` is what would have. */
export function misfortune(sin: Sin | undefined, plan: FaultPlan): FaultPlan {
  if (sin !== "flaps") return plan;
  return (t) => ({ ...plan(t), line: Math.floor(t / Minutes(2)) % 5 === 0 });
}

/** How the home's connection behaves when `broker` is what it connects to. */
export function misconnected(sin: Sin | undefined, broker: Broker): Broker {
  if (sin === "repeats") return publishing(broker, repeating);
  if (sin === "garbles") return publishing(broker, garbling);
  return sin === "forgets_receipts" ? forgetting(broker) : broker;
}

type Publish = BrokerConnection["publish"];

function publishing(broker: Broker, sinning: (publish: Publish) => Publish): Broker {
  return {
    connect: async (address, session) => {
      const connection = await broker.connect(address, session);
      return {
        publish: sinning((topic, payload, qos) => connection.publish(topic, payload, qos)),
        close: (options) => connection.close(options),
      };
    },
  };
}

function repeating(publish: Publish): Publish {
  return async (topic, payload, qos) => {
    await publish(topic, payload, qos);
    if (qos > 0) await publish(topic, payload, qos);
  };
}

function garbling(publish: Publish): Publish {
  let garbled = false;
  return async (topic, payload, qos) => {
    if (!garbled && topic.endsWith("/readings")) {
      garbled = true;
      await publish(topic, '[{"bn":"urn:dev:', qos);
    }
    await publish(topic, payload, qos);
  };
}

function forgetting(broker: Broker): Broker {
  let receipts = 0;
  return {
    connect: (address, session) =>
      broker.connect(address, {
        ...session,
        receive: (topic, payload) => {
          if (topic.endsWith("/down/stored") && ++receipts % 3 === 0) return;
          session.receive(topic, payload);
        },
      }),
  };
}
