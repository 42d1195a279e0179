import { type ReactNode, useId } from "react";

import { useSpeech } from "../language.ts";

/** A labelled field, with what may stand in it below. */
export function Field(props: {
  id: string;
  label: string;
  hint?: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="field">
      <label htmlFor={props.id}>{props.label}</label>
      {props.children}
      {props.hint !== undefined && (
        <p id={`${props.id}-hint`} className="soft small">
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
export function ReasonField({ value, set }: Text): ReactNode {
  const { word } = useSpeech();
  const id = useId();
  return (
    <Field id={id} label={word("reason")} hint={word("reasonHint")}>
      <input
        id={id}
        aria-describedby={`${id}-hint`}
        value={value}
        maxLength={200}
        onChange={(event) => set(event.target.value)}
      />
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

/** Until when it is to be done; without end when empty. */
export function DeadlineField({ value, set }: Text): ReactNode {
  const { word, span } = useSpeech();
  const id = useId();
  return (
    <Field id={id} label={word("deadline")}>
      <select id={id} value={value} onChange={(event) => set(event.target.value)}>
        <option value="">{word("noDeadline")}</option>
        {deadlines.map(([iso, ms]) => (
          <option key={iso} value={iso}>
            {word("within", span(ms))}
          </option>
        ))}
      </select>
    </Field>
  );
}
