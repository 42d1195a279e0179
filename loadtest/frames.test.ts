import { expect, test } from "bun:test";

import * as fc from "fast-check";
import mqttPacket from "mqtt-packet";

import { connectFrame, createFrameReader, publishFrame, subscribeFrame } from "./frames.ts";

test("a full parser reads our frames as the packets they mean", () => {
  const seen: { cmd: string }[] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", (found) => seen.push(found));
  parser.parse(Buffer.from(connectFrame("X-1")));
  parser.parse(Buffer.from(subscribeFrame("a/+/#")));
  parser.parse(Buffer.from(publishFrame("a/b", 513, "x".repeat(300))));
  expect(seen.map(({ cmd }) => cmd)).toEqual(["connect", "subscribe", "publish"]);
  expect(seen[2]).toMatchObject({ topic: "a/b", qos: 1, messageId: 513, length: 307 });
});

test("the reader finds the same packets however the bytes are cut", () => {
  const stream = Buffer.concat([
    publishFrame("t", 1, "one"),
    publishFrame("t", 2, "y".repeat(200)),
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (cuts) => {
      const sizes: number[] = [];
      const reader = createFrameReader((_type, body) => sizes.push(body.length));
      let at = 0;
      for (let i = 0; at < stream.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        reader(stream.subarray(at, at + size));
        at += size;
      }
      expect(sizes).toEqual([8, 205]);
    }),
  );
});
