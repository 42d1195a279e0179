/**
 * Cells: hashes of text fields in Redis, and the one atomic commit over them and the streams.
 *
 * Every key carries its partition as a hash tag, `vigie:{7}:…`; one commit call touches one
 * partition only.
 */

/** A field that must hold exactly `expected` (null: must not exist) for the unit to be written. */
export interface Check {
  readonly key: string;
  readonly field: string;
  readonly expected: string | null;
}

/**
 * One change to the world. XADD ids are given by Redis; `atMost` trims the stream to about that
 * many entries.
 */
export type Write =
  | { readonly op: "HSET"; readonly key: string; readonly field: string; readonly value: string }
  | { readonly op: "HDEL"; readonly key: string; readonly field: string }
  | { readonly op: "HINCRBY"; readonly key: string; readonly field: string; readonly by: number }
  | { readonly op: "DEL"; readonly key: string }
  | { readonly op: "EXPIRE"; readonly key: string; readonly seconds: number }
  | {
      readonly op: "XADD";
      readonly key: string;
      readonly fields: Readonly<Record<string, string>>;
      readonly atMost?: number;
    };

/** Writes that happen together if every check holds, or not at all. */
export interface Unit {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
}

/**
 * What became of one unit: `ids` are those of its XADDs, in order; a conflict names the first check
 * that failed.
 */
export type Outcome =
  | { readonly kind: "committed"; readonly ids: readonly string[] }
  | { readonly kind: "conflict"; readonly check: number; readonly found: string | null };

/**
 * The cells. Throws Trouble `cells-unreachable` (safe when the command was surely not run,
 * otherwise ambiguous), `cells-full` (safe: nothing was written), `cells-refused` (never: a key of
 * another kind, a count on a text; a bug).
 */
export interface Cells {
  /** One field, or null. */
  get(key: string, field: string): Promise<string | null>;
  /** All fields of a hash; empty when there is none. */
  getAll(key: string): Promise<Record<string, string>>;
  /** All fields of many hashes, in order, in one round trip. */
  getAllOf(keys: readonly string[]): Promise<Record<string, string>[]>;
  /**
   * All keys that begin with `prefix`, in no order; walks the whole key space, for start and
   * rebuild only.
   */
  keys(prefix: string): Promise<string[]>;
  /**
   * Each unit in order, each on its own: one that conflicts leaves the others alone, and later
   * units see earlier ones. All keys belong to one partition; at most 512 units a call. Durable
   * when it resolves. After an ambiguous failure the whole batch has happened or nothing of it, so
   * a unit that checks what it changes may be repeated.
   */
  commit(units: readonly Unit[]): Promise<Outcome[]>;
  /** Bytes in use and the limit (0: none), of the whole server. */
  memory(): Promise<{ used: number; limit: number }>;
}
