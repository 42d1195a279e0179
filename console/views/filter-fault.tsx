import type { ReactNode } from "react";

import type { Problem } from "../client.ts";
import { useSpeech } from "../language.ts";
import { markAt } from "./filter-mark.ts";

/** Where a filter is wrong, and why. */
export function FilterFault({ filter, problem }: { filter: string; problem: Problem }): ReactNode {
  const { word } = useSpeech();
  const { before, wrong, after } = markAt(filter, problem.at ?? 0);
  return (
    <p id="filter-fault" role="alert" className="notice">
      {word("filterWrong")}{" "}
      <code>
        {before}
        <mark>{wrong}</mark>
        {after}
      </code>
      <br />
      <span className="small" lang="en">
        {problem.detail}
      </span>
    </p>
  );
}
