/** Where in the pages one is; kept in the address, so that it can be shared and gone back to. */
import { useEffect, useState } from "react";

/** A place: a path and a query. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a list shows, in which order. */
export interface ListPlace {
  readonly filter: string;
  readonly sort: string;
  /** The saved group that the filter is of. */
  readonly group?: string | undefined;
  /** As it was then, ms since 1970; as it is unless given. */
  readonly at?: number | undefined;
  /** A list unless given. */
  readonly view?: ListView | undefined;
}

/** How devices are shown: one by one, or counted in bars. */
export type ListView = "list" | "chart";

const moved = "place-moved";
/** The order of a list that asks for none. */
export const usualSort = "id";

/** The address of a list. */
export function listHref({
  filter,
  sort = usualSort,
  group,
  at,
  view,
}: Partial<ListPlace>): string {
  const query = new URLSearchParams();
  if (filter !== undefined && filter !== "") query.set("filter", filter);
  if (sort !== usualSort) query.set("sort", sort);
  if (group !== undefined) query.set("group", group);
  if (at !== undefined) query.set("at", String(at));
  if (view === "chart") query.set("view", view);
  return query.size === 0 ? "/devices" : `/devices?${query}`;
}

/** A text as a filter compares with it, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/[\\'*]/g, "\\$&")}'`;
}

/** The address of a device. */
export function deviceHref(serial: string): string {
  return `/devices/${encodeURIComponent(serial)}`;
}

/** The address of a device as it was at a moment, ms since 1970, or at a revision; as it is unless given. */
export function pastHref(serial: string, at: number | undefined): string {
  return at === undefined ? deviceHref(serial) : `${deviceHref(serial)}?at=${at}`;
}

/** The address of a bulk change. */
export function changeHref(id: string): string {
  return `/changes/${encodeURIComponent(id)}`;
}

/** Where a bulk change for the devices that a filter names is made. */
export function newChangeHref(filter: string): string {
  return filter === "" ? "/changes/new" : `/changes/new?${new URLSearchParams({ filter })}`;
}

/** What a path below `root` is the address of: the serial of a device, the id of a change. */
export function nameIn(path: string, root: "devices" | "changes"): string | undefined {
  const [, first, name, ...rest] = path.split("/");
  if (first !== root || name === undefined || name === "" || rest.length > 0) return undefined;
  return decodeURIComponent(name);
}

/** Goes to a place of these pages without loading them again; another page is read from its top. */
export function go(href: string): void {
  if (new URL(href, location.href).pathname !== location.pathname) scrollTo(0, 0);
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

/** Names the page in the browser's list of pages. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Vigie`;
  }, [title]);
}
