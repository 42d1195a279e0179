import type { ReactNode } from "react";

import type { AccountingView } from "#api/operations/contract.ts";

import type { Word } from "../copy-en.ts";
import { useSpeech } from "../language.ts";

interface Term {
  readonly sign: string;
  readonly label: Word;
  readonly count: number;
}

/** What became of every message and reading: the sums themselves, and whether they agree. */
export function AccountingCard({ accounting }: { accounting: AccountingView }): ReactNode {
  const { word } = useSpeech();
  const { messages, readings, holds } = accounting;
  return (
    <section className="card below" aria-labelledby="accounting">
      <h2 id="accounting">
        {word("accounting")} <span className="soft small">{word("wholeInstallation")}</span>
      </h2>
      <p className={holds ? "verdict state-online" : "verdict state-silent"}>
        <span aria-hidden="true">{holds ? "✓" : "✗"}</span> {word(holds ? "holds" : "broken")}
      </p>
      <Sum
        title={word("messages")}
        terms={[
          { sign: "", label: "messages.sent", count: messages.sent },
          { sign: "=", label: "messages.stored", count: messages.stored },
          { sign: "+", label: "messages.refused", count: messages.refused },
          { sign: "+", label: "messages.duplicate", count: messages.duplicate },
          { sign: "+", label: "messages.lost", count: messages.lost },
          { sign: "+", label: "messages.inFlight", count: messages.inFlight },
          { sign: "·", label: "messages.repeats", count: messages.repeats },
        ]}
      />
      <Sum
        title={word("readings")}
        terms={[
          { sign: "", label: "readings.received", count: readings.received },
          { sign: "=", label: "readings.stored", count: readings.stored },
          { sign: "+", label: "readings.quarantined", count: readings.quarantined },
          { sign: "+", label: "readings.duplicate", count: readings.duplicate },
        ]}
      />
    </section>
  );
}

function Sum(props: { title: string; terms: readonly Term[] }): ReactNode {
  const { word, number } = useSpeech();
  return (
    <>
      <h3>{props.title}</h3>
      <dl className="sum">
        {props.terms.map(({ sign, label, count }) => (
          <div key={label}>
            <dt className="soft small">{word(label)}</dt>
            <dd>
              <span className="soft">{sign}</span> {number(count)}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
