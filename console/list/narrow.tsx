import { type FormEvent, type ReactNode, useId, useState } from "react";

import { type Speech, useSpeech } from "../language.ts";
import { quoted } from "../route.ts";
import { askedOf, conditionsIn, withAsked } from "./conditions.ts";

/** What may be asked of one leaf: from the operator on, with how it reads. */
interface Question {
  readonly path: string;
  readonly label: (speech: Speech) => string;
  readonly answers: readonly (readonly [asked: string, label: (speech: Speech) => string])[];
}

const kinds = ["wristband", "box", "blood-pressure", "glucose", "scale"];
const states = ["online", "late", "silent", "returned", "in_stock"];
const ages = [
  ["PT10M", 600_000],
  ["PT1H", 3_600_000],
  ["P1D", 86_400_000],
] as const;

const questions: readonly Question[] = [
  {
    path: "kind",
    label: ({ word }) => word("kind"),
    answers: kinds.map((kind) => [`==${kind}`, ({ name }) => name("kind", kind)]),
  },
  {
    path: "presence.state",
    label: ({ word }) => word("presence"),
    answers: [
      ["!=online", ({ word }) => word("notOnline")],
      ...states.map((state) => [`==${state}`, ({ name }: Speech) => name("state", state)] as const),
    ],
  },
  {
    path: "sync.state",
    label: ({ word }) => word("wishes"),
    answers: [
      ["=in=(pending,delivered)", ({ word }) => word("wishesOpen")],
      ["=in=(rejected,expired)", ({ word }) => word("wishesFailed")],
      ["==applied", ({ word }) => word("wishesDone")],
      ["==null", ({ word }) => word("noWish")],
    ],
  },
  {
    path: "freshness",
    label: ({ word }) => word("lastReading"),
    answers: [
      ...ages.map(
        ([iso, ms]) => [`=gt=${iso}`, ({ word, span }: Speech) => word("over", span(ms))] as const,
      ),
      ["==null", ({ word }) => word("never")],
    ],
  },
  {
    path: "power.battery",
    label: ({ word }) => word("battery"),
    answers: [20, 50].map((least) => [
      `=lt=${least}`,
      ({ word, percent }) => word("under", percent(least)),
    ]),
  },
];

/** A filter, and what to do with another. */
interface Setting {
  readonly filter: string;
  readonly set: (filter: string) => void;
}

/** The usual conditions, each set by a choice; they are written into the filter. */
export function Narrow({ filter, set }: Setting): ReactNode {
  return (
    <div className="narrow">
      {questions.map((question) => (
        <Choice key={question.path} question={question} filter={filter} set={set} />
      ))}
      <TagField filter={filter} set={set} />
    </div>
  );
}

function Choice({ question, filter, set }: Setting & { question: Question }): ReactNode {
  const speech = useSpeech();
  const id = useId();
  const { path, label, answers } = question;
  const asked = askedOf(filter, path) ?? "";
  const isKnown = asked === "" || answers.some(([answer]) => answer === asked);
  return (
    <div>
      <label htmlFor={id} className="small soft">
        {label(speech)}
      </label>
      <select
        id={id}
        value={asked}
        onChange={({ target: { value } }) =>
          set(withAsked(filter, path, value === "" ? undefined : value))
        }
      >
        <option value="">{speech.word("all")}</option>
        {!isKnown && <option value={asked}>{asked}</option>}
        {answers.map(([answer, read]) => (
          <option key={answer} value={answer}>
            {read(speech)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Tags that are asked for, and a field for one more. */
function TagField({ filter, set }: Setting): ReactNode {
  const { word } = useSpeech();
  const id = useId();
  const [text, setText] = useState("");
  const asked = (conditionsIn(filter) ?? []).filter((one) => one.startsWith("tags."));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const [name = "", ...value] = text.split("=");
    setText("");
    set(withAsked(filter, `tags.${name.trim()}`, `==${quoted(value.join("=").trim())}`));
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={id} className="small soft">
        {word("tag")}
      </label>
      <input
        id={id}
        value={text}
        required
        placeholder="lot=L42"
        pattern="\s*[A-Za-z0-9][A-Za-z0-9_\-]*\s*=.+"
        title={word("tagHelp")}
        autoCapitalize="off"
        onChange={(event) => setText(event.target.value)}
      />
      {asked.map((one) => (
        <button
          key={one}
          type="button"
          className="slight"
          aria-label={word("removeTag", one)}
          onClick={() =>
            set((conditionsIn(filter) ?? []).filter((other) => other !== one).join(";"))
          }
        >
          {one.slice("tags.".length)} ✕
        </button>
      ))}
    </form>
  );
}
