/**
 * Recorded signals of many makers → samples in our units. Pure: a text in, samples out.
 *
 * Columns are recognised by their titles. Acceleration is brought to thousandths of g by the magnitude that a wrist
 * shows most of the time, which is one g in every unit. Light is scaled to counts. Times that come in bursts are
 * spread out again; without times there must be a rate.
 */
import type { AccelerationSample, LightSample } from "../signals/sample.ts";

/** A second of a bedside monitor; NaN where it had nothing. */
export interface MonitorSample {
  readonly t: number;
  readonly heartRate: number;
  readonly pulse: number;
  readonly spo2: number;
}

/** What a file turned out to hold. */
export type Recording =
  | { readonly kind: "acceleration"; readonly samples: readonly AccelerationSample[] }
  | { readonly kind: "light"; readonly samples: readonly LightSample[] }
  | { readonly kind: "monitor"; readonly samples: readonly MonitorSample[] };

/** A file that cannot be understood, in a sentence. */
export interface Unreadable {
  readonly kind: "unreadable";
  readonly why: string;
}

/** The recording in a CSV text; `rateHz` only counts where there are no times. */
export function parseRecording(text: string, rateHz?: number): Recording | Unreadable {
  const table = parseTable(text);
  if (table.rows.length < 2) return { kind: "unreadable", why: "it holds no numbers" };
  const { titles } = table;
  const columns = (names: readonly RegExp[]): number[] =>
    names.map((name) => titles.findIndex((title) => name.test(title)));
  const axes = columns(["x", "y", "z"].map((axis) => new RegExp(`(^|_)a?${axis}(_|$)`)));
  const numerics = columns([/^hr\b/, /^pulse\b/, /^spo2\b/]);
  const [light = -1] = columns([/pleth|ppg|light|^value$|^hr$/]);
  const times = timesOf(table, rateHz);
  if (times === undefined) return { kind: "unreadable", why: "it has no times: give a rate" };
  if (axes.every((column) => column >= 0)) return readAcceleration(table, { axes, times });
  if ((numerics[0] ?? -1) >= 0 && (numerics[2] ?? -1) >= 0) {
    return readMonitor(table, { numerics, times });
  }
  if (light >= 0) return readLight(table, { light, times });
  return { kind: "unreadable", why: `its columns say nothing known: ${titles.join(", ")}` };
}

const separator = /[,;\t]/;

interface Table {
  /** Lower case. */
  readonly titles: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

function parseTable(text: string): Table {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [first = ""] = lines;
  const titled = /[a-z]/i.test(first.replaceAll(/nan/gi, ""));
  const rows = (titled ? lines.slice(1) : lines).map((line) =>
    line.split(separator).map(parseNumber),
  );
  return { titles: titled ? titlesOf(first) : untitled(first.split(separator).length), rows };
}

function titlesOf(line: string): string[] {
  return line.split(separator).map((title) => title.trim().toLowerCase());
}

/** One column is light, three are axes, four are time and axes; anything else is not guessed. */
function untitled(width: number): readonly string[] {
  const guesses: Readonly<Record<number, readonly string[]>> = {
    1: ["light"],
    3: ["x", "y", "z"],
    4: ["t", "x", "y", "z"],
  };
  return guesses[width] ?? [];
}

function parseNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** Times in ms from the first, evenly spread where the sensor delivered in bursts. */
function timesOf(table: Table, rateHz: number | undefined): number[] | undefined {
  const column = table.titles.findIndex((title) => /time|timer|^t\b/.test(title));
  const times = table.rows.map((row) => row[column] ?? Number.NaN);
  if (column < 0 || times.every(Number.isNaN)) {
    return rateHz === undefined ? undefined : times.map((_, index) => (index * 1000) / rateHz);
  }
  const title = table.titles[column] ?? "";
  const scale = inSeconds(title, times) ? 1000 : 1;
  const rising = risen(times.map((time) => time * scale));
  return isBursty(rising) ? spread(rising) : rising;
}

/** By the title, else by the step: nobody samples once in a thousand seconds. */
function inSeconds(title: string, times: readonly number[]): boolean {
  if (/\[s\]|\(s\)|_s$|seconds/.test(title)) return true;
  if (/ms/.test(title)) return false;
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / times.length < 1;
}

/** No time lies before the one before it. */
function risen(times: readonly number[]): number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return times.map((time) => (latest = time > latest ? time : latest));
}

function isBursty(times: readonly number[]): boolean {
  const mean = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1);
  const short = times.filter((time, i) => i > 0 && time - (times[i - 1] ?? 0) < mean / 2);
  return short.length > times.length / 2;
}

/** Samples on each side that a time is fitted to: about three bursts. */
const reach = 12;

/** Each time on the straight line through those around it. */
function spread(times: readonly number[]): number[] {
  const fitted = times.map((_, place) => {
    const from = Math.max(0, place - reach);
    const around = times.slice(from, place + reach + 1);
    const middle = (around.length - 1) / 2;
    const mean = around.reduce((sum, time) => sum + time, 0) / around.length;
    const slope =
      around.reduce((sum, time, i) => sum + (i - middle) * (time - mean), 0) /
      around.reduce((sum, _time, i) => sum + (i - middle) ** 2, 0);
    return Math.max(times[0] ?? 0, mean + slope * (place - from - middle));
  });
  return risen(fitted);
}

/** Magnitude of rest in the units met: g, m/s², mg, and Bangle.js counts. */
const units = [1, 9.80665, 1000, 8192];

function readAcceleration(
  { rows }: Table,
  { axes, times }: { axes: readonly number[]; times: readonly number[] },
): Recording {
  const vectors = rows.map((row) => axes.map((axis) => row[axis] ?? Number.NaN));
  const usual = median(vectors.map((axis) => Math.hypot(...axis)));
  const rest = units.toSorted((a, b) => distance(a, usual) - distance(b, usual))[0] ?? 1;
  const mg = (value: number | undefined): number => ((value ?? 0) * 1000) / rest;
  const samples = vectors.map(([x, y, z], i) => ({
    t: times[i] ?? 0,
    x: mg(x),
    y: mg(y),
    z: mg(z),
  }));
  return { kind: "acceleration", samples };
}

/** How many times one is the other, as a logarithm. */
function distance(one: number, other: number): number {
  return Math.abs(Math.log(one / other));
}

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => value > 0).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}

function readLight(
  { rows }: Table,
  { light, times }: { light: number; times: readonly number[] },
): Recording {
  const values = rows.map((row) => row[light] ?? Number.NaN);
  const highest = values.reduce((high, value) => Math.max(high, Math.abs(value) || 0), 0);
  // Recordings between 0 and 1 become counts of a 14-bit sensor; counts stay what they are.
  const scale = highest > 0 && highest < 50 ? 16_000 / highest : 1;
  return {
    kind: "light",
    samples: values.map((value, i) => ({ t: times[i] ?? 0, light: value * scale })),
  };
}

function readMonitor(
  { rows }: Table,
  { numerics, times }: { numerics: readonly number[]; times: readonly number[] },
): Recording {
  const [heartRate = -1, pulse = -1, spo2 = -1] = numerics;
  const samples = rows.map((row, i) => ({
    t: times[i] ?? 0,
    heartRate: row[heartRate] ?? Number.NaN,
    pulse: row[pulse] ?? Number.NaN,
    spo2: row[spo2] ?? Number.NaN,
  }));
  return { kind: "monitor", samples };
}
