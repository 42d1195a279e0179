import type { ReactNode } from "react";

import { useSpeech } from "./language.ts";
import { unitOf, valueText } from "./units.ts";

/** The value of a leaf with its unit. */
export function Figure(props: { path: string; value: unknown }): ReactNode {
  const speech = useSpeech();
  const unit = unitOf(props.path, speech.word);
  return (
    <>
      <b>{valueText(props.path, props.value, speech)}</b>
      {unit !== "" && `\u00a0${unit}`}
    </>
  );
}
