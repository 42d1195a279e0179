/** Bulk changes under test: requests of several people to an API in memory. */
import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { nice, openTrial, type Trial } from "#api/trial.ts";
import { assert } from "#platform/assert.ts";
import { device } from "#twins/specimens.ts";
import type { Tenant } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import { BulkResultPage, BulkView } from "./contract.ts";

/** Who asks what; a fleet manager called alice, unless told otherwise. */
export interface Asking {
  readonly body?: unknown;
  readonly subject?: string;
  readonly role?: Role;
  readonly tenant?: Tenant;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A wish that may be granted, for both wristbands of `nice`. */
export const wish = {
  filter: "kind==wristband",
  patch: { parts: { config: { desired: { profile: "dense" } } } },
  reason: "winter",
};

/** An API and those who ask it. */
export interface ChangesScene extends Trial {
  readonly send: (method: string, path: string, asking?: Asking) => Promise<Response>;
  /** A draft of the wish, with more said. */
  readonly make: (more?: object, asking?: Asking) => Promise<BulkView>;
  /** One step of a change. */
  readonly act: (id: string, act: string, asking?: Asking) => Promise<Response>;
  /** A change that was approved and started three seconds ago. */
  readonly started: (more?: object) => Promise<string>;
  readonly results: (id: string, query?: string) => Promise<BulkResultPage>;
  readonly pass: (seconds: number) => Promise<void>;
  /** What a device should live by. */
  readonly profileOf: (id: string) => Promise<unknown>;
}

/** Opens one. */
export async function openChangesScene(): Promise<ChangesScene> {
  const trial = await openTrial();
  const send: ChangesScene["send"] = async (method, path, asking = {}) => {
    const { body, subject = "alice", role = "fleet", tenant = nice, headers } = asking;
    const token = await trial.tokens.issue({ tenant, role, subject });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const type = body === undefined ? {} : { "content-type": "application/json" };
    return trial.ask(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...type, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
  };
  const make: ChangesScene["make"] = async (more, asking) => {
    const response = await send("POST", "/v1/changes", { ...asking, body: { ...wish, ...more } });
    assert(response.status === 201, `a change is made, not answered ${response.status}`);
    const view = await viewOf(response);
    const location = response.headers.get("location");
    assert(location === `/v1/changes/${view.id}`, "a change is told where it is");
    return view;
  };
  const act: ChangesScene["act"] = (id, name, asking) =>
    send("POST", `/v1/changes/${id}/${name}`, asking);
  const pass = (seconds: number): Promise<void> => trial.clock.advance({ by: Seconds(seconds) });
  return {
    ...trial,
    send,
    make,
    act,
    pass,
    started: async (more) => {
      const { id } = await make(more);
      await act(id, "approve");
      await act(id, "start");
      await pass(3);
      return id;
    },
    results: async (id, query = "") => {
      const response = await send("GET", `/v1/changes/${id}/results${query}`);
      return Value.Decode(BulkResultPage, await response.json());
    },
    profileOf: async (id) => {
      const twin = await trial.twins.read(device(id).serial);
      return twin?.parts.config?.desired["profile"] ?? null;
    },
  };
}

/** The change that an answer shows. */
export async function viewOf(response: Response): Promise<BulkView> {
  return Value.Decode(BulkView, await response.json());
}
