import { type ReactNode, useState } from "react";

import type { TwinView } from "#api/twins/contract.ts";

import { Dialog } from "../dialog.tsx";
import { DeadlineField, ReasonField } from "../fields.tsx";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { Refusal } from "../refusal.tsx";
import { typedText } from "../units.ts";
import type { LeafRow } from "./leaf-rows.ts";
import { Overtaken } from "./overtaken-notice.tsx";
import { wishBody } from "./overtaken.ts";
import { firstOf, ValueField, valueOf } from "./value-field.tsx";
import { useWriting } from "./writing.ts";

/** Sets what one leaf should be, or withdraws the wish for it. */
export function WishForm(props: {
  twin: TwinView;
  row: LeafRow;
  close: (isDone: boolean) => void;
}): ReactNode {
  const { word, name } = useSpeech();
  const { path, rule, leaf, wish, desired } = props.row;
  const [value, setValue] = useState(typedText(desired ?? leaf?.value ?? firstOf(rule)));
  const [reason, setReason] = useState("");
  const [deadline, setDeadline] = useState("");
  const [escalate, setEscalate] = useState(false);
  const writing = useWriting(props.twin, () => props.close(true));
  if (rule === undefined) return null;
  const save = (wanted: unknown): void =>
    writing.write({ body: wishBody(path, wanted), reason, deadline, escalate });
  return (
    <Dialog
      title={word("wishTitle", props.twin.id, name("leaf", path))}
      action={word(writing.overtaken === undefined ? "setWish" : "setAnyway")}
      busy={writing.busy}
      close={() => props.close(false)}
      submit={() => save(valueOf(rule, value))}
    >
      {leaf !== undefined && (
        <p className="soft">
          {word("reportsNow")} <Figure path={path} value={leaf.value} />
        </p>
      )}
      <ValueField path={path} rule={rule} value={value} set={setValue} />
      <ReasonField value={reason} set={setReason} />
      <DeadlineField value={deadline} set={setDeadline} none={word("noDeadline")} />
      {deadline !== "" && (
        <label className="tick">
          <input
            type="checkbox"
            checked={escalate}
            onChange={(event) => setEscalate(event.target.checked)}
          />{" "}
          {word("escalate")}
        </label>
      )}
      <Overtaken by={writing.overtaken} />
      <Refusal problem={writing.problem} />
      {wish !== undefined && (
        <p className="small">
          <button type="button" aria-disabled={writing.busy} onClick={() => save(null)}>
            {word("withdraw")}
          </button>{" "}
          <span className="soft">{word("aboutWithdraw")}</span>
        </p>
      )}
    </Dialog>
  );
}
