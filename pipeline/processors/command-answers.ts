/** Brings what devices answer to their commands; repeated and late answers change nothing (`twins/commands`). */
import { wordIn } from "#twins/commands/answer.ts";
import type { CommandStore, Told } from "#twins/commands/store.ts";
import type { Serial } from "#wire/identity.ts";

import type { Batch } from "./worker.ts";

/** Settles the answers in a batch, as a worker does; the other entries are none of its business. */
export function createCommandAnswers({
  commands,
}: {
  readonly commands: Pick<CommandStore, "hear">;
}): { settle(batch: Batch): Promise<"settled" | "fenced"> } {
  return {
    settle: async ({ lease, entries }) => {
      const words = new Map<Serial, Told[]>();
      for (const entry of entries) {
        const word = wordIn(entry);
        if (word !== undefined) words.set(entry.device, [...(words.get(entry.device) ?? []), word]);
      }
      const outcomes = [...words].map(([device, some]) => commands.hear(device, some, lease.fence));
      return (await Promise.all(outcomes)).includes("fenced") ? "fenced" : "settled";
    },
  };
}
