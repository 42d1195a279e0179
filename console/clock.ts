/** The server's time, as far as the pages know it: ages must not depend on a clock that is wrong where one reads. */
import { useEffect, useState } from "react";

/** Headers give whole seconds, so less than this may be no difference at all. */
const tolerance = 2000;

let skew = 0;

/** How far the server's clock is ahead, given the `Date` of its answer and the time here, ms. */
export function skewOf(date: string | null, here: number): number {
  const ahead = date === null ? Number.NaN : Date.parse(date) - here;
  return Math.abs(ahead) < tolerance || Number.isNaN(ahead) ? 0 : ahead;
}

/** Takes the time of an answer. */
export function hearTime({ headers }: Response): void {
  skew = skewOf(headers.get("date"), Date.now());
}

/** Now, by the server's clock. */
export function serverNow(): number {
  return Date.now() + skew;
}

/** Now, renewed every second, so that every age on the page moves. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
