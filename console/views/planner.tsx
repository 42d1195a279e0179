import type { ReactNode } from "react";

import { useSpeech } from "../language.ts";
import { BlindHomes } from "../planner/blind-homes.tsx";
import { Visits } from "../planner/visits.tsx";
import { useTitle } from "../route.ts";

/** Where somebody has to go, and where nobody is watched over. */
export function PlannerView(): ReactNode {
  const { word } = useSpeech();
  useTitle(word("planner"));
  return (
    <>
      <h1 className="above">{word("planner")}</h1>
      <BlindHomes />
      <Visits />
    </>
  );
}
