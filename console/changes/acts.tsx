import { type ReactNode, useState } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { Dialog } from "../dialog.tsx";
import { ReasonField } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { useMay, useOwnName } from "../me.ts";
import { Refusal } from "../refusal.tsx";
import { useSender } from "../sending.ts";

type Act = BulkView["acts"][number];

/** What may be done to a change where it stands, by whoever is signed in; each is asked twice, with a reason. */
export function Acts(props: { change: BulkView; done: () => void }): ReactNode {
  const { word, name } = useSpeech();
  const may = useMay();
  const own = useOwnName();
  const [asked, setAsked] = useState<Act>();
  const { acts, needsOther, by } = props.change;
  const isOthers = needsOther && by === own && acts.includes("approve");
  const mine = acts.filter((act) =>
    act === "approve" ? may("changes:approve") && !isOthers : may("changes:write"),
  );
  if (mine.length === 0 && !isOthers) return null;
  return (
    <div className="row below">
      {mine.map((act) => (
        <button
          key={act}
          type="button"
          className={act === "approve" || act === "start" || act === "resume" ? "primary" : ""}
          onClick={() => setAsked(act)}
        >
          {name("act", act)}
        </button>
      ))}
      {isOthers && <span className="soft">{word("needsOther")}</span>}
      {asked !== undefined && (
        <ActForm
          change={props.change}
          act={asked}
          close={(isDone) => {
            setAsked(undefined);
            if (isDone) props.done();
          }}
        />
      )}
    </div>
  );
}

function ActForm(props: {
  change: BulkView;
  act: Act;
  close: (isDone: boolean) => void;
}): ReactNode {
  const { name } = useSpeech();
  const { busy, problem, submit } = useSender();
  const [reason, setReason] = useState("");
  const { change, act, close } = props;
  const send = async (): Promise<void> => {
    const why = reason.trim();
    const path = `/v1/changes/${encodeURIComponent(change.id)}/${act}`;
    const done = await submit({ method: "POST", path, body: why === "" ? {} : { reason: why } });
    if (done !== undefined) close(true);
  };
  return (
    <Dialog
      title={name("act", act)}
      action={name("act", act)}
      busy={busy}
      close={() => close(false)}
      submit={() => void send()}
    >
      <p>{name("aboutAct", act)}</p>
      <ReasonField value={reason} set={setReason} />
      <Refusal problem={problem} />
    </Dialog>
  );
}
