import type { ReactNode } from "react";

import type { TwinView as Twin } from "#api/twins/contract.ts";

import { Age, Heard, LiveMark, Notice, PresenceBadge } from "../badges.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import type { Word } from "../copy-en.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useLive } from "../live.ts";
import { usePolled } from "../polled.ts";
import { deviceHref, listHref, useTitle } from "../route.ts";
import { LeafTable } from "./leaf-table.tsx";

const everyMs = 30_000;

/** One device, whole: presence with its cause, then every leaf with value, unit, quality and age. */
export function TwinView({ serial }: { serial: string }): ReactNode {
  const { word, name } = useSpeech();
  const { value, at, problem, refresh } = usePolled(
    () => get<Twin>(`/v1/twins/${encodeURIComponent(serial)}`),
    { everyMs, key: serial },
  );
  const open = useLive(`id==${serial}`, refresh);
  useTitle(serial);
  return (
    <>
      <div className="row between">
        <h1>
          {serial} {value !== undefined && <span className="soft">{name("kind", value.kind)}</span>}
        </h1>
        <LiveMark open={open} at={at} />
      </div>
      <Notice problem={problem} at={at} />
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value !== undefined && <Known twin={value} />}
    </>
  );
}

function Known({ twin }: { twin: Twin }): ReactNode {
  const now = useNow();
  return (
    <>
      <Summary twin={twin} now={now} />
      <LeafTable parts={twin.parts} now={now} />
    </>
  );
}

/** What a state means, where that is not plain. */
const meanings: Readonly<Partial<Record<string, Word>>> = {
  late: "aboutLate",
  silent: "aboutSilent",
  returned: "aboutReturned",
  in_stock: "aboutInStock",
};

function Summary({ twin, now }: { twin: Twin; now: number }): ReactNode {
  const { word, span, number, ago } = useSpeech();
  const { presence, links } = twin;
  const meaning = meanings[presence.state];
  return (
    <section className="card" aria-label={word("presence")}>
      <dl className="facts">
        <Fact name={word("presenceAndCause")}>
          <PresenceBadge presence={presence} backlog={depthOf(twin)} />
          <p className="soft small">
            {word("standsFor")} <Age at={presence.since} now={now} bare />.{" "}
            {meaning !== undefined && word(meaning)}
          </p>
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
        <Fact name={word("revision")}>
          {word("revisionText", number(twin.rev), ago(now - twin.modifiedAt))}
        </Fact>
      </dl>
    </section>
  );
}

function Fact(props: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt className="soft small">{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** Messages that still wait in the box, when it has told. */
function depthOf({ parts }: Twin): number | null {
  const depth = parts["buffer"]?.reported["depth"];
  return typeof depth === "number" ? depth : null;
}
