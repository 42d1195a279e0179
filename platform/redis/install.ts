/** Where `redis-server` is, and how to get it. */
import { Trouble } from "#platform/trouble.ts";

/** Where it may lie without being on the PATH. */
const places = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/snap/bin"];
/** Streams, scripts and the append-only format are used as version 7 has them. */
const oldestMajor = 7;

/** Path of a `redis-server` that is new enough, or undefined. */
export function findRedis(): string | undefined {
  const path = [process.env["PATH"] ?? "", ...places].join(":");
  const found = Bun.which("redis-server", { PATH: path });
  if (found === null) return undefined;
  const said = Bun.spawnSync([found, "--version"]).stdout.toString();
  const major = Number(/v=(\d+)\./.exec(said)?.[1] ?? 0);
  return major >= oldestMajor ? found : undefined;
}

/**
 * Installs Redis with the system's package manager unless it is there; `say` hears what is being
 * done. Throws Trouble `redis-missing` (never) with a sentence that tells the user what to do.
 */
export async function installRedis(say: (line: string) => void): Promise<string> {
  const present = findRedis();
  if (present !== undefined) return present;
  for (const commands of recipes()) {
    if (!(await runAll(commands, say))) break;
    const found = findRedis();
    if (found !== undefined) return found;
  }
  throw new Trouble("redis-missing", {
    retry: "never",
    detail:
      `redis-server ${oldestMajor} or newer is needed and could not be installed here; ` +
      "install it (Debian, Ubuntu: apt install redis-server; macOS: brew install redis) " +
      "and start again",
  });
}

/** Ways to install it that this machine knows, each a list of commands. */
function recipes(): string[][][] {
  const apt = Bun.which("apt-get");
  const brew = Bun.which("brew");
  const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const possible = root.length === 0 || Bun.which("sudo") !== null;
  const quiet = ["-y", "-qq", "--no-install-recommends"];
  return [
    ...(apt !== null && possible
      ? [
          [
            [...root, apt, "update", "-qq"],
            [...root, apt, "install", ...quiet, "redis-server"],
          ],
        ]
      : []),
    ...(brew === null ? [] : [[[brew, "install", "redis"]]]),
  ];
}

async function runAll(
  commands: readonly string[][],
  say: (line: string) => void,
): Promise<boolean> {
  for (const command of commands) {
    say(`installing redis-server: ${command.join(" ")}`);
    const child = Bun.spawn(command, {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    const complaint = await new Response(child.stderr).text();
    if ((await child.exited) === 0) continue;
    say(`that failed: ${complaint.trim().split("\n").at(-1) ?? ""}`);
    return false;
  }
  return true;
}
