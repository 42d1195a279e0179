import { type ChangeEvent, type ReactNode, useState } from "react";

import type { TwinView } from "#api/twins/contract.ts";

import { Dialog } from "../dialog.tsx";
import { DeadlineField, Field, ReasonField } from "../fields.tsx";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { Refusal } from "../refusal.tsx";
import { typedText, unitOf } from "../units.ts";
import type { LeafRow } from "./leaf-rows.ts";
import { Overtaken } from "./overtaken-notice.tsx";
import { wishBody } from "./overtaken.ts";
import type { WishRule } from "./repertoire.ts";
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
      submit={() => save(rule.type === "number" ? Number(value) : value.trim())}
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

function firstOf(rule: WishRule | undefined): string {
  if (rule?.type === "choice") return rule.of[0] ?? "";
  return rule?.type === "number" ? String(rule.from) : "";
}

function ValueField(props: {
  path: string;
  rule: WishRule;
  value: string;
  set: (value: string) => void;
}): ReactNode {
  const { word, name, number } = useSpeech();
  const { path, rule, value, set } = props;
  const shared = {
    value,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) => set(event.target.value),
  };
  if (rule.type === "choice") {
    return (
      <Field label={word("desired")} hint={name("hint", path)}>
        {(ties) => (
          <select {...ties} {...shared}>
            {rule.of.map((one) => (
              <option key={one} value={one}>
                {name("value", one)}
              </option>
            ))}
          </select>
        )}
      </Field>
    );
  }
  const isNumber = rule.type === "number";
  const bounds = isNumber ? { type: "number", min: rule.from, max: rule.to } : { maxLength: 64 };
  const hint = isNumber
    ? `${number(rule.from)} – ${number(rule.to)}\u00a0${unitOf(path, word)}`
    : name("hint", path);
  return (
    <Field label={word("desired")} hint={hint}>
      {(ties) => <input {...ties} {...shared} {...bounds} required />}
    </Field>
  );
}
