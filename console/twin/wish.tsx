import type { ReactNode } from "react";

import type { WishView } from "#api/twins/contract.ts";

import { Age } from "../badges.tsx";
import { By } from "../by.tsx";
import { useSpeech } from "../language.ts";

/** Colours are those of presence: there, on its way, waited for, gone wrong. */
const looks: Readonly<Record<WishView["state"], string>> = {
  pending: "late",
  delivered: "returned",
  applied: "online",
  rejected: "silent",
  expired: "silent",
};

/** How far a wish has come, in a word. */
export function WishBadge({ state }: { state: WishView["state"] }): ReactNode {
  const { name } = useSpeech();
  return <span className={`badge state-${looks[state]}`}>{name("sync", state)}</span>;
}

/** What that means, since when, who wished for it, why, and until when it is to be done. */
export function AboutWish({ wish, now }: { wish: WishView; now: number }): ReactNode {
  const { word, name, time, span } = useSpeech();
  const { state, since, setAt, by, why, deadline, escalate, code } = wish;
  const isOpen = state === "pending" || state === "delivered";
  return (
    <p className="soft small">
      {name("aboutSync", state)} {word("standsFor")} <Age at={since} now={now} bare />.{" "}
      {code !== null && `${word("deviceSays", name("reason", code))} `}
      {word("wishedBy")} <By by={by} />, <Age at={setAt} now={now} />
      {why !== null && (
        <>
          {word("colon")} <q>{why}</q>
        </>
      )}
      {". "}
      {isOpen && deadline !== null && (
        <>
          {word("untilDeadline", time(deadline), span(deadline - now))}{" "}
          {escalate && word("escalates")}
        </>
      )}
    </p>
  );
}
