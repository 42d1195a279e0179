/**
 * The live stream of changes: one per page, told apart by event, reopened by the browser with its last id.
 */
import { useEffect, useRef, useState } from "react";

/** Whether changes arrive, and when the last thing was heard of the server. */
export interface Live {
  readonly open: boolean;
  readonly changes: number;
}

/** One changed leaf in a frame. */
export interface LiveLeaf {
  readonly path: string;
}

/** A frame of the stream as far as the pages use it. */
export interface LiveChange {
  readonly id: string;
  readonly changed?: readonly LiveLeaf[];
}

/** Follows the changes of the twins that a filter names; `seen` is called for each, and for a gap with undefined. */
export function useLive(
  filter: string | undefined,
  seen: (change: LiveChange | undefined) => void,
): Live {
  const [live, setLive] = useState<Live>({ open: false, changes: 0 });
  const listener = useRef(seen);
  listener.current = seen;
  useEffect(() => {
    const query = filter === undefined ? "" : `?filter=${encodeURIComponent(filter)}`;
    const source = new EventSource(`/v1/twins/stream${query}`);
    const count = (change: LiveChange | undefined): void => {
      setLive((before) => ({ open: true, changes: before.changes + 1 }));
      listener.current(change);
    };
    source.addEventListener("open", () => setLive((before) => ({ ...before, open: true })));
    source.addEventListener("error", () => setLive((before) => ({ ...before, open: false })));
    source.addEventListener("change", (event) => count(JSON.parse(event.data)));
    for (const name of ["gap", "snapshot"]) source.addEventListener(name, () => count(undefined));
    return () => source.close();
  }, [filter]);
  return live;
}

/** Now, renewed every second, so that every age on the page moves. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/**
 * A value from the API that is asked for again when `refresh` is called, at most once a second, and every `everyMs`.
 */
export function usePolled<T>(
  load: () => Promise<T>,
  options: { everyMs: number; key: string },
): { value: T | undefined; at: number; refresh: () => void } {
  const [state, setState] = useState<{ value: T | undefined; at: number }>({
    value: undefined,
    at: 0,
  });
  const wanted = useRef(false);
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    let alive = true;
    const run = (): void => {
      wanted.current = false;
      void loader.current().then((value) => {
        if (alive) setState({ value, at: Date.now() });
      });
    };
    run();
    const slow = setInterval(run, options.everyMs);
    const quick = setInterval(() => wanted.current && run(), 1000);
    return () => {
      alive = false;
      clearInterval(slow);
      clearInterval(quick);
    };
  }, [options.everyMs, options.key]);
  const refresh = (): void => {
    wanted.current = true;
  };
  return { ...state, refresh };
}
