import { type ReactNode, useId } from "react";

import { useSpeech } from "./language.ts";

/** What ties a field to its label and to what is said below it. */
interface Ties {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
}

/** A labelled field, with what may stand in it below. */
export function Field(props: {
  label: string;
  hint?: string;
  children: (ties: Ties) => ReactNode;
}): ReactNode {
  const id = useId();
  const hint = props.hint === undefined ? undefined : `${id}-hint`;
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children({ id, "aria-describedby": hint })}
      {hint !== undefined && (
        <p id={hint} className="soft small">
          {props.hint}
        </p>
      )}
    </div>
  );
}

interface Text {
  readonly value: string;
  readonly set: (value: string) => void;
}

/** Why; it is kept with what is done. */
export function ReasonField({ value, set, required }: Text & { required?: boolean }): ReactNode {
  const { word } = useSpeech();
  return (
    <Field label={word("reason")} hint={word("reasonHint")}>
      {(ties) => (
        <input
          {...ties}
          value={value}
          required={required}
          maxLength={200}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </Field>
  );
}

/** From an hour to a week, as ISO durations, with their lengths in ms. */
const deadlines = [
  ["PT1H", 3_600_000],
  ["PT8H", 28_800_000],
  ["P1D", 86_400_000],
  ["P7D", 604_800_000],
] as const;

/** Until when it is to be done; `none` says what holds without one, where one may do without. */
export function DeadlineField({ value, set, none }: Text & { none?: string }): ReactNode {
  const { word, span } = useSpeech();
  return (
    <Field label={word("deadline")}>
      {(ties) => (
        <select {...ties} value={value} onChange={(event) => set(event.target.value)}>
          {none !== undefined && <option value="">{none}</option>}
          {deadlines.map(([iso, ms]) => (
            <option key={iso} value={iso}>
              {word("within", span(ms))}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
