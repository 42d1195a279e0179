/**
 * `bun run replay FILE… [--kind falls|steps|ppg|numerics] [--rate HZ]`: recordings through the wristband's detectors.
 *
 * One JSON line per reading or event: `t` in ms of the recording, `kind`, `value`, `quality` 0–100, and `window` in ms
 * for what speaks of one. A fall's `t` is its impact. `--rate` counts where a recording has no times of its own.
 */
import { parseArgs } from "node:util";

import { parseRecording } from "#devices/wristband/accuracy/recording.ts";
import {
  lineOf,
  replay,
  type ReplayKind,
  replayKinds,
} from "#devices/wristband/accuracy/replay.ts";

const usage = "bun run replay FILE… [--kind falls|steps|ppg|numerics] [--rate HZ]";

const { files, kinds, rate } = readOptions();
let failed = false;
for (const file of files) {
  const text = await Bun.file(file)
    .text()
    .catch(() => undefined);
  const recording = text === undefined ? undefined : parseRecording(text, rate);
  if (recording === undefined || recording.kind === "unreadable") {
    failed = true;
    process.stderr.write(`${file}: ${recording?.why ?? "it cannot be read"}\n`);
    continue;
  }
  const name = files.length > 1 ? { file } : {};
  for (const report of replay(recording, kinds)) {
    process.stdout.write(`${JSON.stringify({ ...name, ...lineOf(report) })}\n`);
  }
}
process.exit(failed ? 1 : 0);

function readOptions(): { files: string[]; kinds: readonly ReplayKind[]; rate?: number } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { kind: { type: "string" }, rate: { type: "string" } },
    });
    const kind = replayKinds.find((known) => known === values.kind);
    if (positionals.length === 0) throw new Error("no file is named");
    if (values.kind !== undefined && kind === undefined) throw new Error(`no kind ${values.kind}`);
    const options = { files: positionals, kinds: kind === undefined ? replayKinds : [kind] };
    if (values.rate === undefined) return options;
    const rateHz = Number(values.rate);
    if (!(rateHz > 0 && rateHz <= 10_000)) throw new Error(`no rate ${values.rate}`);
    return { ...options, rate: rateHz };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
    return process.exit(2);
  }
}
