import type { ReactNode } from "react";

import { Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How far a planner looks: ISO durations with their lengths, ms. */
export const lengths = {
  ahead: [
    ["P1D", day],
    ["P3D", 3 * day],
    ["P7D", 7 * day],
    ["P14D", 14 * day],
    ["P30D", 30 * day],
  ],
  back: [
    ["PT30M", 30 * minute],
    ["PT2H", 2 * hour],
    ["PT12H", 12 * hour],
    ["P1D", day],
    ["P7D", 7 * day],
  ],
} as const;

/** Chooses one of several lengths of time. */
export function LengthChoice(props: {
  label: string;
  of: readonly (readonly [iso: string, ms: number])[];
  value: string;
  set: (iso: string) => void;
}): ReactNode {
  const { span } = useSpeech();
  return (
    <div className="narrow">
      <Field label={props.label}>
        {(ties) => (
          <select {...ties} value={props.value} onChange={(event) => props.set(event.target.value)}>
            {props.of.map(([iso, ms]) => (
              <option key={iso} value={iso}>
                {span(ms)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  );
}
