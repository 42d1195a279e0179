/** The live stream of changes: one per page, told apart by event, resumed by the browser with the last id it has seen. */
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";

/** Wait before a stream that was refused is asked for again. */
const retryMs = 5000;

/** The frames of the streams; comments that keep a line awake are none. */
const events = [
  "ready",
  "enter",
  "change",
  "update",
  "leave",
  "gap",
  "snapshot",
  "result",
] as const;

/**
 * Follows the changes of the twins that a filter names (empty: all; undefined: none yet); `seen` is called when something
 * changed, or may have while nobody listened.
 *
 * @returns whether changes arrive
 */
export function useLive(filter: string | undefined, seen: () => void): boolean {
  const query = filter === "" ? "" : `?filter=${encodeURIComponent(filter ?? "")}`;
  return useStream(filter === undefined ? undefined : `/v1/twins/stream${query}`, seen);
}

/**
 * Follows a stream of the API; `seen` is called with the name of each frame.
 *
 * @returns whether frames arrive
 */
export function useStream(path: string | undefined, seen: (event: string) => void): boolean {
  const [isOpen, setOpen] = useState(false);
  const isVisible = useVisible();
  const tell = useEffectEvent(seen);
  useEffect(() => {
    // A page that nobody sees gives its connection to those that are seen: browsers have few for one server.
    if (!isVisible || path === undefined) return undefined;
    return follow(path, (event) => {
      setOpen(event !== undefined);
      if (event !== undefined) tell(event);
    });
  }, [path, isVisible]);
  return isOpen;
}

/** Opens the stream, again and again, and tells each frame, or that there is none; answers how to end it. */
function follow(path: string, hear: (event: string | undefined) => void): () => void {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(path);
    for (const name of events) source.addEventListener(name, () => hear(name));
    source.addEventListener("error", () => {
      hear(undefined);
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
