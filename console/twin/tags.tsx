import { type ReactNode, useState } from "react";

import type { TwinView } from "#api/twins/contract.ts";

import { Dialog } from "../dialog.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useMay } from "../me.ts";
import { Refusal } from "../refusal.tsx";
import { listHref, quoted } from "../route.ts";
import { typedText } from "../units.ts";
import { Overtaken } from "./overtaken-notice.tsx";
import { useWriting } from "./writing.ts";

/** The labels of a device, each a way to the devices that share it. */
export function Tags({ twin, edit }: { twin: TwinView; edit: () => void }): ReactNode {
  const { word } = useSpeech();
  const mayWrite = useMay()("twins:write");
  const tags = Object.entries(twin.tags);
  return (
    <span className="row">
      {tags.length === 0 && <span className="soft">{word("noTag")}</span>}
      {tags.map(([name, value]) => (
        <Link
          key={name}
          className="chip small"
          href={listHref({ filter: `tags.${name}==${quoted(typedText(value))}` })}
        >
          {name} <b>{typedText(value)}</b>
        </Link>
      ))}
      {mayWrite && (
        <button type="button" className="slight" onClick={edit}>
          {word("editTags")}
        </button>
      )}
    </span>
  );
}

interface Tag {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

/** Adds, changes and takes away labels. */
export function TagsForm(props: { twin: TwinView; close: (isDone: boolean) => void }): ReactNode {
  const { word } = useSpeech();
  const [tags, setTags] = useState<readonly Tag[]>(() => [...tagsOf(props.twin), emptyTag(99)]);
  const writing = useWriting(props.twin, () => props.close(true));
  const set = (key: number, part: Partial<Tag>): void =>
    setTags(tags.map((tag) => (tag.key === key ? { ...tag, ...part } : tag)));
  const next = Math.max(...tags.map(({ key }) => key)) + 1;
  return (
    <Dialog
      title={word("tagsOf", props.twin.id)}
      action={word(writing.overtaken === undefined ? "save" : "setAnyway")}
      busy={writing.busy}
      close={() => props.close(false)}
      submit={() => writing.write({ body: { tags: patchOf(props.twin, tags) } })}
    >
      <p className="soft small">{word("aboutTags")}</p>
      {tags.map(({ key, name, value }) => (
        <div key={key} className="row tag">
          <input
            aria-label={word("tagName")}
            placeholder={word("tagName")}
            pattern="[A-Za-z0-9][A-Za-z0-9_\-]*"
            maxLength={64}
            value={name}
            onChange={(event) => set(key, { name: event.target.value })}
          />
          <input
            aria-label={word("tagValue", name)}
            placeholder={word("tagValue", "")}
            maxLength={256}
            value={value}
            onChange={(event) => set(key, { value: event.target.value })}
          />
          <button
            type="button"
            aria-label={word("removeTag", name)}
            onClick={() => setTags(tags.filter((tag) => tag.key !== key))}
          >
            ✕
          </button>
        </div>
      ))}
      <p>
        <button type="button" onClick={() => setTags([...tags, emptyTag(next)])}>
          {word("addTag")}
        </button>
      </p>
      <Overtaken by={writing.overtaken} />
      <Refusal problem={writing.problem} />
    </Dialog>
  );
}

function tagsOf({ tags }: TwinView): readonly Tag[] {
  return Object.entries(tags).map(([name, value], key) => ({ key, name, value: typedText(value) }));
}

function emptyTag(key: number): Tag {
  return { key, name: "", value: "" };
}

/** What must change; a value that reads as before keeps its type. */
function patchOf({ tags }: TwinView, wanted: readonly Tag[]): Record<string, string | null> {
  const named = new Map(
    wanted.flatMap(({ name, value }) => (name === "" || value === "" ? [] : [[name, value]])),
  );
  const gone = Object.keys(tags).filter((name) => !named.has(name));
  const changed = [...named].filter(([name, value]) => typedText(tags[name] ?? "") !== value);
  return Object.fromEntries([...gone.map((name) => [name, null] as const), ...changed]);
}
