/**
 * One WebSocket from its opening to its end: first its reader says who they are and what they want to hear, then they
 * are told as much of it as they ask for.
 */
import { clearanceOf, may } from "#api/access/rights.ts";
import type { Claims, Tokens } from "#api/access/tokens.ts";
import type { GroupWatch } from "#api/groups/watch.ts";
import { problem } from "#api/problem.ts";
import type { Socket, SocketHandlers } from "#api/route.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { GroupStore } from "#twins/groups/store.ts";
import type { Language } from "#twins/phrase.ts";
import { Seconds } from "#wire/units.ts";

import { messages } from "./frames.ts";
import { notYet } from "./index-position.ts";
import { tooManyLines } from "./lines.ts";
import { readFilter } from "./question.ts";
import { fixedScope, type Scope } from "./scope.ts";
import { createSocketOutlet, type SocketOutlet } from "./socket-outlet.ts";
import { type Listen, readListen, readMore } from "./socket-words.ts";
import type { StreamDeps } from "./stream.ts";
import { tellChanges } from "./teller.ts";

/** What sockets need. */
export interface SocketDeps extends StreamDeps {
  readonly tokens: Pick<Tokens, "verify">;
  readonly groups: Pick<GroupStore, "get">;
  readonly watch: Pick<GroupWatch, "scopeOf">;
}

/** Who opened a socket, as far as the opening told. */
export interface Opening {
  readonly request: Request;
  readonly claims: Claims | undefined;
  readonly language: Language;
  /** Called once it has ended. */
  readonly ended: () => void;
}

/** How long a reader may wait before their first message. */
const patience = Seconds(10);

/** What is done with each thing that happens to the socket. */
export function createSession(deps: SocketDeps, opening: Opening): SocketHandlers {
  let session: Session | undefined;
  return {
    open: (socket) => {
      session = new Session(deps, opening, socket);
    },
    message: (_socket, message) => session?.hear(message),
    drain: () => session?.outlet.drained(),
    close: () => {
      session?.outlet.gone();
      opening.ended();
    },
  };
}

class Session {
  readonly outlet: SocketOutlet;
  readonly #deps: SocketDeps;
  readonly #opening: Opening;
  readonly #socket: Socket;
  #hasBegun = false;

  constructor(deps: SocketDeps, opening: Opening, socket: Socket) {
    this.#deps = deps;
    this.#opening = opening;
    this.#socket = socket;
    this.outlet = createSocketOutlet(socket);
    const timer = deps.clock.after(patience, "socket greeting", () => {
      if (!this.#hasBegun) this.outlet.close("deaf");
    });
    void this.outlet.ended.then(() => timer.cancel());
  }

  /** Takes one message. */
  hear(message: unknown): void {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      void this.#begin(message);
      return;
    }
    const wish = readMore(message);
    if (wish instanceof Response) void this.#refuse(wish);
    else this.outlet.grant(wish.more);
  }

  async #begin(message: unknown): Promise<void> {
    const told = await this.#prepare(message);
    if (told instanceof Response) return this.#refuse(told);
    const { claims, wish, scope } = told;
    this.#deps.lines.hold(claims, this.outlet);
    this.outlet.grant(wish.credit);
    const listener = {
      tenant: claims.tenant,
      clearance: clearanceOf(claims.role),
      scope,
      still: wish.group === undefined ? ("change" as const) : ("update" as const),
      format: messages,
      lastId: wish.lastId,
      wantsSnapshot: wish.snapshot ?? false,
      until: claims.expiresAt,
    };
    await tellChanges(this.#deps, listener, this.outlet);
  }

  /** All that must be known to begin, or why there is nothing to tell. */
  async #prepare(
    message: unknown,
  ): Promise<Response | { claims: Claims; wish: Listen; scope: Scope }> {
    const wish = readListen(message);
    if (wish instanceof Response) return wish;
    const claims = await this.#claimsOf(wish);
    if (claims instanceof Response) return claims;
    const late = await notYet(this.#deps.fleet, this.#opening.request);
    if (late !== undefined) return late;
    const scope = await this.#scopeOf(wish, claims);
    if (scope instanceof Response) return scope;
    return this.#deps.lines.isFree(claims) ? { claims, wish, scope } : tooManyLines();
  }

  /** Who listens: whoever the message says, or else the opening. */
  async #claimsOf({ token }: Listen): Promise<Claims | Response> {
    if (token === undefined) return this.#opening.claims ?? problem("unauthenticated");
    const verdict = await this.#deps.tokens.verify(token);
    if (verdict.kind === "invalid") {
      const code = verdict.why === "expired" ? "token_expired" : "unauthenticated";
      return problem(code, { pointer: "/message/token" });
    }
    return may(verdict.claims.role, "twins:read") ? verdict.claims : problem("forbidden");
  }

  async #scopeOf({ filter: text, group: name }: Listen, claims: Claims): Promise<Scope | Response> {
    const clearance = clearanceOf(claims.role);
    if (name === undefined) {
      const { language } = this.#opening;
      const filter = readFilter(text, { clearance, language }, "/message/filter");
      return filter instanceof Response ? filter : fixedScope(filter);
    }
    try {
      const group = await this.#deps.groups.get(claims.tenant, name);
      const scope = group && this.#deps.watch.scopeOf(claims.tenant, group, clearance);
      return scope ?? problem("not_found", { pointer: "/message/group" });
    } catch (error) {
      if (!isTrouble(error)) throw error;
      return problem("unavailable");
    }
  }

  async #refuse(refusal: Response): Promise<void> {
    this.#socket.send(`{"event":"refused","problem":${await refusal.text()}}`);
    this.#socket.close(4000 + refusal.status, "refused");
    this.outlet.gone();
  }
}
