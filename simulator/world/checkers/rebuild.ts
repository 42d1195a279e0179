import type { Sql } from "#platform/sql/port.ts";
/** The checkpoint and the entries after it give the twins again (TW-10), also once streams have been trimmed. */
import type { Streams } from "#platform/stream/port.ts";
import { openCheckpoint } from "#twins/checkpoint.ts";
import { differing, rebuildTwins } from "#twins/rebuild.ts";

import type { Checker, Complaint, Evidence } from "./evidence.ts";

/** What it reads besides. */
export interface RebuildEvidence extends Evidence {
  readonly streams: Streams;
  /** The checkpoint of the only processor; undefined when there are two, which save one each. */
  readonly checkpoint: () => Sql | undefined;
}

/** See the file. */
export class RebuildChecker implements Checker {
  readonly #evidence: RebuildEvidence;

  constructor(evidence: RebuildEvidence) {
    this.#evidence = evidence;
  }

  during(): Promise<readonly Complaint[]> {
    return Promise.resolve([]);
  }

  async atRest(): Promise<readonly Complaint[]> {
    const sql = this.#evidence.checkpoint();
    if (sql === undefined) return [];
    const rebuilt = await rebuildTwins({ ...this.#evidence, checkpoint: openCheckpoint(sql) });
    if (rebuilt.kind === "incomplete")
      return [`${rebuilt.stream} is trimmed beyond its checkpoint`];
    const different = await differing(rebuilt.twins, this.#evidence.twins);
    return different.map((serial) => `${serial} is rebuilt as something else`);
  }
}
