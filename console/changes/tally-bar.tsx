import type { ReactNode } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { useSpeech } from "../language.ts";
import { itemLooks, itemStates } from "./looks.ts";

type Tally = BulkView["tally"];

function lookOf(state: keyof typeof itemLooks): string {
  return state === "planned" ? "swatch rest" : `swatch state-${itemLooks[state]}`;
}

/** What became of the devices as one bar. */
export function TallyBar({ tally }: { tally: Tally }): ReactNode {
  return (
    <div className="bar" aria-hidden="true">
      {itemStates.map((state) => {
        const count = tally[state] ?? 0;
        return (
          count > 0 && <span key={state} className={lookOf(state)} style={{ flexGrow: count }} />
        );
      })}
    </div>
  );
}

/** The same in figures, with what each state means. */
export function TallyLegend({ tally, devices }: { tally: Tally; devices: number }): ReactNode {
  const { name, number, percent } = useSpeech();
  return (
    <ul className="legend small">
      {itemStates
        .filter((state) => (tally[state] ?? 0) > 0)
        .map((state) => (
          <li key={state}>
            <span className={lookOf(state)} />
            {name("item", state)} <b>{number(tally[state] ?? 0)}</b>{" "}
            <span className="soft">
              {percent((100 * (tally[state] ?? 0)) / Math.max(1, devices))} ·{" "}
              {name("aboutItem", state)}
            </span>
          </li>
        ))}
    </ul>
  );
}
