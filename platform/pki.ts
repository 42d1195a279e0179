/**
 * The development certificate authority: a folder that proves which box and which server speaks.
 *
 * `authority.pem` holds the authority's key and certificate, made once; `ca.crt` is its public half, for devices and
 * foreign clients; `server.pem` is this machine's own certificate. In production an authority of the tenant stands here.
 * @source DESIGN doors and stream: X.509 per box, TLS 1.3; docs/decisions/0002-development-pki.md
 */
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join, resolve } from "node:path";

import type { BoxSerial, Tenant } from "#wire/identity.ts";
import { earlier, Hours, Instant, later } from "#wire/units.ts";

import {
  certificatePem,
  createKeyPair,
  extensionsFor,
  fingerprintOf,
  type Issuer,
  keyIdOf,
  signCertificate,
} from "./certificate.ts";
import type { Clock } from "./clock/port.ts";
import { keepSecret } from "./secret-file.ts";
import { Trouble } from "./trouble.ts";

/** A certificate and its private key, PEM. */
interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** A box's credentials, and how the registry knows them. */
export interface BoxCredentials extends Credentials {
  /** SHA-256 of the DER certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly expiresAt: Instant;
}

/** A box that wants a certificate. */
interface BoxIdentity {
  readonly box: BoxSerial;
  readonly tenant: Tenant;
}

/** Issues certificates. */
export interface Authority {
  /** The authority's own certificate, PEM, and where it lies (absolute path). */
  readonly ca: string;
  readonly caPath: string;
  /** This machine's certificate; kept, and renewed when near its end or when a name is missing. */
  issueServer(names?: readonly string[]): Promise<Credentials>;
  /** A fresh certificate for a box: common name its serial, organisation its tenant. */
  issueBox(box: BoxSerial, tenant: Tenant): Promise<BoxCredentials>;
  /** Many at once, in order, letting others run in between. */
  issueBoxes(boxes: readonly BoxIdentity[]): Promise<BoxCredentials[]>;
}

/** How long certificates live, and when a server's is renewed: 30 days before its end (catalogue SE-13). */
const lifetimes = {
  authority: Hours(24 * 3650),
  server: Hours(24 * 90),
  renewal: Hours(24 * 30),
  box: Hours(24 * 730),
  /** Certificates begin a little in the past, for devices whose clock runs behind. */
  backdate: Hours(1),
};

const authoritySubject = { commonName: "Vigie development authority" };
const serverSubject = { commonName: "Vigie door" };
/** What a server on this machine is called. */
const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "::1"];
/** Certificates made (≈ 0.5 ms each) before others may run. */
const turn = 32;

/**
 * Opens the authority kept in `folder`, making folder, key and certificate when they do not exist. Several processes
 * may do so at once: the first one to finish wins. Throws Trouble `authority-unreadable` (never).
 */
export async function openAuthority(
  folder: string,
  clock: Pick<Clock, "now"> = { now: () => Instant(Date.now()) },
): Promise<Authority> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const { issuer, ca } = await loadIssuer(join(folder, "authority.pem"), clock.now());
  const caPath = resolve(folder, "ca.crt");
  await replaceFile(caPath, ca);

  const clientExtensions = extensionsFor({ kind: "client" }, issuer.keyId);
  const issueBox = ({ box, tenant }: BoxIdentity): BoxCredentials => {
    const pair = createKeyPair();
    const validity = validFor(lifetimes.box, clock.now());
    const subject = { commonName: box, organisation: tenant };
    const { publicDer } = pair;
    const wanted = { subject, publicDer, extensions: clientExtensions, ...validity };
    const der = signCertificate(wanted, issuer);
    const fingerprint = fingerprintOf(der);
    const cert = certificatePem(der);
    return { cert, key: pair.privatePem, fingerprint, expiresAt: validity.until };
  };
  const issueBoxes = async (boxes: readonly BoxIdentity[]): Promise<BoxCredentials[]> => {
    const issued: BoxCredentials[] = [];
    for (const box of boxes) {
      issued.push(issueBox(box));
      if (issued.length % turn === 0) await Bun.sleep(0);
    }
    return issued;
  };
  return {
    ca,
    caPath,
    issueServer: (names = []) =>
      serverCredentials(join(folder, "server.pem"), {
        issuer,
        names: [...new Set([...loopbackNames, ...names])],
        now: clock.now(),
      }),
    issueBox: async (box, tenant) => issueBox({ box, tenant }),
    issueBoxes,
  };
}

async function loadIssuer(path: string, now: Instant): Promise<{ issuer: Issuer; ca: string }> {
  const kept = credentialsIn(await keepSecret(path, async () => createIssuer(now)));
  if (kept === undefined) throw unreadable(path);
  const key = createPrivateKey(kept.key);
  const publicDer = createPublicKey(key).export({ type: "spki", format: "der" });
  return { issuer: { subject: authoritySubject, key, keyId: keyIdOf(publicDer) }, ca: kept.cert };
}

/** A new authority: its key and the certificate that it signs for itself. */
function createIssuer(now: Instant): string {
  const { privatePem, publicDer } = createKeyPair();
  const keyId = keyIdOf(publicDer);
  const issuer = { subject: authoritySubject, key: createPrivateKey(privatePem), keyId };
  const extensions = extensionsFor({ kind: "authority" }, keyId);
  const validity = validFor(lifetimes.authority, now);
  const wanted = { subject: authoritySubject, publicDer, extensions, ...validity };
  return privatePem + certificatePem(signCertificate(wanted, issuer));
}

interface ServerRequest {
  readonly issuer: Issuer;
  readonly names: readonly string[];
  readonly now: Instant;
}

async function serverCredentials(path: string, request: ServerRequest): Promise<Credentials> {
  const kept = credentialsIn(await readFile(path, "utf8").catch(() => ""));
  if (kept !== undefined && serves(kept.cert, request)) return kept;
  const { privatePem, publicDer } = createKeyPair();
  const { issuer, names } = request;
  const extensions = extensionsFor({ kind: "server", names }, issuer.keyId);
  const validity = validFor(lifetimes.server, request.now);
  const der = signCertificate(
    { subject: serverSubject, publicDer, extensions, ...validity },
    issuer,
  );
  const made = { cert: certificatePem(der), key: privatePem };
  await replaceFile(path, made.key + made.cert);
  return made;
}

/** Whether a kept server certificate is this authority's, names all that is asked, and is not near its end. */
function serves(cert: string, { issuer, names, now }: ServerRequest): boolean {
  const certificate = new X509Certificate(cert);
  const end = Instant(Date.parse(certificate.validTo));
  const named = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  return (
    certificate.verify(createPublicKey(issuer.key)) &&
    now < earlier(end, lifetimes.renewal) &&
    names.every(named)
  );
}

function validFor(lifetime: typeof lifetimes.box, now: Instant): { from: Instant; until: Instant } {
  return { from: earlier(now, lifetimes.backdate), until: later(now, lifetime) };
}

/** The key and the certificate in a PEM text, or undefined when one is missing. */
function credentialsIn(text: string): Credentials | undefined {
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
  const cert = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text)?.[0];
  return key === undefined || cert === undefined ? undefined : { key, cert };
}

/** Writes a whole file in place of whatever stands there; a reader sees the old one or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await rename(draft, path);
}

function unreadable(path: string): Trouble {
  return new Trouble("authority-unreadable", { retry: "never", detail: path });
}
