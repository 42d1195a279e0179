/**
 * `bun run box:build`: the box's program as one executable each for this kind of machine and for a Raspberry Pi.
 *
 * Whoever builds for a machine of another kind is sent that machine's Bun once; Bun keeps it.
 */
import { mkdirSync } from "node:fs";

const folder = "devices/box/dist";
const targets = ["bun-linux-x64", "bun-linux-arm64"] as const;
/** Ways to a bus and to a serial port that dbus-next and Johnny-Five could go, and these do not. */
const left = ["x11", "usocket", "serialport"];

mkdirSync(folder, { recursive: true });
for (const target of targets) {
  const out = `${folder}/vigie-box-${target.replace("bun-linux-", "")}`;
  const { success, logs } = await Bun.build({
    entrypoints: ["devices/box/main.ts"],
    compile: { target, outfile: out },
    external: left,
    minify: { whitespace: true, syntax: true },
  });
  for (const line of logs) console.error(line.message);
  if (!success) process.exit(1);
  const megabytes = (Bun.file(out).size / 2 ** 20).toFixed(0);
  console.log(`${out}: ${megabytes} MiB`);
}
