/** Refusals as Ditto words them. */

const table = {
  "gateway:authentication.failed": [401, "Authentication failed."],
  "gateway:missingoptionalheader": [400, "A header is missing."],
  "gateway:query.invalid": [400, "A query parameter or header has no such value."],
  "gateway:resource.notfound": [404, "There is no such resource."],
  "gateway:mediatype.unsupported": [415, "The media type is not supported."],
  "gateway:timeout.invalid": [400, "The timeout is not supported."],
  "acknowledgement:label.invalid": [400, "An acknowledgement has no such label."],
  "json.invalid": [400, "The body is no JSON."],
  "json.field.invalid": [400, "A field has no such value."],
  "rql.expression.invalid": [400, "The RQL expression is invalid."],
  "things:id.invalid": [400, "The thing id is invalid."],
  "things:id.notsettable": [400, "The thing id in the body is another one than in the address."],
  "things:policy.notmodifiable": [403, "A thing's policy cannot be changed here."],
  "wot:payload.validation.error": [400, "The model of the device has no such value."],
  "things:thing.notmodifiable": [403, "You may not change the thing."],
  "things:attribute.notmodifiable": [403, "This attribute cannot be changed."],
  "things:feature.notmodifiable": [403, "This is the device's own to say."],
  "things:thing.notcreatable": [403, "The thing cannot be made."],
  "things:thing.notfound": [404, "The thing does not exist, or you may not read it."],
  "things:attributes.notfound": [404, "The thing has no attributes."],
  "things:attribute.notfound": [404, "The thing has no such attribute."],
  "things:features.notfound": [404, "The thing has no features."],
  "things:feature.notfound": [404, "The thing has no such feature."],
  "things:feature.properties.notfound": [404, "The feature has no properties."],
  "things:feature.property.notfound": [404, "The feature has no such property."],
  "things:feature.desiredProperties.notfound": [404, "The feature has no desired properties."],
  "things:feature.desiredProperty.notfound": [404, "The feature has no such desired property."],
  "things:feature.definition.notfound": [404, "The feature has no definition."],
  "things:definition.notfound": [404, "The thing has no definition."],
  "things:thing.history.notfound": [404, "Nothing is known of that past."],
  "messages:timeout": [408, "Nobody answered in time."],
  "things:thing.conflict": [409, "The thing cannot be made: it exists."],
  "things:precondition.failed": [412, "The value of a conditional header does not match."],
  "things:condition.failed": [412, "The condition does not hold."],
  "things:precondition.notmodified": [412, "Nothing would change."],
  "things:thing.toolarge": [413, "The thing would be too large."],
  "thing.toomanymodifyingrequests": [429, "Too many requests change the thing."],
  "gateway:toomanyrequests": [429, "Too many at once."],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>;

/** The name of a kind of refusal. */
export type DittoError = keyof typeof table;

/** A refusal, before it is an answer. */
export interface Refusal {
  readonly kind: "refused";
  readonly error: DittoError;
  readonly description?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A refusal. */
export function refused(
  error: DittoError,
  description?: string,
  headers?: Readonly<Record<string, string>>,
): Refusal {
  return { kind: "refused", error, description, headers };
}

/** What it says of itself. */
export function bodyOf({ error, description }: Refusal): Readonly<Record<string, unknown>> {
  const [status, message] = table[error];
  return { status, error, message, ...(description === undefined ? {} : { description }) };
}

/** It as an answer. */
export function answerTo(refusal: Refusal): Response {
  const [status] = table[refusal.error];
  const headers = { "content-type": "application/json", ...refusal.headers };
  return new Response(JSON.stringify(bodyOf(refusal)), { status, headers });
}
