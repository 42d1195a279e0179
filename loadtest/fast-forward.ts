/**
 * Homes lived faster than the world, on one core, in a process of its own:
 * `bun loadtest/fast-forward.ts FIDELITY HOMES HOURS [HOURS BEFORE]`.
 *
 * Everything of a home runs that runs in a fleet: the body, both programs, the air between them, the box's disk (in memory)
 * and its uplink to a broker in memory that answers with receipts. Prints how long one minute of one home takes, once each
 * has lived some hours, and the memory that one takes.
 */
import { heapStats } from "bun:jsc";

import { outboxSchema } from "#devices/box/outbox-schema.ts";
import type { AcceptedLink } from "#platform/broker/memory-link.ts";
import { createMemoryNetwork } from "#platform/broker/memory.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import { faultsOf } from "#simulator/faults.ts";
import { fidelities } from "#simulator/fidelity.ts";
import { Home } from "#simulator/home.ts";
import { sinOf } from "#simulator/sins.ts";
import { seededResident } from "#simulator/wearers/seeded.ts";
import { encodeJson } from "#wire/codec.ts";
import type { Epoch } from "#wire/identity.ts";
import { numberOf } from "#wire/number-of.ts";
import { addNumber, normalise, type Ranges } from "#wire/ranges.ts";
import { downTopic, parseTopic } from "#wire/topics.ts";
import { Hours, Instant, Minutes, Seconds } from "#wire/units.ts";

import { boxSerial, tenant, wristbandSerial } from "./serials.ts";

const [name = "means", homes = "1000", hours = "6", before = "2"] = process.argv.slice(2);
const fidelity = fidelities.find((one) => one === name) ?? "means";
const begun = Instant(1_772_442_000_000);
const past = Hours(Number(before) + Number(hours));

const clock = createVirtualClock({ start: begun });
const random = createSeededRandom("fast-forward");
const network = createMemoryNetwork({ clock, random: random.fork("network") });
const counters = new Map<Epoch, Ranges>();
let messages = 0;
network.listen((_id, link) => ({
  subscribed: () => undefined,
  receive: async ({ topic, payload }) => {
    receipt(topic, payload, link);
    return { kind: "accepted" };
  },
  ended: () => undefined,
}));

const sql = openMemorySql();
migrate(sql, outboxSchema);
const weight = weigh();
const all = Array.from({ length: Number(homes) }, (_, seed) => openHome(seed));
await live(Hours(Number(before)));
const settled = messages;
const started = process.cpuUsage();
await live(Hours(Number(hours)));
const { user, system } = process.cpuUsage(started);
const { live: liveBytes, resident } = weigh();
const minutes = (all.length * Hours(Number(hours))) / Minutes(1);
const report = {
  microsecondsPerHomeMinute: (user + system) / minutes,
  bytesPerHome: (liveBytes - weight.live) / all.length,
  residentBytesPerHome: (resident - weight.resident) / all.length,
  messagesPerHomeDay: ((messages - settled) / minutes) * 1440,
};
console.log(JSON.stringify(report));

/** What the programs hold, and what the process does: the disk in memory, and what was not given back yet. */
function weigh(): { readonly live: number; readonly resident: number } {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return { live: heapSize + extraMemorySize, resident: process.memoryUsage().rss };
}

function openHome(seed: number): Home {
  const home = new Home(
    {
      ...{ tenant, box: boxSerial(seed), wristband: wristbandSerial(seed), seed, profile: "seed" },
      ...{ ...seededResident(fidelity, seed), faults: faultsOf(seed), sin: sinOf(seed) },
      start: begun - past,
    },
    { broker: network.broker, address: { url: "" }, sql, clock, random, log: silent },
  );
  home.open();
  return home;
}

/** Half an hour of each home, then a second of the world, in which what was said is heard. */
async function live(ms: number): Promise<void> {
  for (let lived = 0; lived < ms; lived += Minutes(30)) {
    for (const home of all) home.advance(home.lived + Minutes(30));
    await clock.advance({ by: Seconds(1) });
  }
}

function receipt(text: string, payload: Uint8Array, link: AcceptedLink): void {
  const topic = parseTopic(text);
  const number = topic && topic.channel !== "alive" ? numberOf(payload) : undefined;
  if (topic === undefined || number === undefined) return;
  messages += 1;
  const ranges = addNumber(counters.get(number.epoch) ?? [], number.seq);
  counters.set(number.epoch, ranges);
  const told = { epoch: number.epoch, ...normalise(0, ranges), refused: [] };
  link.send(downTopic(topic, "stored"), encodeJson(told));
}
