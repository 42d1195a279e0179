/**
 * What the tests need beside Bun: servers, a serial line, a bus for the radio, an interpreter as small as the
 * watch's, a compiler for the Arduino, a browser. Installed when missing, and said.
 */
const wanted = [
  { program: "redis-server", debian: "redis-server", brew: "redis" },
  { program: "mosquitto", debian: "mosquitto", brew: "mosquitto" },
  { program: "mosquitto_pub", debian: "mosquitto-clients", brew: "mosquitto" },
  { program: "openssl", debian: "openssl", brew: "openssl" },
  { program: "socat", debian: "socat", brew: "socat" },
  { program: "duk", debian: "duktape", brew: "duktape" },
  { program: "dbus-daemon", debian: "dbus", brew: "dbus" },
  {
    program: "avr-gcc",
    debian: "gcc-avr binutils-avr avr-libc arduino-core-avr",
    brew: "osx-cross/avr/avr-gcc",
  },
  { program: "chromium", debian: "chromium fonts-dejavu-core", brew: "chromium" },
] as const;

/** Installs the programs that tests need and are not on the PATH; throws when it cannot. */
export async function installPackages(): Promise<void> {
  const missing = wanted.filter(({ program }) => locate(program) === null);
  if (missing.length === 0) return;
  console.log(`installing ${missing.map(({ program }) => program).join(", ")}`);
  if (Bun.which("apt-get") !== null) await installDebian(missing.map(({ debian }) => debian));
  else if (Bun.which("brew") !== null)
    await run(["brew", "install", ...missing.map(({ brew }) => brew)]);
  else throw new Error(`please install: ${missing.map(({ program }) => program).join(", ")}`);
}

function locate(program: string): string | null {
  return Bun.which(program, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin` });
}

async function installDebian(names: readonly string[]): Promise<void> {
  const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const quiet = ["-y", "-qq", "--no-install-recommends"];
  await run([...root, "apt-get", "update", "-qq"]);
  await run([...root, "apt-get", "install", ...quiet, ...names.flatMap((name) => name.split(" "))]);
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if ((await child.exited) !== 0) throw new Error(`this failed: ${command.join(" ")}`);
}
