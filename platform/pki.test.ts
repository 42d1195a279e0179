/** Goal: every certificate says who, for what and until when, and the authority's secrets are made once and kept to itself. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isTrouble } from "#platform/trouble.ts";
import { parseBox, parseTenant } from "#wire/identity.ts";
import { Hours, Instant, later } from "#wire/units.ts";

import { openAuthority } from "./pki.ts";

const box = parseBox("X-0001")!;
const tenant = parseTenant("demo")!;
const start = Instant(Date.UTC(2026, 10, 21));
const days = (count: number) => Hours(24 * count);
const at = (now: Instant) => ({ now: () => now });

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "vigie-pki-")), "pki");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

test("SE-06: a box's certificate names the box and its tenant, proves a client only, and ends after two years", async () => {
  const authority = await openAuthority(folder, at(start));
  const issued = await authority.issueBox(box, tenant);
  const certificate = new X509Certificate(issued.cert);

  expect(certificate.subject).toBe("CN=X-0001\nO=demo");
  expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
  expect(certificate.verify(new X509Certificate(authority.ca).publicKey)).toBe(true);
  expect(certificate.checkIssued(new X509Certificate(authority.ca))).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(certificate.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(issued.fingerprint);
  expect(Date.parse(certificate.validTo)).toBe(issued.expiresAt);
  expect(issued.expiresAt).toBe(later(start, days(730)));
});

test("two certificates of one box share neither key nor serial number", async () => {
  const authority = await openAuthority(folder, at(start));
  const [first, second] = await authority.issueBoxes([
    { box, tenant },
    { box, tenant },
  ]);
  expect(first?.key).not.toBe(second?.key);
  const numbers = [first, second].map((one) => new X509Certificate(one!.cert).serialNumber);
  expect(new Set(numbers).size).toBe(2);
  expect(numbers.every((number) => /^[4-7][0-9A-F]{31}$/.test(number))).toBe(true);
});

test("an authority is made once, also when several processes open it at the same moment", async () => {
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openAuthority(folder, at(start))),
  );
  expect(new Set(opened.map((authority) => authority.ca)).size).toBe(1);
  const again = await openAuthority(folder, at(later(start, days(100))));
  expect(again.ca).toBe(opened[0]!.ca);
  const issued = await opened[7]!.issueBox(box, tenant);
  expect(new X509Certificate(issued.cert).verify(new X509Certificate(again.ca).publicKey)).toBe(
    true,
  );
});

test("nobody but the owner can read the keys", async () => {
  const authority = await openAuthority(folder, at(start));
  await authority.issueServer();
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modeOf(folder)).toBe(0o700);
  expect(await modeOf(join(folder, "authority.pem"))).toBe(0o600);
  expect(await modeOf(join(folder, "server.pem"))).toBe(0o600);
  expect(await Bun.file(authority.caPath).text()).toBe(authority.ca);
});

test("a server's certificate names this machine, and stays the same until 30 days before its end", async () => {
  const first = await (await openAuthority(folder, at(start))).issueServer();
  const certificate = new X509Certificate(first.cert);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkIP("::1")).toBe("::1");
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);

  const kept = await (await openAuthority(folder, at(later(start, days(59))))).issueServer();
  expect(kept).toEqual(first);
  const renewed = await (await openAuthority(folder, at(later(start, days(61))))).issueServer();
  expect(renewed.cert).not.toBe(first.cert);
});

test("a server's certificate is made anew when it must carry one more name", async () => {
  const authority = await openAuthority(folder, at(start));
  const first = await authority.issueServer();
  const named = await authority.issueServer(["vigie.example", "10.0.0.7"]);
  expect(named.cert).not.toBe(first.cert);
  expect(new X509Certificate(named.cert).checkHost("vigie.example")).toBe("vigie.example");
  expect(new X509Certificate(named.cert).checkIP("10.0.0.7")).toBe("10.0.0.7");
  expect(await authority.issueServer()).toEqual(named);
});

test("a damaged authority is said to be so, never silently replaced", async () => {
  await openAuthority(folder, at(start));
  await Bun.write(join(folder, "authority.pem"), "not a key");
  const failed = await openAuthority(folder, at(start)).catch((error: unknown) => error);
  expect(isTrouble(failed, "authority-unreadable")).toBe(true);
});
