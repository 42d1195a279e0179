import { expect, test } from "bun:test";

import { readConfig } from "./config.ts";

const least = {
  ...{ tenant: "demo", box: "X-1", state: "/var/lib/vigie" },
  ...{ broker: "mqtts://door.example:8883", tls: { ca: "ca.crt", cert: "b.crt", key: "b.key" } },
};

function read(config: unknown) {
  return readConfig(new TextEncoder().encode(JSON.stringify(config)));
}

test("a box needs to be told little", () => {
  expect(read(least)).toMatchObject({ kind: "config", config: least });
});

test("whatever is missing, unknown or malformed stops the start with a sentence that names it", () => {
  const { box: _box, ...without } = least;
  const { tls: _tls, ...plain } = least;
  const wrong: readonly (readonly [unknown, string])[] = [
    [without, "config has no box"],
    [{ ...least, box: "B-1" }, "config.box must be a box's serial"],
    [{ ...least, colour: "red" }, 'config has an unknown field "colour"'],
    [{ ...least, modem: { path: "/dev/x", baud: 1 } }, "config.modem.baud must be a whole number"],
    [{ ...least, sensors: [{ address: "C4", serial: "cuff" }] }, "config.sensors[0].serial"],
    [plain, "config has no tls"],
    [{ ...plain, broker: "mqtt://localhost:1883", door: "https://a.b" }, "config has no tls"],
  ];
  for (const [config, why] of wrong) {
    const answer = read(config);
    expect(answer.kind === "refused" && answer.why).toStartWith(why);
  }
  expect(readConfig(new TextEncoder().encode("{"))).toMatchObject({ kind: "refused" });
});
