import type { ReactNode } from "react";

import type { TwinView } from "#api/twins/contract.ts";

import { Age, Heard, PresenceBadge } from "../badges.tsx";
import type { Word } from "../copy-en.ts";
import { Fact } from "../fact.tsx";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { deviceHref, listHref } from "../route.ts";
import { Tags } from "./tags.tsx";

/** What a state means, where that is not plain. */
const meanings: Readonly<Partial<Record<string, Word>>> = {
  late: "aboutLate",
  silent: "aboutSilent",
  returned: "aboutReturned",
  in_stock: "aboutInStock",
};

/** Whether a device is there, why not, whom that concerns, where it stands and how it is labelled. */
export function TwinSummary(props: {
  twin: TwinView;
  now: number;
  editTags: () => void;
}): ReactNode {
  const { word, name, span, number, ago } = useSpeech();
  const { twin, now } = props;
  const { presence, links } = twin;
  return (
    <section className="card" aria-label={word("presence")}>
      <dl className="facts">
        <Fact name={word("presenceAndCause")}>
          <PresenceBadge presence={presence} backlog={depthOf(twin)} />
          <Standing presence={presence} now={now} />
        </Fact>
        <Fact name={word("heard")}>
          <Heard signs={presence} now={now} />
        </Fact>
        <Fact name={word("expectedEvery")}>{span(presence.expectEveryMs)}</Fact>
        {links.box !== null && (
          <Fact name={word("home")}>
            {links.box === twin.id ? (
              links.box
            ) : (
              <Link href={deviceHref(links.box)}>{links.box}</Link>
            )}
            {" · "}
            <Link href={listHref({ filter: `box==${links.box}` })}>{word("allOfHome")}</Link>
          </Fact>
        )}
        {["status", "calibrationDue"].map(
          (known) =>
            twin.identity[known] !== undefined && (
              <Fact key={known} name={name("leaf", `identity/${known}`)}>
                <Figure path={`identity/${known}`} value={twin.identity[known]} />
              </Fact>
            ),
        )}
        <Fact name={word("revision")}>
          {word("revisionText", number(twin.rev), ago(now - twin.modifiedAt))}
        </Fact>
        <Fact name={word("tags")}>
          <Tags twin={twin} edit={props.editTags} />
        </Fact>
      </dl>
    </section>
  );
}

/** Since when it is so, what that means, why, and whom it concerns by now. */
function Standing(props: { presence: TwinView["presence"]; now: number }): ReactNode {
  const { word, name } = useSpeech();
  const { state, cause, concern, since } = props.presence;
  const meaning = meanings[state];
  return (
    <p className="soft small">
      {word("standsFor")} <Age at={since} now={props.now} bare />.{" "}
      {meaning !== undefined && word(meaning)} {cause !== null && name("aboutCause", cause)}{" "}
      {concern !== null && <strong>{name("concern", concern)}</strong>}
    </p>
  );
}

/** Messages that still wait in the box, when it has told. */
function depthOf({ parts }: TwinView): number | null {
  const depth = parts["buffer"]?.reported["depth"];
  return typeof depth === "number" ? depth : null;
}
