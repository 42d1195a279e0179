/**
 * The sketch → machine code, by Debian's AVR compiler and the Arduino core that Debian ships: what the emulator runs
 * and what goes onto a board.
 *
 * Two commands; the result is kept under the fingerprint of everything it depends on here.
 * @source spec/firmware.md §10: flags that worked
 */
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";

import { Trouble } from "#platform/trouble.ts";

const sketch = join(import.meta.dir, "vigie_firmata.ino");
const arduino = "/usr/share/arduino/hardware/arduino/avr";

/** What must be installed: a file that only the package has. */
const needs = [
  { file: "/usr/bin/avr-gcc", debian: "gcc-avr" },
  { file: "/usr/bin/avr-objcopy", debian: "binutils-avr" },
  { file: "/usr/lib/avr/include/avr/io.h", debian: "avr-libc" },
  { file: `${arduino}/cores/arduino/Arduino.h`, debian: "arduino-core-avr" },
] as const;

/** Debian packages that the build needs and that are not there. */
export function missingPackages(): readonly string[] {
  return needs.filter(({ file }) => !existsSync(file)).map(({ debian }) => debian);
}

/** The sketch, built. */
export interface Build {
  /** Raw image from address 0; `avrdude` takes it as `flash:w:PATH:r`. */
  readonly path: string;
  readonly program: Uint8Array;
}

/**
 * Builds the sketch into `folder`, unless it stands there. Throws Trouble `sketch-unbuildable` (never), with what is
 * missing or what the compiler said.
 */
export async function buildSketch(folder: string): Promise<Build> {
  const missing = missingPackages();
  if (missing.length > 0) throw unbuildable(`please install ${missing.join(", ")}`);
  const print = Bun.hash([await Bun.file(sketch).text(), ...compile("")].join("\n")).toString(36);
  const path = join(folder, `vigie_firmata-${print}.bin`);
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    const linked = `${path}.elf`;
    await run(compile(linked));
    await run(["avr-objcopy", "-O", "binary", "-R", ".eeprom", linked, `${path}.part`]);
    // Only a whole image has the name.
    await rename(`${path}.part`, path);
  }
  return { path, program: await Bun.file(path).bytes() };
}

function compile(output: string): readonly string[] {
  const core = `${arduino}/cores/arduino`;
  const wire = `${arduino}/libraries/Wire/src`;
  const sources = [core, wire, `${wire}/utility`].flatMap((folder) =>
    [...new Bun.Glob("*.{c,cpp,S}").scanSync({ cwd: folder, absolute: true })].toSorted(),
  );
  return [
    "avr-gcc",
    ...["-mmcu=atmega328p", "-DF_CPU=16000000L"],
    ...["-DARDUINO=10819", "-DARDUINO_AVR_UNO", "-DARDUINO_ARCH_AVR"],
    ...["-Os", "-w", "-ffunction-sections", "-fdata-sections", "-flto", "-fno-fat-lto-objects"],
    ...["-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics", "-fpermissive"],
    // The core names a limit that this compiler's C++ does not.
    "-DDECIMAL_DIG=__DECIMAL_DIG__",
    ...[core, `${arduino}/variants/standard`, wire, `${wire}/utility`].map((path) => `-I${path}`),
    ...["-Wl,--gc-sections", "-fuse-linker-plugin"],
    ...["-x", "c++", sketch, "-x", "none", ...sources, "-lm", "-o", output],
  ];
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw unbuildable(`${command[0]} failed\n${said.trim()}`);
}

function unbuildable(detail: string): Trouble {
  return new Trouble("sketch-unbuildable", { retry: "never", detail });
}
