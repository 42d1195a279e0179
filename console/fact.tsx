import type { ReactNode } from "react";

/** One thing with its name, in a list `dl.facts`. */
export function Fact(props: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt className="soft small">{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
