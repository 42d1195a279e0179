/**
 * The uplink's law: whatever the line, the broker and restarts do, once they are healed the cloud
 * has every number exactly once and the outbox is empty. Standing faults are healed, not only new
 * ones stopped.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { normalise } from "#wire/ranges.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import { fall, many, report, Scene, vital } from "./uplink-scene.ts";

type Play = (scene: Scene) => unknown;

const share = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });
const weather = fc.record({ swallow: share(0.3), repeat: share(0.3), lostAck: share(0.1) });
const slowness = fc.integer({ min: 0, max: 2000 });

const offer = fc.integer({ min: 1, max: 30 }).map<Play>(
  (count) =>
    ({ uplink }) =>
      uplink.offer(many(count, vital)),
);
const mishap = fc.constantFrom<Play>(
  ({ uplink }) => uplink.offer([fall(), report()]),
  ({ network }) => network.cut(),
  ({ network }) => network.halfOpen(),
  ({ network }) => network.setReachable(false),
  ({ network }) => network.setReachable(true),
  ({ network, cloud }) => {
    network.stop();
    network.listen(cloud.accept);
  },
  (scene) => scene.restart(),
);
const plays = fc.array(fc.oneof(offer, mishap), { minLength: 3, maxLength: 25 });

test("H-01: whatever the line, the broker and restarts do, once healed all has arrived", async () => {
  const law = fc.asyncProperty(
    fc.record({
      seed: fc.integer(),
      weather,
      slowness,
      plays,
      messages: fc.constantFrom(40, 9999),
    }),
    async ({ seed, messages, weather: drawn, slowness: slow, plays: played }) => {
      const scene = new Scene({ seed, messages });
      const { network, cloud } = scene;
      network.setWeather({ ...drawn, latency: { low: Millis(1), high: Millis(1 + slow) } });
      for (const play of played) {
        await play(scene);
        await scene.after(Seconds(20));
      }
      network.setReachable(true);
      network.setWeather({ swallow: 0, repeat: 0, lostAck: 0 });
      await scene.after(Minutes(10));
      expect(scene.outbox.depth().depth).toBe(0);
      for (const { epoch, seq } of scene.outbox.sent()) {
        const received = normalise(0, cloud.counters.get(epoch) ?? []);
        expect(received).toEqual({ upTo: seq, ranges: [] });
      }
      await scene.uplink.close({ abrupt: true });
    },
  );
  await fc.assert(law, { numRuns: 80 });
});
