import type { ReactNode } from "react";

import { Figure } from "../figure.tsx";
import { type Speech, useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { deviceHref } from "../route.ts";
import { typedText } from "../units.ts";

/** A leaf that changed, as the API tells it. */
interface Changed {
  readonly path: string;
  readonly value: unknown;
}

/** Times that follow from the others. */
const untold = new Set([
  ...["createdAt", "modifiedAt", "presence/since", "presence/heardAt", "retiredAt"],
]);

/** The leaves that changed, in words. */
export function WhatChanged({ changed }: { changed: readonly Changed[] }): ReactNode {
  const told = changed.filter(({ path }) => !untold.has(path));
  return (
    <ul className="changes small">
      {told.map(({ path, value }) => (
        <li key={path}>
          <One path={path} value={value} />
        </li>
      ))}
    </ul>
  );
}

function One({ path, value }: Changed): ReactNode {
  const speech = useSpeech();
  const { word, name } = speech;
  const [section = "", ...names] = path.split("/");
  const below = names.join("/");
  if (section === "desired") {
    return (
      <>
        {word("wishFor", name("leaf", below))}{" "}
        {value === null ? word("withdrawn") : <Figure path={below} value={value} />}
      </>
    );
  }
  if (section === "sync" || section === "escalation") {
    const state = value === null ? word("withdrawn") : name("sync", typedText(value));
    return `${word("wishFor", name("leaf", below))} ${state}`;
  }
  if (path === "links/box" && typeof value === "string") {
    return (
      <>
        {word("home")}
        {word("colon")} <Link href={deviceHref(value)}>{value}</Link>
      </>
    );
  }
  return (
    <>
      {nameOf(path, speech)}
      {word("colon")} {value === null ? word("nothing") : readValue(path, value, speech)}
    </>
  );
}

function nameOf(path: string, { word, name }: Speech): string {
  if (path.startsWith("tags/")) return word("tagNamed", path.slice("tags/".length));
  if (path === "presence/state") return word("presence");
  return name("leaf", path);
}

function readValue(path: string, value: unknown, { name, span }: Speech): ReactNode {
  if (path === "presence/expectEvery" && typeof value === "number") return span(value);
  for (const naming of ["state", "cause", "concern"] as const) {
    if (path === `presence/${naming}`) return <b>{name(naming, typedText(value))}</b>;
  }
  return <Figure path={path} value={value} />;
}
