/**
 * What a script may call on the watch: what Espruino 2v29 has for a Bangle.js 2, of what this program may use.
 *
 * A list of what is there, not of what is missing: what nobody thought of is refused.
 * @source spec/firmware.md §3.2; github.com/espruino/Espruino src/jswrap_*.c
 */

const language =
  "undefined NaN Infinity isNaN isFinite parseInt parseFloat Math JSON Object Array Number String " +
  "Error TypeError ArrayBuffer DataView Int8Array Uint8Array Int16Array Uint16Array Int32Array " +
  "Uint32Array Float32Array Float64Array";
const watch =
  "Bangle NRF E g global require getTime setTimeout clearTimeout setInterval clearInterval setWatch " +
  "clearWatch BTN1 process load";

/** Names that the watch knows. */
export const knownGlobals: ReadonlySet<string> = new Set(`${language} ${watch}`.split(" "));

const none: ReadonlySet<string> = new Set();

/** What hangs on those of them that lack something. */
export const knownMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  Math: members(
    "E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos asin atan atan2 ceil cos exp floor log max " +
      "min pow random round sign sin sqrt tan",
  ),
  Number: members("MAX_VALUE MIN_VALUE NEGATIVE_INFINITY NaN POSITIVE_INFINITY"),
  Object: members("assign create defineProperty entries fromEntries keys prototype values"),
  Array: members("isArray"),
  String: members("fromCharCode"),
  JSON: members("parse stringify"),
  Int8Array: none,
  Uint8Array: none,
  Int16Array: none,
  Uint16Array: none,
  Int32Array: none,
  Uint32Array: none,
  Float32Array: none,
  Float64Array: none,
};

/** Methods of today's arrays, strings and numbers that the watch lacks or does otherwise, whatever they are called on. */
export const missingMethods: ReadonlySet<string> = members(
  "copyWithin fill findLast findLastIndex flat flatMap lastIndexOf reduceRight toReversed toSorted " +
    "toSpliced toLocaleString codePointAt isWellFormed localeCompare matchAll normalize search " +
    "toWellFormed trimEnd trimStart toExponential toPrecision",
);

/** Iterators; those that an object's are asked for by `Object` are arrays. */
export const iterators: ReadonlySet<string> = members("entries keys values");

function members(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}
