import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CompactSign, importJWK, SignJWT } from "jose";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { parseTenant } from "#wire/identity.ts";
import { Hours, Instant, Millis, Seconds } from "#wire/units.ts";

import { createTokenKey, createTokens, openTokens } from "./tokens.ts";

const nice = parseTenant("nice")!;
const start = Instant(1_767_225_600_000);

test("a token says who, of which tenant, in which role, and holds for 24 h", async () => {
  const clock = createVirtualClock({ start });
  const tokens = await createTokens(await createTokenKey(), clock);
  const token = await tokens.issue({ tenant: nice, role: "nurse", subject: "n1" });
  const expiresAt = Instant(start + Hours(24));
  const valid = {
    kind: "valid",
    claims: { subject: "n1", tenant: nice, role: "nurse", expiresAt },
  };
  expect(await tokens.verify(token)).toEqual(valid as never);
  await clock.advance({ by: Millis(Hours(24) - 1) });
  expect(await tokens.verify(token)).toEqual(valid as never);
  await clock.advance({ by: Millis(1) });
  expect(await tokens.verify(token)).toEqual({ kind: "invalid", why: "expired" });
});

test("what another key signed, what was changed, and what is no token at all is refused", async () => {
  const clock = createVirtualClock({ start });
  const tokens = await createTokens(await createTokenKey(), clock);
  const others = await createTokens(await createTokenKey(), clock);
  const good = await tokens.issue({ tenant: nice, role: "fleet" });
  const forged = await others.issue({ tenant: nice, role: "admin" });
  expect(await tokens.verify(forged)).toEqual({ kind: "invalid", why: "forged" });
  const [head, , signature] = good.split(".");
  const claims = Buffer.from(
    JSON.stringify({ iss: "vigie", sub: "x", tenant: "nice", role: "admin", exp: 9e9 }),
  );
  const changed = [head, claims.toString("base64url"), signature].join(".");
  expect(await tokens.verify(changed)).toEqual({ kind: "invalid", why: "forged" });
  const unsigned = [
    Buffer.from('{"alg":"none"}').toString("base64url"),
    claims.toString("base64url"),
    "x",
  ].join(".");
  expect(await tokens.verify(unsigned)).toEqual({ kind: "invalid", why: "forged" });
  for (const text of ["", "a.b", "a.b.c.d", "é.b.c", "x".repeat(3000)]) {
    expect(await tokens.verify(text)).toEqual({ kind: "invalid", why: "malformed" });
  }
});

test("a token of ours that lacks a claim or carries a wrong one is refused", async () => {
  const key = await createTokenKey();
  const tokens = await createTokens(key, createVirtualClock({ start }));
  const signing = await importJWK(JSON.parse(key), "EdDSA");
  const good = { iss: "vigie", sub: "x", tenant: "nice", role: "fleet", exp: start / 1000 + 60 };
  const sign = (claims: Record<string, unknown>): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: "EdDSA" }).sign(signing);
  expect(await tokens.verify(await sign(good))).toMatchObject({ kind: "valid" });
  for (const wrong of [
    { iss: "other" },
    { tenant: "No!" },
    { role: "root" },
    { exp: "soon" },
    { exp: 1e30 },
    { sub: 3 },
  ]) {
    const token = await sign({ ...good, ...wrong });
    expect(await tokens.verify(token)).toEqual({ kind: "invalid", why: "malformed" });
  }
  const noise = await new CompactSign(new TextEncoder().encode("no json"))
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(signing);
  expect(await tokens.verify(noise)).toEqual({ kind: "invalid", why: "malformed" });
});

test("the key outlives the process that made it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokens-"));
  try {
    const clock = createVirtualClock({ start });
    const [first, second] = await Promise.all([
      openTokens(folder, clock),
      openTokens(folder, clock),
    ]);
    const token = await first.issue({ tenant: nice, role: "doctor", ttl: Seconds(5) });
    expect(await second.verify(token)).toMatchObject({ kind: "valid" });
    expect(await (await openTokens(folder, clock)).verify(token)).toMatchObject({ kind: "valid" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
