/**
 * `GET /v1/twins/socket`: the frames of the streams over a WebSocket, as fast as its reader asks for them.
 */
import { credentialOf, isSameOrigin } from "#api/access/session.ts";
import { languageOf } from "#api/language.ts";
import { problem } from "#api/problem.ts";
import type { Asked, Route } from "#api/route.ts";

import { tooManyLines } from "./lines.ts";
import { createSession, type SocketDeps } from "./socket-session.ts";

/** Sockets of readers who have not said yet what they want to hear, or are being told; beyond, the next is refused. */
const openMost = 6000;

/** The route over the fleet's index. */
export function socketRoute(deps: SocketDeps): Route {
  let open = 0;
  return {
    method: "GET",
    path: "/v1/twins/socket",
    about: {
      summary: "Changes of twins as they come (WebSocket)",
      description:
        'First message: `{"op":"listen","credit":100,"token"?,"filter"?|"group"?,"snapshot"?,"lastId"?}` within 10 s; ' +
        "the token where neither a header nor a cookie holds one. Each message to you costs one credit; " +
        '`{"op":"credit","more":100}` gives more, up to 10,000 at once. Frames are `{"event","id","data"}`, as in ' +
        '`/v1/twins/stream`, and heartbeats without data. A refusal is `{"event":"refused","problem"}` and a ' +
        "close with 4000 and its status; 4401 is an expired token, 4408 a reader who gives no credit for two minutes.",
      tag: "Twins",
      success: { status: 101, about: "A WebSocket" },
      problems: ["cross_origin", "upgrade_required", "too_many"],
    },
    answer: (asked) => {
      const { request, claims } = asked;
      if (!isFromHere(asked)) return problem("cross_origin");
      if (open >= openMost) return tooManyLines();
      const ended = (): void => {
        open--;
      };
      const session = createSession(deps, {
        request,
        claims,
        language: languageOf(request),
        ended,
      });
      if (!asked.upgrade(session)) {
        return problem("upgrade_required", { headers: { upgrade: "websocket" } });
      }
      open++;
      return new Response(null, { status: 200 }); // nobody reads it: the socket is open already
    },
  };
}

/** No page of another site may open a socket, whatever it knows; and a cookie alone never proves whose page asks. */
function isFromHere({ request, url }: Asked): boolean {
  const isByCookie = credentialOf(request.headers)?.by === "cookie";
  const mustProve = request.headers.has("origin") || isByCookie;
  return !mustProve || isSameOrigin(request, url);
}
