/**
 * Who a TLS peer is: its certificate against the authority, the registry, and its own name.
 *
 * Each way to be refused has its own audit code. The handshake asks for a certificate and accepts any, so that the
 * refusal can be told apart here and answered in the peer's own protocol.
 *
 * @source DESIGN §5, §10; spec/clinical.md §4.6 F25; catalogue BK-09
 */
import type { PeerCertificate, TLSSocket } from "node:tls";

import type { RegisteredDevice, Registry } from "#twins/registry-port.ts";
import { parseBox } from "#wire/identity.ts";

import type { AuditCode } from "./audit.ts";
import type { Peer } from "./link.ts";

/** A known peer, or why it is refused; `box` is whose certificate it is, when that is known. */
export type Identified =
  | { readonly kind: "known"; readonly peer: Peer }
  | { readonly kind: "refused"; readonly code: AuditCode; readonly box?: string };

/** Settings of a TLS listener that identifies boxes. */
export interface ServerTls {
  readonly key: string;
  readonly cert: string;
  /** The authority that boxes' certificates come from, PEM. */
  readonly ca: string;
}

/** What OpenSSL calls the faults that have a code of their own here. */
const faults: Readonly<Record<string, AuditCode>> = {
  CERT_HAS_EXPIRED: "certificate_expired",
  CERT_NOT_YET_VALID: "certificate_expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate_self_signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate_self_signed",
};

/** Options for `node:tls` and `node:https` servers: TLS 1.3, a certificate asked for and judged afterwards. */
export function tlsOptions({ key, cert, ca }: ServerTls): object {
  return {
    key,
    cert,
    ca: [ca],
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    handshakeTimeout: 10_000,
  };
}

/** Identifies the peer of an established TLS connection. */
export function identify(socket: TLSSocket, registry: Registry): Identified {
  // A peer without certificate has an empty one, or none, whatever the type says.
  const certificate: Partial<PeerCertificate> | undefined = socket.getPeerCertificate();
  const fingerprint256 = certificate?.fingerprint256;
  if (fingerprint256 === undefined) return { kind: "refused", code: "certificate_missing" };
  const names = { CN: undefined, O: undefined, ...certificate?.subject };
  const found = registry.byFingerprint(fingerprint256.replaceAll(":", "").toLowerCase());
  const box = { box: found?.serial ?? "" };
  if (!socket.authorized) {
    const fault = faultOf(socket.authorizationError);
    return { kind: "refused", code: faults[fault] ?? "certificate_unknown", ...box };
  }
  return judge(found, names);
}

/** A certificate that the authority has signed. */
function judge(
  found: RegisteredDevice | undefined,
  { CN, O }: { readonly CN: unknown; readonly O: unknown },
): Identified {
  if (found === undefined) {
    const named = typeof CN === "string" && parseBox(CN) !== undefined;
    return { kind: "refused", code: named ? "certificate_unknown" : "certificate_wrong_name" };
  }
  const box = parseBox(found.serial);
  if (found.revokedAt !== null) {
    return { kind: "refused", code: "certificate_revoked", box: found.serial };
  }
  if (box === undefined || CN !== found.serial || O !== found.tenant) {
    return { kind: "refused", code: "certificate_wrong_name", box: found.serial };
  }
  return { kind: "known", peer: { tenant: found.tenant, box } };
}

function faultOf(error: unknown): string {
  if (error instanceof Error) return "code" in error ? String(error.code) : error.message;
  return String(error);
}
