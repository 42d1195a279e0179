/** Parameters that several routes of one twin share, as the OpenAPI document explains them. */
import { Type } from "@sinclair/typebox";

import type { Parameter } from "#api/route.ts";

/** Which twin. */
export const idParameter: Parameter = {
  name: "id",
  in: "path",
  about: "The device's serial",
  schema: Type.String(),
};

/** Which part of it. */
export const partParameter: Parameter = {
  name: "part",
  in: "path",
  about: "A part of the twin, such as config",
  schema: Type.String(),
};

/** What every write takes. */
export const writeParameters: readonly Parameter[] = [
  {
    name: "idempotency-key",
    in: "header",
    about:
      "The same request under the same key, within 24 h, gets the same answer and does nothing more",
    schema: Type.String({ maxLength: 255 }),
  },
  {
    name: "prefer",
    in: "header",
    about: "`return=minimal`: 204 without a body",
    schema: Type.String(),
  },
];
