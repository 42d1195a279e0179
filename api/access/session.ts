/**
 * How a request says who it comes from: a bearer token, or the cookie that the pages hold it in.
 *
 * The cookie is out of reach of scripts and is not sent from other sites. A request that changes something and is known
 * by its cookie only must also prove that it comes from our own pages.
 */
import type { Instant } from "#wire/units.ts";

const cookieName = "vigie_session";

/** A token as it came, and by which way. */
export interface Credential {
  readonly token: string;
  readonly by: "bearer" | "cookie";
}

/** The token of a request; a bearer token counts before a cookie. */
export function credentialOf(headers: Headers): Credential | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const [, token = ""] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return { token, by: "bearer" };
  }
  for (const pair of headers.get("cookie")?.split(";") ?? []) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === cookieName && value !== undefined) return { token: value, by: "cookie" };
  }
  return undefined;
}

/** The header that gives the pages a token until it expires. */
export function cookieFor(
  token: string,
  life: { readonly now: Instant; readonly until: Instant; readonly isSecure: boolean },
): string {
  const seconds = Math.max(0, Math.floor((life.until - life.now) / 1000));
  return `${cookieName}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${life.isSecure ? "; Secure" : ""}`;
}

/** The header that takes it away. */
export const noCookie = `${cookieName}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`;

/** Whether a request was made by a page of the very origin it goes to. Browsers send at least one of the two headers. */
export function isSameOrigin(request: Request, url: URL): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  const origin = request.headers.get("origin");
  if (origin === null) return site === "same-origin";
  return URL.canParse(origin) && new URL(origin).host === (request.headers.get("host") ?? url.host);
}
