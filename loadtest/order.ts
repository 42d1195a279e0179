/** What a load generator for HTTP is told, and tells. */

/** What is to be asked. */
export interface Order {
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly patches?: {
    readonly type: string;
    /** Sent to a path one after the other, and from the first again; each differs from the one before. */
    readonly bodies: readonly string[];
  };
}

/** What came of it. */
export interface Answers {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** Share of a core that the generator used: near 1 it bounds the figure itself. */
  readonly busy: number;
}
