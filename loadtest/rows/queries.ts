/** `twin-query` and `twin-fanout`: 200,000 made-up twins, asked for by filter and followed by many at once. */
import { inFolder } from "../folder.ts";
import { residentBytes, startScript, type Talker } from "../process.ts";
import type { Row } from "../report.ts";

const homes = 100_000;
/** Twins on one page, as the plan counts. */
const page = 50;
/** Fewer than the 256 connections that one process of Bun opens by `fetch`. */
const readers = 200;
const changes = 1000;

interface Answers {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly failed: number;
}

interface Api extends Talker {
  readonly port: number;
  readonly tokens: readonly string[];
}

/** Filtered pages per second over HTTP with a token, against a bare Elysia that answers as many bytes. */
export async function measureTwinQuery(): Promise<Row> {
  return onMadeFleet(homes, async (api) => {
    const headers = { authorization: `Bearer ${api.tokens[0]}` };
    const order = { paths: questions(), headers };
    const bytes = await meanBytes(api, order);
    const bare = startScript("bare-http.ts", [String(Math.round(bytes))]);
    const { port } = await bare.line<{ port: number }>();
    const baseline = await ask(port, order);
    await bare.stop();
    await ask(api.port, order); // each condition is scanned once, and remembered from then on
    const ours = await ask(api.port, order);
    const megabytes = (await residentBytes(api.pid)) / 1e6;
    return {
      id: "twin-query",
      value: ours.perSecond,
      unit: "GET/s",
      target: "≥ 2,000, p99 ≤ 25 ms",
      met: ours.perSecond >= 2000 && ours.p99Ms <= 25 && ours.failed === 0,
      baseline: baseline.perSecond,
      ratio: ours.perSecond / baseline.perSecond,
      boundBy:
        `CPU of the api process: choosing ${page} among thousands and writing rows not written lately; ` +
        `p99 ${ours.p99Ms.toFixed(1)} ms, ${megabytes.toFixed(0)} MB resident`,
    };
  });
}

/** Frames per second told to many readers at once, against a bare Elysia that sends as many bytes as often. */
export async function measureTwinFanout(): Promise<Row> {
  return onMadeFleet(changes, async (api) => {
    const told = await follow(api);
    const bare = startScript("bare-stream.ts", [String(Math.round(told.bytesPerFrame))]);
    const { port } = await bare.line<{ port: number }>();
    const plain = await follow({ ...bare, port, tokens: ["none"] });
    await bare.stop();
    const [value, baseline] = [told, plain].map(({ seconds }) => (readers * changes) / seconds);
    return {
      id: "twin-fanout",
      value: value ?? 0,
      unit: `frames/s to ${readers} readers`,
      target: "≥ 50,000",
      met: (value ?? 0) >= 50_000,
      baseline: baseline ?? 0,
      ratio: (value ?? 0) / (baseline ?? 1),
      boundBy:
        "CPU of the api process: one write into each reader's stream; the bare one writes them in a row",
    };
  });
}

/** What fleet managers ask: by battery and presence, firmware, tags, lot and serial. */
function questions(): string[] {
  return Array.from({ length: 200 }, (_, k) => [
    `power.battery=lt=${k % 25};presence.state==silent`,
    `firmware.version==2.${k % 5}.*;kind==wristband`,
    `tags.zone==z${k % 100}`,
    `id==B-L${String(k * 37).padStart(6, "0")}`,
    `lot==L25-${k % 40};presence.state=in=(late,silent)`,
  ])
    .flat()
    .map((filter) => `/v1/twins?limit=${page}&filter=${encodeURIComponent(filter)}`);
}

/** How long the answers are, over some of them. */
async function meanBytes(
  { port }: Api,
  { paths, headers }: { readonly paths: readonly string[]; readonly headers: HeadersInit },
): Promise<number> {
  const some = paths.slice(0, 100);
  let bytes = 0;
  for (const path of some) {
    bytes += (await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text()).length;
  }
  return bytes / some.length;
}

async function ask(port: number, order: object): Promise<Answers> {
  const options = ["--port", String(port), "--connections", "32"];
  const generator = startScript("http-generator.ts", options);
  generator.tell(JSON.stringify(order));
  const answers = await generator.line<Answers>();
  await generator.stop();
  return answers;
}

async function follow(server: Api): Promise<{ seconds: number; bytesPerFrame: number }> {
  const counts = ["--readers", String(readers), "--frames", String(changes)];
  const reading = startScript("stream-readers.ts", ["--port", String(server.port), ...counts]);
  reading.tell(JSON.stringify({ path: "/v1/twins/stream", tokens: server.tokens }));
  await reading.line();
  server.tell(`change ${changes}`);
  const told = await reading.line<{ seconds: number; bytesPerFrame: number }>();
  await reading.stop();
  return told;
}

function onMadeFleet(count: number, work: (api: Api) => Promise<Row>): Promise<Row> {
  return inFolder(async (dir) => {
    const api = startScript("api-process.ts", [dir, String(count)]);
    const { port, tokens } = await api.line<Pick<Api, "port" | "tokens">>();
    const row = await work({ ...api, port, tokens });
    await api.stop();
    return row;
  });
}
