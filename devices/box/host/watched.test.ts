import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { Instant, Seconds } from "#wire/units.ts";

import { watchNetwork, watchPower, watchTime } from "./watched.ts";

const head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";

function scene() {
  const clock = createVirtualClock({ start: Instant(0) });
  const texts = new Map<string, string>();
  return { clock, texts, files: { read: (path: string) => texts.get(path) } };
}

test("BX-30: lost power is told within seconds, once, and so is its return", async () => {
  const { clock, texts, files } = scene();
  texts.set("/online", "1\n");
  const power = watchPower(clock, files, "/online");
  const told: string[] = [];
  power.onChange((state) => told.push(state));
  expect(power.state).toBe("mains");
  for (const value of ["1", "0", "0", "1"]) {
    texts.set("/online", `${value}\n`);
    await clock.advance({ by: Seconds(2) });
  }
  expect(told).toEqual(["battery", "mains"]);
  power.close();
  expect(clock.next()).toBeNull();
});

test("a clock is set once its file is there", async () => {
  const { clock, texts, files } = scene();
  const time = watchTime(clock, files, "/synchronized");
  expect(time.state).toBe("free");
  texts.set("/synchronized", "");
  await clock.advance({ by: Seconds(10) });
  expect(time.state).toBe("synchronised");
});

test("the way out is that of the default route with the least metric", async () => {
  const { clock, texts, files } = scene();
  const network = watchNetwork(clock, files);
  const links: string[] = [network.state.link];
  network.onChange(({ link }) => links.push(link));
  const way = (device: string, metric: number): string =>
    `${device} 00000000 0101A8C0 0003 0 0 ${metric} 00000000 0 0 0\n`;
  for (const ways of [way("wwan0", 700) + way("wlan0", 600), way("wwan0", 700), way("end0", 100)]) {
    texts.set(
      "/proc/net/route",
      `${head}eth0 0001A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n${ways}`,
    );
    await clock.advance({ by: Seconds(30) });
  }
  expect(links).toEqual(["ethernet", "wifi", "cellular", "ethernet"]);
});
