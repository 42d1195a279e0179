import { type ReactNode, useState } from "react";

import type { HistoryVerdict } from "#api/history/contract.ts";

import { type Answer, get } from "../client.ts";
import { serverNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { Refusal } from "../refusal.tsx";

/** Walks the whole chain of a history on demand, and gives it away as a file that proves itself. */
export function Verify({ serial }: { serial: string }): ReactNode {
  const { word } = useSpeech();
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState<{ at: number; answer: Answer<HistoryVerdict> }>();
  const root = `/v1/twins/${encodeURIComponent(serial)}/history`;
  const ask = async (): Promise<void> => {
    setBusy(true);
    const answer = await get<HistoryVerdict>(`${root}/verify`);
    setBusy(false);
    setFound({ at: serverNow(), answer });
  };
  return (
    <>
      <p className="row below">
        <button type="button" aria-disabled={isBusy} onClick={() => !isBusy && void ask()}>
          {word(isBusy ? "verifying" : "verify")}
        </button>
        <a href={`${root}/evidence`} download>
          {word("evidence")}
        </a>
      </p>
      {found?.answer.kind === "problem" && <Refusal problem={found.answer} />}
      {found?.answer.kind === "ok" && <Verdict verdict={found.answer.body} at={found.at} />}
    </>
  );
}

function Verdict({ verdict, at }: { verdict: HistoryVerdict; at: number }): ReactNode {
  const { word, number, clock } = useSpeech();
  if (!verdict.holds) {
    return (
      <p role="alert" className="notice below">
        {word("historyBroken", verdict.rev === null ? word("unknown") : number(verdict.rev))}
      </p>
    );
  }
  const { records, trimmed, anchor } = verdict;
  return (
    <p role="status" className="notice good below">
      {word("historyHolds", clock(at), number(records))}{" "}
      {trimmed > 0 && word("recordsTrimmed", number(trimmed))} {word("anchor")}{" "}
      <code>{anchor}</code>
    </p>
  );
}
