import type { ReactNode } from "react";

import type { Problem } from "./client.ts";
import { useSpeech } from "./language.ts";

/** Why something was not done, and what to do about it; nothing when there is no problem. */
export function Refusal({ problem }: { problem: Problem | undefined }): ReactNode {
  const { word, name } = useSpeech();
  if (problem === undefined) return null;
  const { status, code, detail } = problem;
  const advice = name("refusal", status === 0 ? "unreached" : code);
  return (
    <p role="alert" className="notice">
      {word("notDone")} {advice !== code && advice}{" "}
      {detail !== "" && status !== 0 && (
        <span lang="en" className="small">
          {detail}
        </span>
      )}
    </p>
  );
}
