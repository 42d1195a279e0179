import { type ReactNode, useState } from "react";

import type { GroupView } from "#api/groups/contract.ts";

import { By } from "../by.tsx";
import { serverNow } from "../clock.ts";
import { Dialog } from "../dialog.tsx";
import { useSpeech } from "../language.ts";
import { useStream } from "../live.ts";
import { useMay } from "../me.ts";
import { Refusal } from "../refusal.tsx";
import { useSender } from "../sending.ts";

/** Who came and went since somebody looks. */
interface Traffic {
  readonly since: number;
  readonly entered: number;
  readonly left: number;
}

/** One saved group: how many are in it, who has come and gone since the page was opened, and how to forget it. */
export function GroupPanel(props: { group: GroupView; forgotten: () => void }): ReactNode {
  const { word, number, clock } = useSpeech();
  const may = useMay();
  const [isLeaving, setLeaving] = useState(false);
  const { name, about, by, count } = props.group;
  const { since, entered, left } = useTraffic(name);
  return (
    <section className="card above" aria-label={name}>
      <div className="row between">
        <p>
          <b>{name}</b> {about !== "" && <span className="soft">{about}</span>}
        </p>
        {may("groups:write") && (
          <button type="button" className="slight" onClick={() => setLeaving(true)}>
            {word("forgetGroup")}
          </button>
        )}
      </div>
      <dl className="figures" aria-live="polite">
        <div>
          <dt className="soft small">{word("inGroup")}</dt>
          <dd>{number(count)}</dd>
        </div>
        <div>
          <dt className="soft small">{word("enteredSince", clock(since))}</dt>
          <dd>+{number(entered)}</dd>
        </div>
        <div>
          <dt className="soft small">{word("leftSince", clock(since))}</dt>
          <dd>−{number(left)}</dd>
        </div>
        <div>
          <dt className="soft small">{word("savedBy")}</dt>
          <dd>
            <By by={by} />
          </dd>
        </div>
      </dl>
      {isLeaving && (
        <ForgetForm name={name} close={() => setLeaving(false)} done={props.forgotten} />
      )}
    </section>
  );
}

/** Counts from the group's own stream; from anew when some of it could not be told. */
function useTraffic(name: string): Traffic {
  const [traffic, setTraffic] = useState(() => ({ since: serverNow(), entered: 0, left: 0 }));
  useStream(`/v1/groups/${encodeURIComponent(name)}/stream`, (event) => {
    if (event === "gap") setTraffic({ since: serverNow(), entered: 0, left: 0 });
    if (event === "enter") setTraffic((held) => ({ ...held, entered: held.entered + 1 }));
    if (event === "leave") setTraffic((held) => ({ ...held, left: held.left + 1 }));
  });
  return traffic;
}

function ForgetForm(props: { name: string; close: () => void; done: () => void }): ReactNode {
  const { word } = useSpeech();
  const { busy, problem, submit } = useSender();
  const forget = async (): Promise<void> => {
    const path = `/v1/groups/${encodeURIComponent(props.name)}`;
    if ((await submit({ method: "DELETE", path })) !== undefined) props.done();
  };
  return (
    <Dialog
      title={`${word("forgetGroup")} ${props.name}`}
      action={word("forgetGroup")}
      busy={busy}
      close={props.close}
      submit={() => void forget()}
    >
      <p>{word("aboutForget")}</p>
      <Refusal problem={problem} />
    </Dialog>
  );
}
