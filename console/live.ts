/** The live stream of changes: one per page, told apart by event, resumed by the browser with the last id it has seen. */
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";

/** Wait before a stream that was refused is asked for again. */
const retryMs = 5000;

/**
 * Follows the changes of the twins that a filter names (empty: all; undefined: none yet); `seen` is called when something
 * changed, or may have while nobody listened.
 *
 * @returns whether changes arrive
 */
export function useLive(filter: string | undefined, seen: () => void): boolean {
  const [isOpen, setOpen] = useState(false);
  const isVisible = useVisible();
  const tell = useEffectEvent(seen);
  useEffect(() => {
    // A page that nobody sees gives its connection to those that are seen: browsers have few for one server.
    if (!isVisible || filter === undefined) return undefined;
    return follow(filter, (open) => {
      setOpen(open);
      if (open) tell();
    });
  }, [filter, isVisible]);
  return isOpen;
}

/** Opens the stream, again and again; answers how to end it. */
function follow(filter: string, hear: (open: boolean) => void): () => void {
  const query = filter === "" ? "" : `?filter=${encodeURIComponent(filter)}`;
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(`/v1/twins/stream${query}`);
    for (const name of ["ready", "enter", "change", "leave", "gap", "snapshot"]) {
      source.addEventListener(name, () => hear(true));
    }
    source.addEventListener("error", () => {
      hear(false);
      // A browser comes back by itself when it was cut off, but not when it was refused.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, retryMs);
    });
  };
  open();
  return () => {
    source.close();
    clearTimeout(retry);
  };
}

/** Whether the page can be seen. */
export function useVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener("visibilitychange", changed);
      return () => document.removeEventListener("visibilitychange", changed);
    },
    () => !document.hidden,
  );
}
