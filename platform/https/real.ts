/** HTTPS by Bun's fetch with a client certificate. */
import { Trouble } from "#platform/trouble.ts";

import type { Https } from "./port.ts";

/** PEM texts: our certificate and key, and the authority that servers must be of. */
export interface HttpsIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The network, as who `tls` says. */
export function openHttps(tls: HttpsIdentity): Https {
  return {
    post: async (url, { headers, body, within }) => {
      try {
        const answer = await fetch(url, {
          method: "POST",
          headers,
          body: Uint8Array.from(body),
          tls: { ...tls, rejectUnauthorized: true },
          signal: AbortSignal.timeout(within),
          redirect: "error",
        });
        return { status: answer.status, body: await answer.text() };
      } catch (error) {
        throw new Trouble("https-unreachable", { retry: "ambiguous", cause: error });
      }
    },
  };
}
