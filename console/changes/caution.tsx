import type { ReactNode } from "react";

import { DeadlineField, Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";

/** How carefully a change is carried out; shares in percent. */
export interface Care {
  /** How long each device has, an ISO duration. */
  readonly deadline: string;
  /** Who is first; 0 for nobody. */
  readonly canary: number;
  /** Devices a minute. */
  readonly pace: number;
  /** More of those that have answered than this end it. */
  readonly rejected: number;
  readonly silent: number;
}

/** What holds unless somebody thinks otherwise. */
export const usualCare: Care = { deadline: "P7D", canary: 5, pace: 6000, rejected: 5, silent: 20 };

const numbers = [
  { of: "canary", label: "canaryShare", hint: "canaryHint", from: 0, to: 100 },
  { of: "pace", label: "paceField", hint: "paceHint", from: 1, to: 60_000 },
  { of: "rejected", label: "rejectedShare", hint: "abortHint", from: 0, to: 100 },
  { of: "silent", label: "silentShare", hint: "abortHint", from: 0, to: 100 },
] as const;

/** Deadline, canary, pace, and when it is to stop by itself. */
export function Caution({ care, set }: { care: Care; set: (care: Care) => void }): ReactNode {
  const { word } = useSpeech();
  return (
    <fieldset className="narrow">
      <legend>{word("caution")}</legend>
      <DeadlineField value={care.deadline} set={(deadline) => set({ ...care, deadline })} />
      {numbers.map(({ of, label, hint, from, to }) => (
        <Field key={of} label={word(label)} hint={word(hint)}>
          {(ties) => (
            <input
              {...ties}
              type="number"
              required
              min={from}
              max={to}
              value={Number.isNaN(care[of]) ? "" : care[of]}
              onChange={(event) => set({ ...care, [of]: event.target.valueAsNumber })}
            />
          )}
        </Field>
      ))}
    </fieldset>
  );
}
