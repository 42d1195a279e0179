import type { ReactNode } from "react";

import type { AccountingView } from "#api/operations/contract.ts";

import { useSpeech } from "../language.ts";

/** What became of every message and reading, and whether the sums agree. */
export function AccountingCard({ accounting }: { accounting: AccountingView }): ReactNode {
  const { word } = useSpeech();
  return (
    <section className="card" aria-labelledby="accounting">
      <h2 id="accounting">{word("accounting")}</h2>
      <p className={accounting.holds ? "state-online" : "state-silent"}>
        <b>{word(accounting.holds ? "holds" : "broken")}</b>
      </p>
      <Sums title={word("accountingMessages")} sums={accounting.messages} />
      <Sums title={word("accountingReadings")} sums={accounting.readings} />
    </section>
  );
}

function Sums(props: { title: string; sums: Readonly<Record<string, number>> }): ReactNode {
  const { word, number } = useSpeech();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={props.title}>
      <table className="small">
        <caption>{props.title}</caption>
        <thead>
          <tr>
            {Object.keys(props.sums).map((name) => (
              <th key={name} scope="col" className="number">
                {word(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {Object.entries(props.sums).map(([name, value]) => (
              <td key={name} className="number">
                {number(value)}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
