/**
 * The HTTPS door: `POST /v1/emergencies`, the leg of an emergency that does not wait for MQTT.
 *
 * The same certificates as over MQTT; `Idempotency-Key` is the event's id. 201 stored, 200 stored before, 409 another
 * event under this key; every refusal is a problem document (RFC 9457).
 *
 * The handshake is `node:tls`'s and HTTP is spoken inside it: under Bun only a TLS socket tells its peer's certificate.
 * @source DESIGN §4, §5; catalogue BK-17
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

import { assert } from "#platform/assert.ts";
import type { Registry } from "#twins/registry-port.ts";
import { cadence } from "#wire/cadence.ts";

import { type Identified, identify, type ServerTls } from "./certificate.ts";
import type { Door } from "./door.ts";
import type { EmergencyAnswer } from "./emergency.ts";
import type { Peer } from "./link.ts";
import { Listener } from "./listener.ts";

/** How to open an HTTPS door. */
export interface HttpsDoorOptions {
  readonly door: Door;
  readonly registry: Registry;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls: ServerTls;
  readonly connectionsMost?: number;
}

/** A listening door. */
export interface HttpsDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** A connection that says nothing for so long is closed, ms. */
const idleMost = 30_000;
/** When to come back if the store is away, s. */
const retryAfter = 2;

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  422: "Unprocessable Content",
  503: "Service Unavailable",
};

/** What is answered: a body for 2xx, else a problem. */
interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Listens. Throws what the socket throws when the address is taken. */
export async function openHttpsDoor(options: HttpsDoorOptions): Promise<HttpsDoor> {
  const peers = new WeakMap<Socket, Identified>();
  const http = createServer((request, response) => {
    const identified = peers.get(request.socket);
    void answerTo(options, identified, request).then((answer) => send(response, answer));
  });
  const listener = new Listener({
    ...options,
    accept: (socket) => {
      assert(socket instanceof TLSSocket, "this listener speaks TLS only");
      const identified = identify(socket, options.registry);
      peers.set(socket, identified);
      if (identified.kind === "refused") {
        const { code, box } = identified;
        options.door.turnedAway({ what: code, ...(box === undefined ? {} : { box }) });
      }
      socket.setTimeout(idleMost, () => socket.destroy());
      http.emit("connection", socket);
    },
  });
  await listener.open();
  return { port: listener.port, close: () => listener.close() };
}

async function answerTo(
  { door, registry }: HttpsDoorOptions,
  identified: Identified | undefined,
  request: IncomingMessage,
): Promise<Answer> {
  if (identified === undefined || identified.kind === "refused") {
    const code = identified?.code ?? "certificate_missing";
    return problem(403, code, "this certificate does not open this door");
  }
  const { peer } = identified;
  // A connection may outlive its certificate.
  if (registry.device(peer.box)?.revokedAt !== null) {
    return problem(403, "certificate_revoked", "this box is revoked");
  }
  const path = request.url?.split("?")[0];
  if (path !== "/v1/emergencies") return problem(404, "not_found", "there is nothing here");
  if (request.method !== "POST") {
    const refused = problem(405, "method_not_allowed", "emergencies are posted");
    return { ...refused, headers: { allow: "POST" } };
  }
  return post(door, peer, request);
}

async function post(door: Door, peer: Peer, request: IncomingMessage): Promise<Answer> {
  const body = await bodyOf(request);
  if (body === "oversize") return oversize;
  if (body === "cut") return problem(400, "invalid_message", "the request ended too early");
  const key = request.headers["idempotency-key"];
  return toHttp(await door.emergency(peer, body, typeof key === "string" ? key : undefined));
}

const oversize = problem(413, "oversize", "an event has at most 64 KiB");

/** One answer of the door as HTTP says it. */
function toHttp(answer: EmergencyAnswer): Answer {
  switch (answer.kind) {
    case "stored":
      return { status: 201, body: { id: answer.id } };
    case "same":
      return { status: 200, body: { id: answer.id } };
    case "conflict":
      return problem(409, "conflict", "another event was posted under this key");
    case "oversize":
      return oversize;
    case "keyless":
      return problem(400, "idempotency_key_missing", "Idempotency-Key must be the event's id");
    case "mismatch":
      return problem(422, "idempotency_key_mismatch", "Idempotency-Key is not the event's id");
    case "refused":
      return problem(answer.code === "invalid_json" ? 400 : 422, answer.code, answer.why);
    case "away": {
      const away = problem(503, "store_away", "the event cannot be kept now; send it again");
      return { ...away, headers: { "retry-after": String(retryAfter) } };
    }
    default:
      return answer satisfies never;
  }
}

/** The whole body, unless it is announced or turns out to be too long. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | "oversize" | "cut"> {
  const most = cadence.limits.payloadBytes;
  if (Number(request.headers["content-length"] ?? 0) > most) return "oversize";
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Uint8Array)) continue;
      length += chunk.length;
      if (length > most) return "oversize";
      chunks.push(chunk);
    }
  } catch {
    return "cut";
  }
  return Buffer.concat(chunks);
}

function problem(status: number, code: string, detail: string): Answer {
  return {
    status,
    body: { type: `urn:vigie:problem:${code}`, title: titles[status], status, code, detail },
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": status < 300 ? "application/json" : "application/problem+json",
    "content-length": String(Buffer.byteLength(text)),
    // What was not read of a refused body is not waited for.
    ...(status === 413 || status === 403 ? { connection: "close" } : {}),
    ...headers,
  });
  response.end(text);
}
