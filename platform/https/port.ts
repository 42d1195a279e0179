/** HTTPS as a device sees it: its own certificate, and servers of one authority only. */
import type { Duration } from "#wire/units.ts";

/** What to post. */
interface HttpsRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How long the whole exchange may take. */
  readonly within: Duration;
}

/** What came back. */
interface HttpsAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts. Throws Trouble `https-unreachable` (ambiguous: the server may have had it). */
export interface Https {
  post(url: string, request: HttpsRequest): Promise<HttpsAnswer>;
}
