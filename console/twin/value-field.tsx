import type { ChangeEvent, ReactNode } from "react";

import { Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { unitOf } from "../units.ts";
import type { WishRule } from "./repertoire.ts";

/** What a field begins with, where nothing is known. */
export function firstOf(rule: WishRule | undefined): string {
  if (rule?.type === "choice") return rule.of[0] ?? "";
  return rule?.type === "number" ? String(rule.from) : "";
}

/** What was typed, as the API takes it. */
export function valueOf(rule: WishRule | undefined, text: string): string | number {
  return rule?.type === "number" ? Number(text) : text.trim();
}

/** A field for what a leaf should be, as its rule has it. */
export function ValueField(props: {
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
