/** The live line of a running system: homes heard, what became of their messages, and whether the sums agree. */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { readAccounting } from "#twins/accounting.ts";
import type { Keys } from "#twins/keys.ts";
import { Seconds } from "#wire/units.ts";

import type { Terminal } from "./terminal.ts";

const period = Seconds(1);

/** Shows the line every second until told to stop. */
export function followProgress(deps: {
  cells: Cells;
  keys: Keys;
  clock: Clock;
  terminal: Terminal;
}): () => void {
  const { cells, keys, clock, terminal } = deps;
  let busy = false;
  const show = async (): Promise<void> => {
    const { messages, readings, holds } = await readAccounting(cells, keys);
    const count = (value: number): string => value.toLocaleString("en");
    terminal.progress(
      `${count(messages.stored)} messages stored, ${count(readings.stored)} readings · ` +
        `${count(messages.inFlight)} in flight · ${count(messages.refused)} refused · ` +
        `${count(messages.lost)} lost · ${holds ? "every number accounted for" : "SUMS DIFFER"}`,
    );
  };
  const timer = clock.every(period, "progress line", () => {
    if (busy) return;
    busy = true;
    void show()
      .catch((error: unknown) => {
        if (!isTrouble(error)) throw error;
        terminal.progress("waiting for Redis");
      })
      .finally(() => {
        busy = false;
      });
  });
  return () => timer.cancel();
}
