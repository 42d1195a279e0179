/** The AWS face under test: AWS's own client, unmodified, before an API in memory. */
import {
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  IoTDataPlaneClient,
  IoTDataPlaneServiceException,
  ListNamedShadowsForThingCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { nice, openTrial, type Trial } from "#api/trial.ts";
import type { Tenant } from "#wire/identity.ts";

/** A shadow document as clients see it. */
const Shadow = Type.Object({
  state: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  version: Type.Integer(),
  timestamp: Type.Integer(),
  clientToken: Type.Optional(Type.String()),
});
type Shadow = Static<typeof Shadow>;

/** What a client was refused with. */
interface Refused {
  readonly status: number | undefined;
  readonly type: string;
  readonly message: string;
}

/** Someone with an API key. */
export interface AwsUser {
  readonly client: IoTDataPlaneClient;
  readonly get: (thing: string, name?: string) => Promise<Shadow>;
  /** A text is sent as it is, anything else as JSON. */
  readonly update: (thing: string, body: unknown, name?: string) => Promise<Shadow>;
  readonly remove: (thing: string, name?: string) => Promise<Shadow>;
  readonly list: (thing: string) => Promise<string[]>;
}

/** An API and who asks it. */
export interface AwsScene extends Trial {
  /** A user of that role, of tenant `nice` unless told otherwise. */
  readonly user: (role?: Role, tenant?: Tenant) => Promise<AwsUser>;
  /** What a request is refused with; throws when it is not. */
  readonly refusal: (asked: Promise<unknown>) => Promise<Refused>;
}

/** Opens one. `wallClock` is the time by which the client signs, which it is told to correct. */
export async function openAwsScene(wallClock: () => number): Promise<AwsScene> {
  const trial = await openTrial();
  return {
    ...trial,
    user: async (role = "fleet", tenant = nice) => {
      const { id, secret } = await trial.apiKeys.create({ tenant, role, by: "u:42" });
      const fast = (): number => trial.clock.now() - wallClock();
      return userOf(fast, clientFor(trial, { accessKeyId: id, secretAccessKey: secret }));
    },
    refusal: async (asked) => {
      try {
        await asked;
      } catch (error) {
        if (!(error instanceof IoTDataPlaneServiceException)) throw error;
        const { name: type, message, $metadata } = error;
        return { status: $metadata.httpStatusCode, type, message };
      }
      throw new Error("it was not refused");
    },
  };
}

/** AWS's client with its requests handed to the API instead of a socket. */
function clientFor(
  { ask }: Pick<Trial, "ask">,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): IoTDataPlaneClient {
  return new IoTDataPlaneClient({
    region: "eu-west-3",
    endpoint: "http://localhost/compat/aws",
    credentials,
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: {
        readonly method: string;
        readonly path: string;
        readonly query?: Readonly<Record<string, string>>;
        readonly headers: Readonly<Record<string, string>>;
        readonly body?: Uint8Array;
      }) => {
        const { method, path, query = {}, headers, body } = request;
        const search = new URLSearchParams(query).toString();
        const response = await ask(search === "" ? path : `${path}?${search}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body: Buffer.from(body) }),
        });
        return {
          response: {
            statusCode: response.status,
            reason: response.statusText,
            headers: Object.fromEntries(response.headers),
            body: response.body,
          },
        };
      },
    },
  });
}

/** `offset`: how far the virtual clock is ahead of the client's. */
function userOf(offset: () => number, client: IoTDataPlaneClient): AwsUser {
  const timed = (): IoTDataPlaneClient => {
    client.config.systemClockOffset = offset();
    return client;
  };
  return {
    client: timed(),
    get: async (thingName, shadowName) =>
      shadowOf(await timed().send(new GetThingShadowCommand({ thingName, shadowName }))),
    update: async (thingName, body, shadowName) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const payload = new TextEncoder().encode(text);
      const command = new UpdateThingShadowCommand({ thingName, shadowName, payload });
      return shadowOf(await timed().send(command));
    },
    remove: async (thingName, shadowName) =>
      shadowOf(await timed().send(new DeleteThingShadowCommand({ thingName, shadowName }))),
    list: async (thingName) => {
      const command = new ListNamedShadowsForThingCommand({ thingName });
      return (await timed().send(command)).results ?? [];
    },
  };
}

function shadowOf({ payload }: { readonly payload?: Uint8Array | undefined }): Shadow {
  return Value.Parse(Shadow, JSON.parse(new TextDecoder().decode(payload)));
}
