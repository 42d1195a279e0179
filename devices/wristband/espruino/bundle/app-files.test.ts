import { expect, test } from "bun:test";
import { inflateSync } from "node:zlib";

import { isWhole } from "../app/slots.ts";
import { appFiles, bundleApp } from "./app-files.ts";
import { budget, overBudget } from "./budget.ts";
import { complaintsOf } from "./gate.ts";

const bundles = await bundleApp();
const files = appFiles(bundles);
const textOf = (name: string): string => String(files[name]);
const checksum = { CRC32: (text: string) => Bun.hash.crc32(text) };

test("the program passes the gate, and its sizes are within their budget", () => {
  expect(complaintsOf(bundles.app)).toEqual([]);
  expect(complaintsOf(bundles.boot)).toEqual([]);
  expect(overBudget({ app: textOf("app.js"), boot: textOf("boot.js") })).toEqual([]);
});

test("what is a byte too large is refused, and so is what would fill the memory", () => {
  const text = (length: number): string => " ".repeat(length);
  const { appBytes, bootBytes } = budget;
  expect(overBudget({ app: text(appBytes), boot: text(bootBytes) })).toEqual([]);
  expect(overBudget({ app: text(appBytes + 1), boot: "" })).toEqual([
    "68001 bytes of app.js, of 68000",
  ]);
  expect(overBudget({ app: "", boot: text(bootBytes + 1) })[0]).toContain("bytes of boot.js");
  expect(overBudget({ app: "function ".repeat(640), boot: "" })[0]).toContain("blocks of memory");
});

test("the same program gives the same bytes", async () => {
  expect(appFiles(await bundleApp())).toEqual(files);
}, 30_000);

test("the app carries its own checksum, and a byte that is lost or changed is seen", () => {
  const app = textOf("app.js");
  expect(isWhole(app, checksum)).toBe(true);
  expect(isWhole(app.slice(0, -1), checksum)).toBe(false);
  expect(isWhole(app.replace("vigie", "vigje"), checksum)).toBe(false);
  expect(isWhole(undefined, checksum)).toBe(false);
});

test("the loader is told of every file that the watch needs", () => {
  const told: unknown = JSON.parse(textOf("metadata.json"));
  const storage = [
    { name: "vigie.app.js", url: "app.js" },
    { name: "vigie.boot.js", url: "boot.js" },
    { name: "vigie.img", url: "app-icon.js", evaluate: true },
  ];
  expect(told).toMatchObject({ id: "vigie", supports: ["BANGLEJS2"], storage });
  for (const { url } of storage) expect(files[url]).toBeDefined();
  expect(textOf("boot.js")).toContain('eval(require("Storage").read("vigie.app.js"))');
});

test("the icon is one picture to the watch and to its loader", () => {
  const base64 = /^atob\("(.*)"\)\n$/.exec(textOf("app-icon.js"))?.[1] ?? "";
  const image = Uint8Array.fromBase64(base64);
  expect([...image.slice(0, 3)]).toEqual([48, 48, 0x81]);
  const png = Buffer.from(files["app.png"] ?? []);
  const from = png.indexOf("IDAT");
  const rows = inflateSync(png.subarray(from + 4, from + 4 + png.readUInt32BE(from - 4)));
  for (let place = 0; place < 48 * 48; place++) {
    const inked = ((image[4 + (place >> 3)] ?? 0) & (0x80 >> (place % 8))) > 0;
    const alpha = rows[Math.floor(place / 48) * 97 + 2 + 2 * (place % 48)];
    expect(alpha).toBe(inked ? 255 : 0);
  }
});
