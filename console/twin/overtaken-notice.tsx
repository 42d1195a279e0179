import type { ReactNode } from "react";

import { Age } from "../badges.tsx";
import { By } from "../by.tsx";
import { useNow } from "../clock.ts";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import type { Difference } from "./overtaken.ts";

/** What others changed since the form was opened, and who. */
export function Overtaken({ by }: { by: readonly Difference[] | undefined }): ReactNode {
  const { word, name } = useSpeech();
  const now = useNow();
  if (by === undefined) return null;
  return (
    <div role="alert" className="notice">
      {word("overtaken")}
      <ul>
        {by.map(({ path, before, after, wish }) => (
          <li key={path}>
            {name("leaf", path)}
            {word("colon")} <Value path={path} value={before} />
            {" → "}
            <Value path={path} value={after} />
            {wish !== undefined && (
              <>
                {", "}
                <By by={wish.by} />, <Age at={wish.setAt} now={now} />
              </>
            )}
          </li>
        ))}
      </ul>
      {word("overtakenAdvice")}
    </div>
  );
}

function Value({ path, value }: { path: string; value: unknown }): ReactNode {
  const { word } = useSpeech();
  return value === undefined ? word("nothing") : <Figure path={path} value={value} />;
}
