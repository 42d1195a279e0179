import type { ReactNode } from "react";

import { useSpeech } from "./language.ts";
import { Link } from "./link.tsx";
import { useOwnName } from "./me.ts";
import { changeHref } from "./route.ts";

/** Who did something: oneself, somebody by pseudonym, or a bulk change, with the way to it. */
export function By({ by }: { by: string }): ReactNode {
  const { word } = useSpeech();
  const own = useOwnName();
  if (by === own) return word("you");
  if (by.startsWith("change:")) {
    const id = by.slice("change:".length);
    return (
      <>
        {word("bulkChange")} <Link href={changeHref(id)}>{id}</Link>
      </>
    );
  }
  return by.startsWith("u:") ? by.slice("u:".length) : by;
}
