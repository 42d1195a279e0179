import type { ReactNode } from "react";

import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { plainPath } from "./patch-leaves.ts";

/** Leaves before and after, one a line. */
export function LeafChanges(props: {
  leaves: readonly { readonly path: string; readonly from: unknown; readonly to: unknown }[];
}): ReactNode {
  const { word, name } = useSpeech();
  const show = (path: string, value: unknown): ReactNode =>
    value === null || value === undefined ? word("nothing") : <Figure path={path} value={value} />;
  return props.leaves.map(({ path: full, from, to }) => {
    const path = plainPath(full);
    return (
      <div key={full}>
        <span className="soft">{name("leaf", path)}</span> {show(path, from)} → {show(path, to)}
      </div>
    );
  });
}
