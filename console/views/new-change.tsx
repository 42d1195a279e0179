import { type FormEvent, type ReactNode, useState } from "react";

import type { BulkView } from "#api/changes/contract.ts";
import type { TwinPage } from "#api/twins/contract.ts";

import { Notice } from "../badges.tsx";
import { type Care, Caution, usualCare } from "../changes/caution.tsx";
import { type Draft, emptyDraft, LeafFields, leafOf } from "../changes/leaf-fields.tsx";
import { patchOf } from "../changes/patch-leaves.ts";
import { get } from "../client.ts";
import { ReasonField } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { Narrow } from "../list/narrow.tsx";
import { usePolled } from "../polled.ts";
import { Refusal } from "../refusal.tsx";
import { changeHref, go, listHref, useTitle } from "../route.ts";
import { useSender } from "../sending.ts";
import { FilterFault } from "./filter-fault.tsx";

const everyMs = 15_000;
const invalid = 422;

/** A new bulk change: whom, what and why; sending it tries it on every twin and changes nothing yet. */
export function NewChangeView(props: { query: URLSearchParams }): ReactNode {
  const { word } = useSpeech();
  const [filter, setFilter] = useState(props.query.get("filter") ?? "");
  useTitle(word("newChange"));
  return (
    <>
      <h1 className="above">{word("newChange")}</h1>
      <Whom filter={filter} set={setFilter} />
      <What filter={filter} />
    </>
  );
}

function Whom({ filter, set }: { filter: string; set: (filter: string) => void }): ReactNode {
  const { word, number } = useSpeech();
  const query = new URLSearchParams({ limit: "1", count: "true", filter });
  const { value, at, problem } = usePolled(() => get<TwinPage>(`/v1/twins?${query}`), {
    everyMs,
    key: filter,
  });
  const isWrong = problem?.status === invalid;
  return (
    <section className="card stack" aria-labelledby="whom">
      <h2 id="whom">{word("whom")}</h2>
      <div className="field">
        <label htmlFor="filter">{word("filter")}</label>
        <input
          id="filter"
          value={filter}
          placeholder="kind==wristband;firmware.version=lt=2.4.0"
          spellCheck={false}
          autoCapitalize="off"
          aria-invalid={isWrong}
          aria-describedby="matched"
          onChange={(event) => set(event.target.value)}
        />
      </div>
      <Narrow filter={filter} set={set} />
      {isWrong && <FilterFault filter={filter} problem={problem} />}
      {!isWrong && <Notice problem={problem} at={at} />}
      <p id="matched" role="status">
        {value !== undefined && !isWrong && (
          <Link href={listHref({ filter })}>{word("matchedNow", number(value.total ?? 0))}</Link>
        )}
      </p>
    </section>
  );
}

function What({ filter }: { filter: string }): ReactNode {
  const { word } = useSpeech();
  const { busy, problem, submit } = useSender();
  const [leaves, setLeaves] = useState<readonly Draft[]>([emptyDraft(0)]);
  const [reason, setReason] = useState("");
  const [care, setCare] = useState<Care>(usualCare);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { canary, rejected, silent, ...rest } = care;
    const body = {
      ...{ filter, patch: patchOf(leaves.map(leafOf)), reason: reason.trim(), ...rest },
      ...(canary === 0 ? {} : { canary: { share: canary / 100 } }),
      abort: { rejected: rejected / 100, silent: silent / 100 },
    };
    const made = await submit<BulkView>({ method: "POST", path: "/v1/changes", body });
    if (made !== undefined) go(changeHref(made.id));
  };
  return (
    <form
      className="card below stack"
      aria-labelledby="wanted"
      onSubmit={(event) => void send(event)}
    >
      <h2 id="wanted">{word("wanted")}</h2>
      <LeafFields leaves={leaves} set={setLeaves} />
      <ReasonField value={reason} set={setReason} required />
      <Caution care={care} set={setCare} />
      <Refusal problem={problem} />
      <p className="row">
        <button type="submit" className="primary" aria-disabled={busy || filter === ""}>
          {word(busy ? "trying" : "tryIt")}
        </button>
        <span className="soft small">{word(filter === "" ? "filterFirst" : "aboutTrying")}</span>
      </p>
    </form>
  );
}
