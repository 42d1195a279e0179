/** `twin-query` and `twin-fanout`: 200,000 made-up twins, asked for by filter and followed by many at once. */
import { ask, askBare, type MadeApi, meanBytes, onMadeFleet } from "../made-api.ts";
import { residentBytes, startScript } from "../process.ts";
import type { Row } from "../report.ts";

const homes = 100_000;
/** Twins on one page, as the plan counts. */
const page = 50;
/** Fewer than the 256 connections that one process of Bun opens by `fetch`. */
const readers = 200;
const changes = 1000;

const connections = 32;

/** Where streams are followed. */
type Server = Pick<MadeApi, "port" | "tokens" | "tell">;

/** Filtered pages per second over HTTP with a token, against a bare Elysia that answers as many bytes. */
export async function measureTwinQuery(): Promise<Row> {
  return onMadeFleet(homes, async (api) => {
    const headers = { authorization: `Bearer ${api.tokens[0]}` };
    const order = { paths: questions(), headers };
    const baseline = await askBare(await meanBytes(api.port, order), order, connections);
    // Each condition is scanned once, and remembered from then on.
    await ask(api.port, order, connections);
    const ours = await ask(api.port, order, connections);
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

async function follow(server: Server): Promise<{ seconds: number; bytesPerFrame: number }> {
  const counts = ["--readers", String(readers), "--frames", String(changes)];
  const reading = startScript("stream-readers.ts", ["--port", String(server.port), ...counts]);
  reading.tell(JSON.stringify({ path: "/v1/twins/stream", tokens: server.tokens }));
  await reading.line();
  server.tell(`change ${changes}`);
  const told = await reading.line<{ seconds: number; bytesPerFrame: number }>();
  await reading.stop();
  return told;
}
