import { useState } from "react";

import type { TwinView } from "#api/twins/contract.ts";

import type { Problem } from "../client.ts";
import { type Difference, type Patch, patchTwin } from "./overtaken.ts";

/** A write from a form, and what came of it. */
export interface Writing {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** What others wrote since the form was opened: shown first, then written over if it is sent again. */
  readonly overtaken: readonly Difference[] | undefined;
  readonly write: (patch: Patch) => void;
}

/** Writes to the twin as it was when the form was opened. */
export function useWriting(twin: TwinView, done: () => void): Writing {
  const [seen, setSeen] = useState(twin);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [overtaken, setOvertaken] = useState<readonly Difference[]>();
  const write = (patch: Patch): void => {
    setBusy(true);
    void patchTwin(seen, patch).then((written) => {
      setBusy(false);
      setProblem(written.kind === "problem" ? written : undefined);
      if (written.kind === "ok") return done();
      if (written.kind === "problem") return undefined;
      setSeen(written.twin);
      return setOvertaken(written.differences);
    });
  };
  return { busy, problem, overtaken, write };
}
