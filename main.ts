/**
 * Everything in one process, or one role of it: the only file that may import every part.
 *
 * Opens the state, then doors, processors, API and pages, and brings the demonstration fleet to life. Ends in the reverse
 * order on Ctrl-C, leaving no child behind.
 */
import { join, resolve } from "node:path";

import { openApiKeys } from "#api/access/api-keys.ts";
import { openTokens, type Tokens } from "#api/access/tokens.ts";
import { createApi } from "#api/app.ts";
import { bundlePages } from "#console/bundle.ts";
import { openDoor } from "#pipeline/doors/door.ts";
import { openHttpsDoor } from "#pipeline/doors/https.ts";
import { openMqttDoor } from "#pipeline/doors/mqtt.ts";
import { openHistoryProcessor } from "#pipeline/processors/history.ts";
import { openTwinsProcessor } from "#pipeline/processors/twins.ts";
import { startChild } from "#platform/children.ts";
import { realClock } from "#platform/clock/real.ts";
import { isLoopback, optionHelp, readOptions, type StartOptions } from "#platform/config.ts";
import { createLog, type Log, stderrSink } from "#platform/log.ts";
import { createMetrics, type Metrics } from "#platform/metrics.ts";
import { type Authority, openAuthority } from "#platform/pki.ts";
import { choosePort } from "#platform/ports.ts";
import { realRandom } from "#platform/random/real.ts";
import { findRedis, installRedis } from "#platform/redis/install.ts";
import { openSql } from "#platform/sql/real.ts";
import { isTrouble } from "#platform/trouble.ts";
import { createEnrolment } from "#twins/enrolment.ts";
import { openHistoryBook } from "#twins/history/book.ts";
import { type OpenRegistry, openRegistry } from "#twins/registry.ts";
import { createTwinStore } from "#twins/store.ts";
import { cadence } from "#wire/cadence.ts";
import { Hours } from "#wire/units.ts";

import { type Addresses, enrolPair, writeDemo, writeRoster } from "./scripts/demonstration.ts";
import { followProgress } from "./scripts/progress.ts";
import { attachState, openState, type State } from "./scripts/state.ts";
import { openTerminal, type Terminal } from "./scripts/terminal.ts";

/** What every role is given. */
interface Shop {
  readonly options: StartOptions;
  readonly terminal: Terminal;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly state: State;
  readonly registry: OpenRegistry;
  readonly authority: Authority;
  /** What is to be ended, the last opened first. */
  readonly ends: (() => Promise<void> | void)[];
}

/** Runs what the arguments ask for until it is told to stop; ends the process. */
export async function main(args: readonly string[]): Promise<never> {
  const terminal = openTerminal();
  if (args.includes("--help")) {
    console.log(`npx bun@1 start [options]\n${optionHelp()}`);
    process.exit(0);
  }
  const read = readOptions(args);
  if (read.kind === "refused") {
    terminal.say(`${read.why}\nnpx bun@1 start --help lists the options`);
    process.exit(2);
  }
  const stopped = stopSignal();
  const ends: Shop["ends"] = [];
  let failure: unknown;
  try {
    await openAll(read.options, { terminal, ends });
    await stopped;
    terminal.say("\nstopping");
  } catch (error) {
    failure = error;
  }
  // Whatever went wrong: what was opened is ended, and no child stays behind.
  for (const end of ends.toReversed()) await end();
  if (failure === undefined) process.exit(0);
  if (!isTrouble(failure)) throw failure;
  terminal.say(failure.message);
  process.exit(1);
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one does not wait for order. */
function stopSignal(): Promise<void> {
  return new Promise((stop) => {
    let asked = 0;
    const ask = (): void => {
      asked += 1;
      if (asked === 1) stop();
      else if (asked > 2) process.exit(1);
    };
    process.on("SIGINT", ask);
    process.on("SIGTERM", ask);
  });
}

async function openAll(
  options: StartOptions,
  { terminal, ends }: { terminal: Terminal; ends: Shop["ends"] },
): Promise<void> {
  const log = createLog("vigie", { level: options.log, sink: stderrSink });
  const whole = options.role === "all";
  if (whole && findRedis() === undefined) await installRedis(terminal.say);
  const state = await stateFor(options, log.named("state"));
  ends.push(() => state.close());
  const { streams, keys, registryPath: path } = state;
  const registry = await openRegistry({ path, streams, keys, clock: realClock, log });
  ends.push(() => registry.close());
  const authority = await openAuthority(state.pkiDir, realClock);
  const metrics = createMetrics();
  const shop = { options, terminal, log, metrics, state, registry, authority, ends };
  const doors = whole || options.role === "door" ? await openDoors(shop) : undefined;
  if (whole || options.role === "pipeline") openPipeline(shop);
  const api = whole || options.role === "api" ? await openApi(shop) : undefined;
  if (doors !== undefined && api !== undefined) {
    return demonstrate(shop, { ...doors, ...api, ca: authority.caPath });
  }
  const where = Object.values({ ...doors, ...api }).join(", ");
  terminal.say(`${options.role} ${options.name} serves ${state.dir}${where && ` at ${where}`}`);
}

/** A single role joins the state that another process runs. */
function stateFor(options: StartOptions, log: Log): Promise<State> {
  return options.role === "all"
    ? openState(options.state, { ...options, log })
    : attachState(options.state, { log });
}

async function openDoors(shop: Shop): Promise<{ mqtt: string; door: string }> {
  const { options, state, registry, authority, metrics, ends } = shop;
  const { cells, streams, keys } = state;
  const log = shop.log.named("doors");
  const ports = { clock: realClock, random: realRandom, log, metrics };
  const own = { id: `door-${options.name}`, rules: options.presence, compat: options.compat };
  const door = openDoor({ cells, streams, keys, registry, ...ports, ...own });
  const sweeps = realClock.every(cadence.presence.sweep, "door sweep", () => void door.sweep());
  ends.push(async () => {
    sweeps.cancel();
    await door.close();
  });
  const server = await authority.issueServer([options.host]);
  const tls = { ca: authority.ca, cert: server.cert, key: server.key };
  const host = options.host;
  const mqttPort = await portFor(shop, "MQTT", options.ports.mqtt);
  const mqtt = await openMqttDoor({ door, registry, host, port: mqttPort, tls, ...ports });
  ends.push(() => mqtt.close());
  const doorPort = await portFor(shop, "HTTPS door", options.ports.door);
  const https = await openHttpsDoor({ door, registry, host, port: doorPort, tls, ...ports });
  ends.push(() => https.close());
  if (options.ports.plain !== 0 && isLoopback(host)) {
    const port = await portFor(shop, "plain MQTT", options.ports.plain);
    const plain = await openMqttDoor({ door, registry, host, port, ...ports });
    ends.push(() => plain.close());
  }
  return { mqtt: `mqtts://${host}:${mqttPort}`, door: `https://${host}:${doorPort}` };
}

function openPipeline({ options, state, registry, metrics, log, ends }: Shop): void {
  const { cells, streams, keys } = state;
  const ports = { clock: realClock, metrics, log: log.named("pipeline") };
  const work = { owner: `pipeline-${options.name}`, tail: Hours(options.tailHours) };
  const checkpoint = openSql(state.checkpointPath);
  const parts = { cells, streams, keys, registry, checkpoint, rules: options.presence };
  const twins = openTwinsProcessor({ ...parts, ...ports, ...work });
  twins.run();
  ends.push(async () => {
    await twins.close();
    checkpoint.close();
  });
  const book = openHistoryBook(state.historyPath);
  const history = openHistoryProcessor({ cells, streams, keys, book, ...ports, ...work });
  history.run();
  ends.push(async () => {
    await history.close();
    book.close();
  });
}

async function openApi(shop: Shop): Promise<{ api: string }> {
  const { options, state, registry, metrics, log, ends } = shop;
  const { cells, streams, keys } = state;
  const tokens = await openTokens(state.tokensDir, realClock);
  const pages = await bundlePages(join(state.dir, "pages"));
  const history = openHistoryBook(state.historyPath);
  ends.push(() => history.close());
  const ports = { clock: realClock, metrics, log: log.named("api") };
  const parts = { cells, streams, keys, registry };
  const apiKeys = await openApiKeys(state.tokensDir, { ...parts, ...ports, random: realRandom });
  const { name, approveAbove, compat: faces } = options;
  const own = { name: `api-${name}`, approveAbove, apiKeys, faces };
  const api = createApi({ ...parts, ...ports, ...own, tokens, history, pages });
  ends.push(() => api.close());
  const port = await portFor(shop, "API", options.ports.api);
  api.app.listen({ hostname: options.host, port, idleTimeout: 60, maxRequestBodySize });
  ends.push(async () => void (await api.app.stop(true)));
  return { api: `http://${options.host}:${port}` };
}

/** Twice what any route takes: one that is a little too large is told so in words, any other is cut off. */
const maxRequestBodySize = 131_072;

/** The pair for experiments, the tokens, the fleet; then what a person needs to know, and a line that lives. */
async function demonstrate(shop: Shop, addresses: Addresses): Promise<void> {
  const { options, terminal, state, registry, authority, ends } = shop;
  const twins = createTwinStore({ ...state, clock: realClock });
  const enrolment = createEnrolment({ registry, authority, twins, clock: realClock });
  const box = await enrolPair(enrolment, { dir: state.dir, ca: authority.ca });
  const open = isLoopback(options.host);
  const tokens: Tokens | undefined = open
    ? await openTokens(state.tokensDir, realClock)
    : undefined;
  if (options.fleet !== "none" && options.homes > 0) {
    const roster = { path: join(state.dir, "fleet.json"), letter: "F", count: options.homes };
    await writeRoster(enrolment, { ...roster, addresses });
  }
  // Last of all files: whoever waits for it finds the others.
  const path = join(state.dir, "demo.json");
  await writeDemo(path, { addresses, box, tokens });
  sayWhere(terminal, { addresses, path, open });
  if (options.fleet === "means" && options.homes > 0) {
    const child = startChild(fleetCommand(options, state.dir), { clock: realClock });
    ends.push(() => child.stop());
  }
  ends.push(followProgress({ cells: state.cells, keys: state.keys, clock: realClock, terminal }));
}

function fleetCommand(options: StartOptions, dir: string): string[] {
  const script = new URL("./simulator/fleet.ts", import.meta.url).pathname;
  const signals = options.signals === undefined ? [] : ["--signals", resolve(options.signals)];
  return [
    ...[process.execPath, script, "--with-parent", "--state", dir],
    ...["--homes", String(options.homes), "--since", String(options.sinceHours)],
    ...["--speed", String(options.speed), "--profile", options.profile, ...signals],
  ];
}

function sayWhere(
  terminal: Terminal,
  { addresses, path, open }: { addresses: Addresses; path: string; open: boolean },
): void {
  terminal.say(`pages and API   ${addresses.api}`);
  terminal.say(`MQTT door       ${addresses.mqtt}`);
  terminal.say(`HTTPS door      ${addresses.door}`);
  terminal.say(`demo logins     ${open ? `${path}, under users` : "none: not on loopback only"}`);
  terminal.say("Ctrl-C stops everything");
}

/** The wanted port or, when it is taken, a free one, which is said. */
async function portFor({ options, terminal }: Shop, name: string, wanted: number): Promise<number> {
  const { port, moved } = await choosePort(options.host, wanted);
  if (moved) terminal.say(`port ${wanted} is taken: ${name} listens on ${port}`);
  return port;
}

if (import.meta.main) await main(process.argv.slice(2));
