import { expect, test } from "bun:test";
import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";

import * as fc from "fast-check";

import { firmware, hardware, quickTrust } from "./band-scene.ts";
import { encodeImage, headerBytes, imageBytes, type ImageHeader, judgeImage } from "./image.ts";

const demands = { trust: quickTrust, hardware, counter: 0 };
const anyHeader: fc.Arbitrary<Omit<ImageHeader, "bodyBytes">> = fc.record({
  hardware: fc.nat(0xffff),
  counter: fc.nat(0xffffffff),
  version: fc.record({ major: fc.nat(0xffff), minor: fc.nat(0xffff), revision: fc.nat(0xffff) }),
});

test("what was encoded is read again, whatever comes after it", () => {
  const law = fc.property(anyHeader, fc.uint8Array(), fc.uint8Array(), (header, body, rest) => {
    const file = encodeImage(header, body, quickTrust);
    const area = Uint8Array.of(...file, ...rest);
    const judged = judgeImage(area, { ...demands, hardware: header.hardware });
    const expected = { ...header, bodyBytes: body.length };
    expect(judged).toEqual({ kind: "sound", header: expected });
    expect(imageBytes(expected)).toBe(file.length);
  });
  fc.assert(law);
});

test("RK-F-09, OT-07: an image with any one bit changed is refused", () => {
  const { file } = firmware(2, { bodyBytes: 40 });
  for (let bit = 0; bit < file.length * 8; bit += 1) {
    const changed = file.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(judgeImage(changed, demands).kind).toBe("refused");
  }
});

test("RK-F-09: an image of which less than all came is refused", () => {
  const { file } = firmware(2, { bodyBytes: 40 });
  for (let length = 0; length < file.length; length += 1) {
    const fault = length < headerBytes ? "format" : "size";
    expect(judgeImage(file.subarray(0, length), demands)).toEqual({ kind: "refused", fault });
    const rest = new Uint8Array(file.length).fill(0xff);
    rest.set(file.subarray(0, length));
    expect(judgeImage(rest, demands).kind).toBe("refused");
  }
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (area) => void judgeImage(area, demands)),
  );
});

test("OT-09: with Ed25519, only the release key's signature is taken", () => {
  const release = generateKeyPairSync("ed25519");
  const stranger = generateKeyPairSync("ed25519");
  const digest = (bytes: Uint8Array): Uint8Array =>
    new Uint8Array(createHash("sha256").update(bytes).digest());
  const signed = (hash: Uint8Array, signature: Uint8Array): boolean =>
    verify(null, hash, release.publicKey, signature);
  const real = { trust: { digest, signed }, hardware, counter: 0 };
  const header = { hardware, counter: 1, version: { major: 1, minor: 5, revision: 0 } };
  const body = new TextEncoder().encode("the firmware");
  const sealedBy = ({ privateKey }: typeof release): Uint8Array =>
    encodeImage(header, body, {
      digest,
      sign: (hash) => new Uint8Array(sign(null, hash, privateKey)),
    });
  expect(judgeImage(sealedBy(release), real).kind).toBe("sound");
  expect(judgeImage(sealedBy(stranger), real)).toEqual({ kind: "refused", fault: "signature" });
});
