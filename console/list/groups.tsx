import { type ReactNode, useState } from "react";

import type { GroupView } from "#api/groups/contract.ts";

import { get } from "../client.ts";
import { Dialog } from "../dialog.tsx";
import { Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useMay } from "../me.ts";
import { usePolled } from "../polled.ts";
import { Refusal } from "../refusal.tsx";
import { go, listHref, type ListPlace } from "../route.ts";
import { useSender } from "../sending.ts";
import { GroupPanel } from "./group-panel.tsx";

const everyMs = 10_000;

/** The saved groups with how many are in each, the one that is open, and the way to save another. */
export function Groups({ place }: { place: ListPlace }): ReactNode {
  const { word, number } = useSpeech();
  const may = useMay();
  const [isSaving, setSaving] = useState(false);
  const { value, refresh } = usePolled(() => get<{ items: readonly GroupView[] }>("/v1/groups"), {
    everyMs,
    key: "",
  });
  const groups = value?.items ?? [];
  const open = groups.find(({ name }) => name === place.group);
  const maySave = may("groups:write") && place.filter !== "" && open === undefined;
  if (groups.length === 0 && !maySave) return null;
  return (
    <>
      <nav className="row above small" aria-label={word("groups")}>
        <span className="soft">{word("groups")}</span>
        {groups.map(({ name, filter, count }) => (
          <Link
            key={name}
            className="chip"
            href={listHref({ filter, group: name })}
            current={name === open?.name}
          >
            {name} <b>{number(count)}</b>
          </Link>
        ))}
        {maySave && (
          <button type="button" className="slight" onClick={() => setSaving(true)}>
            {word("saveGroup")}
          </button>
        )}
      </nav>
      {open !== undefined && (
        <GroupPanel key={open.name} group={open} forgotten={() => go(listHref({}))} />
      )}
      {isSaving && (
        <GroupForm
          filter={place.filter}
          close={(name) => {
            setSaving(false);
            refresh();
            if (name !== undefined) go(listHref({ ...place, group: name }));
          }}
        />
      )}
    </>
  );
}

function GroupForm(props: {
  filter: string;
  close: (name: string | undefined) => void;
}): ReactNode {
  const { word } = useSpeech();
  const [name, setName] = useState("");
  const [about, setAbout] = useState("");
  const { busy, problem, submit } = useSender();
  const save = async (): Promise<void> => {
    const path = `/v1/groups/${encodeURIComponent(name)}`;
    const saved = await submit({ method: "PUT", path, body: { filter: props.filter, about } });
    if (saved !== undefined) props.close(name);
  };
  return (
    <Dialog
      title={word("saveGroup")}
      action={word("save")}
      busy={busy}
      close={() => props.close(undefined)}
      submit={() => void save()}
    >
      <p>
        <code>{props.filter}</code>
      </p>
      <Field label={word("groupName")} hint={word("groupNameHint")}>
        {(ties) => (
          <input
            {...ties}
            value={name}
            required
            maxLength={64}
            pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
            autoCapitalize="off"
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label={word("about")} hint={word("groupAboutHint")}>
        {(ties) => (
          <input
            {...ties}
            value={about}
            maxLength={200}
            onChange={(event) => setAbout(event.target.value)}
          />
        )}
      </Field>
      <Refusal problem={problem} />
    </Dialog>
  );
}
