import { type ReactNode, useState } from "react";

import { Field } from "./fields.tsx";
import { useSpeech } from "./language.ts";

/** Asks for a moment of the past, in the time of whoever asks; told in ms since 1970. */
export function MomentForm({ pick }: { pick: (at: number) => void }): ReactNode {
  const { word } = useSpeech();
  const [moment, setMoment] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        pick(new Date(moment).getTime());
      }}
    >
      <Field label={word("asItStoodAt")}>
        {(ties) => (
          <span className="row">
            <input
              {...ties}
              type="datetime-local"
              required
              value={moment}
              onChange={(event) => setMoment(event.target.value)}
            />
            <button type="submit">{word("show")}</button>
          </span>
        )}
      </Field>
    </form>
  );
}
