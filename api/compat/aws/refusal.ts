/** Refusals as AWS's data plane words them: its clients tell them apart by the type in the header. */
import { json } from "#api/route.ts";
import type { Rejection } from "#twins/shadow/request.ts";

const types: Readonly<Record<Rejection["code"], string>> = {
  400: "InvalidRequestException",
  401: "UnauthorizedException",
  403: "ForbiddenException",
  404: "ResourceNotFoundException",
  409: "ConflictException",
  413: "RequestEntityTooLargeException",
  415: "UnsupportedDocumentEncodingException",
  429: "ThrottlingException",
  500: "InternalFailureException",
};

/** The answer that refuses. */
export function refusalOf({ code, message }: Omit<Rejection, "kind">): Response {
  return json({ message }, { "x-amzn-errortype": types[code] }, code);
}
