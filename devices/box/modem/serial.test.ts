/** A serial line whose child is in the test's hand. */
import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { Instant, Millis, Seconds } from "#wire/units.ts";

import { openSerialLine, serialCommand } from "./serial.ts";

/** A line, and the children that it started. */
function openScene(spawns: { fail?: boolean } = {}) {
  const clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
  const children: { say(text: string): void; end(): void; told: string[] }[] = [];
  const faults: string[] = [];
  const heard: string[] = [];
  const line = openSerialLine({
    ...{ path: "/dev/ttyUSB2", clock, log: silent },
    changed: (fault) => faults.push(fault?.code ?? "none"),
    start: (_command, { receive }) => {
      if (spawns.fail === true) throw new Error("ENOENT");
      const { promise: exited, resolve } = Promise.withResolvers<number>();
      const told: string[] = [];
      const end = (): void => resolve(1);
      const say = (text: string): void => receive(bytes(text));
      children.push({ say, end, told });
      const write = (words: Uint8Array): number => told.push(new TextDecoder().decode(words));
      return { pid: children.length, exited, stop: async () => end(), write };
    },
  });
  line.listen((words) => heard.push(new TextDecoder().decode(words)));
  return { clock, children, faults, heard, line, spawns };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("F18: a modem that is pulled out is a fault, until it has been heard again", async () => {
  const { clock, children, faults, heard, line } = openScene();
  children[0]?.say("OK");
  children[0]?.end();
  await clock.advance({ by: Millis(1) });
  expect(line.fault?.code).toBe("serial-gone");
  expect(line.fault?.retry).toBe("safe");
  line.write(bytes("into the void"));
  await clock.advance({ by: Seconds(3) });
  expect(children).toHaveLength(2);
  expect(line.fault?.code).toBe("serial-gone");
  line.write(bytes("AT"));
  children[1]?.say("RDY");
  expect(faults).toEqual(["serial-gone", "none"]);
  expect(heard).toEqual(["OK", "RDY"]);
  expect(children.map(({ told }) => told)).toEqual([[], ["AT"]]);
});

test("a device that stays away is tried for ever, and told once", async () => {
  const { clock, children, faults } = openScene();
  for (let tries = 0; tries < 100; tries += 1) {
    children.at(-1)?.end();
    await clock.advance({ by: Seconds(3) });
  }
  expect(children.length).toBeGreaterThan(90);
  expect(faults).toEqual(["serial-gone"]);
});

test("a child that cannot be started is the same fault", async () => {
  const scene = openScene({ fail: true });
  expect(scene.line.fault?.code).toBe("serial-gone");
  scene.spawns.fail = false;
  await scene.clock.advance({ by: Seconds(3) });
  scene.children[0]?.say("OK");
  expect(scene.line.fault).toBeUndefined();
});

test("a closed line starts nothing, hears nothing and is no fault", async () => {
  const { clock, children, faults, heard, line } = openScene();
  await line.close();
  children[0]?.say("OK");
  await clock.advance({ by: Seconds(60) });
  expect([children.length, faults, heard]).toEqual([1, [], []]);
  expect(clock.waiting()).toEqual([]);
});

test("a name that means something to socat is taken as it is", () => {
  const path = "/dev/serial/by-path/usb-0:1.2,x";
  expect(serialCommand(path)[2]).toStartWith(
    String.raw`OPEN:/dev/serial/by-path/usb-0\:1.2\,x,raw`,
  );
});
