/**
 * X.509 certificates over P-256 keys: what one says, and its signature. Pure but for chance; nothing touches a disk here.
 *
 * P-256 because every TLS library and every secure element that a box may carry knows it.
 * @source RFC 5280; docs/decisions/0002-development-pki.md
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

import type { Instant } from "#wire/units.ts";

/** Who a certificate names. */
interface Subject {
  readonly commonName: string;
  readonly organisation?: string;
}

/** What a certificate may be used for. A server's names are DNS names and IP addresses. */
export type Purpose =
  | { readonly kind: "authority" }
  | { readonly kind: "server"; readonly names: readonly string[] }
  | { readonly kind: "client" };

/** A fresh P-256 pair: the private key as PEM (PKCS #8), the public key as DER (SubjectPublicKeyInfo). */
export interface KeyPair {
  readonly privatePem: string;
  readonly publicDer: Uint8Array;
}

/** Whoever signs: its name, its key, and the identifier of that key. */
export interface Issuer {
  readonly subject: Subject;
  readonly key: KeyObject;
  readonly keyId: Uint8Array;
}

/** One certificate to be made. */
export interface Wanted {
  readonly subject: Subject;
  readonly publicDer: Uint8Array;
  readonly extensions: Extensions;
  readonly from: Instant;
  readonly until: Instant;
}

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const commonName = "2.5.4.3";
const organisationName = "2.5.4.10";
/** What the holder of a certificate may prove with it. */
const proofs = { server: id_kp_serverAuth, client: id_kp_clientAuth };
/** An uncompressed P-256 point: 0x04, x, y. */
const pointBytes = 65;

/** A fresh key pair. */
export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return { privatePem: privateKey, publicDer: publicKey };
}

/** The usual identifier of a public key: SHA-1 of its point (a name, not a safeguard). */
export function keyIdOf(publicDer: Uint8Array): Uint8Array {
  return createHash("sha1").update(publicDer.subarray(-pointBytes)).digest();
}

/** The signed certificate, DER. Its serial number is random: 16 bytes, positive. */
export function signCertificate(wanted: Wanted, issuer: Issuer): Uint8Array {
  const signature = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: randomSerial(),
    signature,
    issuer: nameOf(issuer.subject),
    validity: new Validity({ notBefore: new Date(wanted.from), notAfter: new Date(wanted.until) }),
    subject: nameOf(wanted.subject),
    subjectPublicKeyInfo: AsnConvert.parse(wanted.publicDer, SubjectPublicKeyInfo),
    extensions: wanted.extensions,
  });
  const signed = AsnConvert.serialize(body);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: signature,
    signatureValue: bytes(sign("sha256", new Uint8Array(signed), issuer.key)),
  });
  // Serialised once more from these very bytes: what was signed is what is sent.
  certificate.tbsCertificateRaw = signed;
  return new Uint8Array(AsnConvert.serialize(certificate));
}

/** The extensions of that purpose, for a certificate signed by the key `issuerKeyId`; they may be shared by many. */
export function extensionsFor(purpose: Purpose, issuerKeyId: Uint8Array): Extensions {
  if (purpose.kind === "authority") return authorityExtensions(issuerKeyId);
  const served = purpose.kind === "server" ? purpose.names.map(nameEntry) : [];
  return new Extensions([
    extension(id_ce_authorityKeyIdentifier, authorityKey(issuerKeyId)),
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([proofs[purpose.kind]])),
    ...(served.length === 0
      ? []
      : [extension(id_ce_subjectAltName, new SubjectAlternativeName(served))]),
  ]);
}

/** PEM text of a DER certificate. */
export function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** How a certificate is known in the registry: SHA-256 of its DER, lower-case hex. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

function authorityExtensions(keyId: Uint8Array): Extensions {
  return new Extensions([
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(bytes(keyId))),
  ]);
}

function authorityKey(keyId: Uint8Array): AuthorityKeyIdentifier {
  return new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(bytes(keyId)) });
}

/** Constraints and key usage are critical: a reader that does not know them must refuse the certificate. */
function extension(extnID: string, value: object): Extension {
  const critical = extnID === id_ce_basicConstraints || extnID === id_ce_keyUsage;
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function nameEntry(name: string): GeneralName {
  return isIP(name) === 0
    ? new GeneralName({ dNSName: name })
    : new GeneralName({ iPAddress: name });
}

function nameOf(subject: Subject): Name {
  const parts = [attribute(commonName, subject.commonName)];
  if (subject.organisation !== undefined) {
    parts.push(attribute(organisationName, subject.organisation));
  }
  return new Name(parts.map((part) => new RelativeDistinguishedName([part])));
}

function attribute(type: string, text: string): AttributeTypeAndValue {
  return new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: text }) });
}

/** The first two bits 01: positive, and never shortened by a leading zero. */
function randomSerial(): ArrayBuffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes(serial);
}

/** The library wants buffers of their own, not views into a pool. */
function bytes(view: Uint8Array): ArrayBuffer {
  return Uint8Array.from(view).buffer;
}
