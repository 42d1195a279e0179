import type { ReactNode } from "react";

import { Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { wishable, type WishRule } from "../twin/repertoire.ts";
import { firstOf, ValueField, valueOf } from "../twin/value-field.tsx";
import type { PatchLeaf } from "./patch-leaves.ts";

/** A leaf as it is being filled in. */
export interface Draft {
  readonly key: number;
  readonly path: string;
  readonly value: string;
  /** Takes the wish back instead of setting it. */
  readonly isWithdrawal: boolean;
}

/** Every leaf that some kind of device takes. */
const rules: Readonly<Record<string, WishRule>> = Object.assign({}, ...Object.values(wishable));
const most = 16;
const first = "config/profile";

/** A leaf that nothing has been said of yet. */
export function emptyDraft(key: number): Draft {
  return { key, path: first, value: firstOf(rules[first]), isWithdrawal: false };
}

/** What it says. */
export function leafOf({ path, value, isWithdrawal }: Draft): PatchLeaf {
  return { path, value: isWithdrawal ? null : valueOf(rules[path], value) };
}

/** The leaves to be set, each with its value. */
export function LeafFields(props: {
  leaves: readonly Draft[];
  set: (leaves: readonly Draft[]) => void;
}): ReactNode {
  const { word } = useSpeech();
  const { leaves, set } = props;
  const next = Math.max(...leaves.map(({ key }) => key)) + 1;
  return (
    <>
      {leaves.map((leaf) => (
        <LeafField
          key={leaf.key}
          leaf={leaf}
          set={(changed) => set(leaves.map((one) => (one.key === leaf.key ? changed : one)))}
          remove={
            leaves.length > 1 ? () => set(leaves.filter(({ key }) => key !== leaf.key)) : undefined
          }
        />
      ))}
      {leaves.length < most && (
        <p>
          <button
            type="button"
            className="slight"
            onClick={() => set([...leaves, emptyDraft(next)])}
          >
            {word("addLeaf")}
          </button>
        </p>
      )}
    </>
  );
}

function LeafField(props: {
  leaf: Draft;
  set: (leaf: Draft) => void;
  remove: (() => void) | undefined;
}): ReactNode {
  const { word, name } = useSpeech();
  const { leaf, set, remove } = props;
  const rule = rules[leaf.path];
  return (
    <div className="narrow">
      <Field label={word("leaf")}>
        {(ties) => (
          <select
            {...ties}
            value={leaf.path}
            onChange={({ target: { value: path } }) =>
              set({ ...leaf, path, value: firstOf(rules[path]) })
            }
          >
            {Object.keys(rules).map((path) => (
              <option key={path} value={path}>
                {name("leaf", path)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {rule !== undefined && !leaf.isWithdrawal && (
        <ValueField
          path={leaf.path}
          rule={rule}
          value={leaf.value}
          set={(value) => set({ ...leaf, value })}
        />
      )}
      <p className="foot">
        <label className="tick small">
          <input
            type="checkbox"
            checked={leaf.isWithdrawal}
            onChange={(event) => set({ ...leaf, isWithdrawal: event.target.checked })}
          />{" "}
          {word("withdrawInstead")}
        </label>
        {remove !== undefined && (
          <button
            type="button"
            className="slight"
            aria-label={word("removeTag", name("leaf", leaf.path))}
            onClick={remove}
          >
            ✕
          </button>
        )}
      </p>
    </div>
  );
}
