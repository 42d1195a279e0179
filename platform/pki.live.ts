/** Goal: strangers accept the certificates. Method: OpenSSL's strictest check, and a real TLS 1.3 handshake both ways. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type PeerCertificate, type TLSSocket } from "node:tls";

import { parseBox, parseTenant } from "#wire/identity.ts";

import { type Authority, type BoxCredentials, openAuthority } from "./pki.ts";

let folder: string;
let authority: Authority;
let box: BoxCredentials;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vigie-pki-"));
  authority = await openAuthority(folder);
  box = await authority.issueBox(parseBox("X-0001")!, parseTenant("demo")!);
});
afterAll(() => rm(folder, { recursive: true }));

test.each(["sslclient", "sslserver"])("OpenSSL's strict check passes an %s", async (purpose) => {
  const { cert } = purpose === "sslclient" ? box : await authority.issueServer();
  const path = join(folder, "checked.crt");
  await Bun.write(path, cert);
  const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", authority.caPath, path];
  const checked = Bun.spawn(["openssl", ...args], { stdout: "pipe", stderr: "pipe" });
  expect(await checked.exited).toBe(0);
});

test("SE-07: over TLS 1.3 the server sees which box speaks, and refuses a box of another authority", async () => {
  const seen: PeerCertificate[] = [];
  const credentials = await authority.issueServer();
  const server = createServer(
    { ...credentials, ca: authority.ca, requestCert: true, minVersion: "TLSv1.3" },
    (socket) => {
      seen.push(socket.getPeerCertificate());
      socket.end("welcome");
    },
  );
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const greet = async (client: BoxCredentials): Promise<string> => {
    const socket: TLSSocket = connect({ ...client, ca: authority.ca, port, host: "127.0.0.1" });
    const chunks: string[] = [];
    socket.on("data", (chunk) => chunks.push(String(chunk)));
    socket.on("error", () => undefined);
    await once(socket, "close");
    return chunks.join("");
  };

  expect(await greet(box)).toBe("welcome");
  expect(seen[0]?.subject.CN).toBe("X-0001");
  expect(seen[0]?.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(box.fingerprint);

  const elsewhere = await openAuthority(join(folder, "elsewhere"));
  const stranger = await elsewhere.issueBox(parseBox("X-0001")!, parseTenant("demo")!);
  expect(await greet(stranger)).toBe("");
  expect(seen.length).toBe(1);
  server.close();
});
