/** The Ditto face under test: requests to an API in memory. */
import type { Role } from "#api/access/roles.ts";
import { nice, openTrial, type Trial } from "#api/trial.ts";
import type { Tenant } from "#wire/identity.ts";

/** What a request may carry; a fleet manager's, unless told otherwise. */
export interface Sending {
  readonly role?: Role;
  readonly tenant?: Tenant;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An API and who asks it. */
export interface DittoScene extends Trial {
  /** `path` below `/api/2`. */
  readonly send: (method: string, path: string, sending?: Sending) => Promise<Response>;
  /** The body of a GET that is answered. */
  readonly read: (path: string, role?: Role) => Promise<unknown>;
  /** A merge patch, of the thing unless told otherwise. */
  readonly patch: (
    body: unknown,
    headers?: Readonly<Record<string, string>>,
    path?: string,
  ) => Promise<Response>;
  /** Status and code of an answer. */
  readonly refusal: (asked: Promise<Response>) => Promise<string>;
}

/** The wristband of the first home as a thing. */
export const band = "/things/nice:B-1";

/** Opens one. */
export async function openDittoScene(): Promise<DittoScene> {
  const trial = await openTrial();
  const send: DittoScene["send"] = async (method, path, sending = {}) => {
    const { role = "fleet", tenant = nice, body, headers } = sending;
    const token = await trial.tokens.issue({ tenant, role });
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return trial.ask(`/compat/ditto/api/2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": type, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
  };
  return {
    ...trial,
    send,
    read: async (path, role = "fleet") => {
      const response = await send("GET", path, { role });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      return response.json();
    },
    patch: (body, headers = {}, path = band) => send("PATCH", path, { body, headers }),
    refusal: async (asked) => {
      const response = await asked;
      const said: unknown = await response.json();
      const isNamed = typeof said === "object" && said !== null && "error" in said;
      return `${response.status} ${isNamed ? String(said.error) : ""}`.trim();
    },
  };
}
