import type { MouseEvent, ReactNode } from "react";

import { go } from "./route.ts";

/** A link within the pages; with a modifier key it opens as any link does. */
export function Link(props: {
  href: string;
  current?: boolean;
  className?: string;
  children: ReactNode;
}): ReactNode {
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(props.href);
  };
  return (
    <a
      href={props.href}
      className={props.className}
      onClick={follow}
      aria-current={props.current === true ? "page" : undefined}
    >
      {props.children}
    </a>
  );
}
