/** Where in the pages one is; kept in the address, so that it can be shared and gone back to. */
import { useEffect, useState } from "react";

/** A place: a path and a query. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const moved = "place-moved";

/** Goes to a place of these pages without loading them again. */
export function go(href: string): void {
  history.pushState(null, "", href);
  dispatchEvent(new Event(moved));
}

/** The place one is at, followed as it changes. */
export function usePlace(): Place {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const follow = (): void => setHref(location.href);
    addEventListener("popstate", follow);
    addEventListener(moved, follow);
    return () => {
      removeEventListener("popstate", follow);
      removeEventListener(moved, follow);
    };
  }, []);
  const { pathname, searchParams } = new URL(href);
  return { path: pathname, query: searchParams };
}
