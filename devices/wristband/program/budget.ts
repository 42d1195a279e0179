/**
 * The memory that the program may take for what it holds; whoever wants more is refused at the start.
 * @source catalogue WB-03
 */

/** Memory that is given out once. */
export interface Budget {
  /** Gives `bytes` to `name`; a RangeError when there are not so many left. */
  take(name: string, bytes: number): void;
  /** What was given to whom, in order. */
  shares(): readonly Share[];
  left(): number;
}

/** What one part of the program holds at most. */
export interface Share {
  readonly name: string;
  readonly bytes: number;
}

/** A budget of so many bytes. */
export function createBudget(bytes: number): Budget {
  const shares: Share[] = [];
  let left = bytes;
  return {
    take: (name, wanted) => {
      if (!(wanted <= left)) throw new RangeError(`${name} wants ${wanted} bytes of ${left} left`);
      left -= wanted;
      shares.push({ name, bytes: wanted });
    },
    shares: () => shares,
    left: () => left,
  };
}
