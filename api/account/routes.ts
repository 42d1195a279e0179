/**
 * `/v1/session`: a token is put into a cookie that no script can read, or taken away. `/v1/me`: who asks.
 */

import { rightsOf } from "#api/access/rights.ts";
import { cookieFor, isSameOrigin, noCookie } from "#api/access/session.ts";
import type { Tokens } from "#api/access/tokens.ts";
import { readShape } from "#api/body.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json, type Route } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";

import { Me, SessionRequest } from "./contract.ts";

/** What the routes need. */
export interface AccountDeps {
  readonly tokens: Tokens;
  readonly clock: Pick<Clock, "now">;
}

/** Sign in, sign out, who am I. */
export function accountRoutes(deps: AccountDeps): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/v1/session",
      about: {
        summary: "Keep a token in a cookie",
        description: "HttpOnly, SameSite=Strict, for as long as the token holds.",
        tag: "Account",
        body: SessionRequest,
        success: { status: 204, about: "Signed in" },
        problems: [
          ...(["bad_json", "unauthenticated", "token_expired", "cross_origin"] as const),
          ...(["too_large", "unsupported_media_type", "invalid"] as const),
        ],
      },
      answer: (asked) => signIn(deps, asked),
    },
    {
      method: "DELETE",
      path: "/v1/session",
      about: {
        summary: "Take the cookie away",
        tag: "Account",
        success: { status: 204, about: "Signed out" },
      },
      answer: () => new Response(null, { status: 204, headers: { "set-cookie": noCookie } }),
    },
    {
      method: "GET",
      path: "/v1/me",
      answers: ["application/json"],
      about: {
        summary: "Who asks, and what they may ask",
        tag: "Account",
        success: { status: 200, about: "You", schema: Me },
      },
      answer: (asked) => {
        const { role, ...claims } = askerOf(asked);
        return json({ ...claims, role, rights: rightsOf(role) });
      },
    },
  ];
}

async function signIn({ tokens, clock }: AccountDeps, { request, url }: Asked): Promise<Response> {
  // A page elsewhere could otherwise sign somebody in under a name that is not theirs.
  if (request.headers.has("origin") && !isSameOrigin(request, url)) return problem("cross_origin");
  const wish = await readShape(request, SessionRequest);
  if (wish instanceof Response) return wish;
  const verdict = await tokens.verify(wish.token);
  if (verdict.kind === "invalid") {
    const code = verdict.why === "expired" ? "token_expired" : "unauthenticated";
    return problem(code, { pointer: "/body/token" });
  }
  const isSecure = url.protocol === "https:";
  const life = { now: clock.now(), until: verdict.claims.expiresAt, isSecure };
  const headers = { "set-cookie": cookieFor(wish.token, life) };
  return new Response(null, { status: 204, headers });
}
