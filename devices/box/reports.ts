/**
 * What the box reports of itself: everything at its start, then each leaf when it has changed.
 *
 * @source DESIGN §4.1 `reported`; catalogue TW-02
 */
import type { Clock } from "#platform/clock/port.ts";
import type { BoxSerial } from "#wire/identity.ts";
import type { Parts } from "#wire/parts.ts";

import { reportedDraft } from "./draft.ts";
import type { Journal } from "./journal.ts";
import { leavesOf, type PartLeaf, partsOf } from "./leaves.ts";

/** What reporting needs. */
interface ReportPorts {
  readonly box: BoxSerial;
  readonly clock: Clock;
  readonly journal: Journal;
  /** How the box is now. */
  readonly parts: () => Parts;
}

/** See above. */
export class Reports {
  readonly #ports: ReportPorts;
  #said: readonly PartLeaf[] = [];

  constructor(ports: ReportPorts) {
    this.#ports = ports;
  }

  /** Something may have changed: says what has. What the disk would not keep is said with the next change. */
  look(): void {
    const { box, clock, journal, parts } = this.#ports;
    const now = leavesOf(parts());
    const changed = now.filter(({ path, value }) => this.#valueOf(path) !== JSON.stringify(value));
    const gone = this.#said.filter(({ path }) => !now.some((leaf) => leaf.path === path));
    const news = partsOf([...changed, ...gone.map(({ path }) => ({ path, value: null }))]);
    if (news === undefined || Object.keys(news).length === 0) return;
    const before = this.#said;
    this.#said = now;
    const drafts = [reportedDraft(box, { t: clock.now(), parts: news })];
    if (!journal.commit({ drafts })) this.#said = before;
  }

  #valueOf(path: string): string | undefined {
    const said = this.#said.find((leaf) => leaf.path === path);
    return said && JSON.stringify(said.value);
  }
}
