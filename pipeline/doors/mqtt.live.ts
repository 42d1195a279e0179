/** The MQTT door with real clients: mqtt.js, an unmodified mosquitto_pub, openssl, and raw bytes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { generate } from "mqtt-packet";

import { realClock } from "#platform/clock/real.ts";
import { realRandom } from "#platform/random/real.ts";
import { later, Minutes } from "#wire/units.ts";

import { type Identity, type LiveStage, openLiveStage, openRaw, until } from "./live-stage.ts";
import { pack } from "./stage.ts";

let stage: LiveStage;
let box: Identity;
let other: Identity;
const clients: MqttClient[] = [];

beforeAll(async () => {
  stage = await openLiveStage(realClock, realRandom);
  box = await stage.enrol("X-1", "nice");
  other = await stage.enrol("X-2", "lyon");
});

afterAll(async () => {
  for (const client of clients) client.end(true);
  await stage.close();
});

/** Connects over TLS; rejects with the reason of a refusal. */
function dial(identity: Partial<Identity>, more: IClientOptions = {}): Promise<MqttClient> {
  const client = connect(`mqtts://127.0.0.1:${stage.mqtt.port}`, {
    ...identity,
    ca: stage.authority.ca,
    reconnectPeriod: 0,
    protocolVersion: 4,
    ...more,
  });
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve(client));
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  });
}

/** A client whose connection ended; resolves when it has. */
function ended(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    if (client.connected) client.once("close", () => resolve());
    else resolve();
  });
}

const now = (): number => realClock.now();
const readings = (device: string, seq: number, epoch = "e1"): string =>
  JSON.stringify(pack(device, { seq, epoch }, { t: now() }));

/** What openssl's client shows of the listener, given these arguments. */
async function openssl(...args: string[]): Promise<string> {
  const connectTo = ["-connect", `127.0.0.1:${stage.mqtt.port}`];
  const child = Bun.spawn(["openssl", "s_client", ...connectTo, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = await Promise.all(
    [child.stdout, child.stderr].map((out) => new Response(out).text()),
  );
  return said.join("\n");
}

describe("a box over mutual TLS 1.3", () => {
  test("publishes, is acknowledged after the commit, and told what is stored", async () => {
    const client = await dial(box);
    const receipts: string[] = [];
    client.on("message", (topic, payload) => receipts.push(`${topic} ${payload.toString()}`));
    await client.subscribeAsync("vigie/v1/nice/X-1/+/down/#", { qos: 1 });
    await client.publishAsync("vigie/v1/nice/X-1/B-1/readings", readings("B-1", 1), { qos: 1 });
    const stored = await stage.entries("inbound");
    expect(stored.some(({ device, seq }) => device === "B-1" && seq === 1)).toBe(true);
    await until("a receipt", () => receipts.length > 0);
    expect(receipts[0]).toBe(
      'vigie/v1/nice/X-1/B-1/down/stored {"epoch":"e1","upTo":1,"ranges":[],"refused":[]}',
    );
    await client.endAsync();
  });

  test("is told a command when it listens, which is delivered once its client has acknowledged it", async () => {
    const band = stage.roster.device("B-1");
    if (band === undefined) throw new TypeError("the stage has a wristband");
    await stage.twins.create(band);
    const order = { id: "c-live-0001", name: "locate", args: {}, by: "u:1" };
    const deadline = later(realClock.now(), Minutes(5));
    await stage.commands.issue(band.serial, { ...order, deadline });
    const state = async () => (await stage.commands.list(band.serial)).get(order.id)?.state;
    const told: string[] = [];
    // A client that is busy acknowledges nothing yet.
    let acknowledge: (() => void) | undefined;
    const client = await dial(box, { clean: true });
    client.handleMessage = (packet, done) => {
      told.push(packet.topic);
      acknowledge = done;
    };
    await client.subscribeAsync("vigie/v1/nice/X-1/+/down/#", { qos: 1 });
    await until("the command", () =>
      told.includes("vigie/v1/nice/X-1/B-1/down/command/c-live-0001"),
    );
    expect(await state()).toBe("queued");
    acknowledge?.();
    await until("its delivery", async () => (await state()) === "delivered");
    await client.endAsync(true);
  });

  test("may use QoS 2 for an event", async () => {
    const client = await dial(box);
    const event = { id: "sos-live-1", epoch: "e1", seq: 2, kind: "sos", device: "B-1", t: now() };
    await client.publishAsync("vigie/v1/nice/X-1/B-1/event", JSON.stringify(event), { qos: 2 });
    expect((await stage.entries("critical")).map(({ body }) => JSON.parse(body).id)).toContain(
      event.id,
    );
    await client.endAsync();
  });

  test("may listen to its own home only", async () => {
    const client = await dial(box);
    for (const topic of [
      "#",
      "vigie/v1/lyon/X-2/+/down/#",
      "$SYS/#",
      "vigie/v1/nice/X-1/B-1/event",
    ]) {
      const refused = await client.subscribeAsync(topic).catch(() => "refused");
      expect(refused).toBe("refused");
    }
    expect(await stage.audit()).toContain("foreign_subscription");
    await client.endAsync();
  });

  test("is closed by a newer connection of the same box, whatever their client ids", async () => {
    const older = await dial(box, { clientId: "one" });
    const closed = ended(older);
    const newer = await dial(box, { clientId: "two" });
    await closed;
    expect(newer.connected).toBe(true);
    const stranger = await dial(other, { clientId: "two" });
    expect([newer.connected, stranger.connected]).toEqual([true, true]);
    await Promise.all([newer.endAsync(), stranger.endAsync()]);
  });

  test("is closed at once when it is revoked, and not let in again", async () => {
    const identity = await stage.enrol("X-7", "nice");
    const client = await dial(identity);
    const closed = ended(client);
    const device = stage.roster.device("X-7")!;
    stage.put("X-7", { ...device, revokedAt: realClock.now() });
    await closed;
    expect(await dial(identity).catch(String)).toContain("Not authorized");
    expect(await stage.audit()).toEqual(expect.arrayContaining(["revoked", "certificate_revoked"]));
  });

  test("that falls silent is cut after one and a half keep-alives", async () => {
    const client = await dial(other, { keepalive: 1, reschedulePings: false });
    client.stream.pause();
    client.stream.write = () => true;
    await until("the end of a silent connection", async () =>
      (await stage.entries("inbound")).some(
        ({ box: home, body }) => home === "X-2" && body.includes('"ended":"cut"'),
      ),
    );
  });
});

describe("F25, H-11: a certificate that does not open the door", () => {
  const refused = async (identity: Partial<Identity>, code: string): Promise<void> => {
    expect(await dial(identity).catch(String)).toContain("Not authorized");
    expect(await stage.audit()).toContain(code);
  };

  test("none at all", () => refused({}, "certificate_missing"));

  test("from another authority", async () => {
    const { openAuthority } = await import("#platform/pki.ts");
    const rogue = await openAuthority(join(stage.dir, "rogue"));
    await refused(await rogue.issueBox("X-1" as never, "nice" as never), "certificate_unknown");
  });

  test("of this authority, but not in the registry any more", async () => {
    const old = await stage.authority.issueBox("X-1" as never, "nice" as never);
    await refused(old, "certificate_unknown");
  });

  test("self-signed", async () => {
    const [cert, key] = [join(stage.dir, "self.crt"), join(stage.dir, "self.key")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const made = Bun.spawnSync([
      "openssl",
      "req",
      "-x509",
      ...curve,
      "-keyout",
      key,
      "-out",
      cert,
      "-subj",
      "/CN=X-1/O=nice",
    ]);
    expect(made.exitCode).toBe(0);
    const identity = { cert: await Bun.file(cert).text(), key: await Bun.file(key).text() };
    await refused(identity, "certificate_self_signed");
  });

  test("expired", async () => {
    const { openAuthority } = await import("#platform/pki.ts");
    const past = { now: () => (now() - 5 * 365 * 86_400_000) as never };
    const authority = await openAuthority(join(stage.dir, "pki"), past);
    const expired = await authority.issueBox("X-3" as never, "nice" as never);
    stage.put("X-3", { fingerprint: expired.fingerprint });
    await refused(expired, "certificate_expired");
  });

  test("in another box's or tenant's name", async () => {
    const wrong = await stage.authority.issueBox("X-5" as never, "nice" as never);
    stage.put("X-4", { fingerprint: wrong.fingerprint });
    await refused(wrong, "certificate_wrong_name");
    const tenant = await stage.authority.issueBox("X-6" as never, "lyon" as never);
    stage.put("X-6", { fingerprint: tenant.fingerprint });
    await refused(tenant, "certificate_wrong_name");
  });

  test("TLS 1.2, however good the certificate", async () => {
    const [cert, key] = [join(stage.dir, "box.crt"), join(stage.dir, "box.key")];
    await Promise.all([writeFile(cert, box.cert), writeFile(key, box.key)]);
    expect(await openssl("-tls1_2", "-cert", cert, "-key", key)).toContain(
      "alert protocol version",
    );
    await until("its audit line", async () => (await stage.audit()).includes("tls_refused"));
    expect(await openssl("-tls1_3", "-cert", cert, "-key", key)).toContain("TLSv1.3");
  });
});

describe("an unmodified mosquitto_pub", () => {
  test("stores a hand-written SenML pack with the box's certificate", async () => {
    const paths = { ca: "ca.pem", cert: "pub.crt", key: "pub.key" };
    const at = (name: keyof typeof paths): string => join(stage.dir, paths[name]);
    await writeFile(at("ca"), stage.authority.ca);
    await Promise.all([writeFile(at("cert"), box.cert), writeFile(at("key"), box.key)]);
    const message =
      '[{"bn":"urn:dev:vigie:B-1:","n":"epoch","vs":"hand"},{"n":"seq","v":1},{"n":"battery","u":"%EL","v":81},' +
      '{"n":"heart-rate","u":"beat/min","v":72}]';
    const child = Bun.spawn(
      [
        ...["mosquitto_pub", "-h", "127.0.0.1", "-p", String(stage.mqtt.port), "-q", "1"],
        ...["--cafile", at("ca"), "--cert", at("cert"), "--key", at("key")],
        ...["-t", "vigie/v1/nice/X-1/B-1/readings", "-m", message],
      ],
      { stderr: "pipe" },
    );
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ""]);
    const stored = (await stage.entries("inbound")).find(({ epoch }) => epoch === "hand");
    expect(JSON.parse(stored?.body ?? "")).toMatchObject({
      battery: 81,
      readings: [{ value: 72 }],
    });
  });
});

describe("F26: a packet larger than may be", () => {
  test("is stopped at its announced length, and nobody else is harmed", async () => {
    stage.put("X-8", {});
    const { socket, closed } = await openRaw(stage.plain.port);
    socket.write(
      generate({
        cmd: "connect",
        clientId: "X-8",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        keepalive: 0,
      }),
    );
    await until("the connection", () => socket.bytesRead >= 4);
    // PUBLISH at QoS 1 that announces 256 MB: four length bytes.
    socket.write(Uint8Array.of(0x32, 0xff, 0xff, 0xff, 0x7f));
    await closed;
    expect(await stage.audit()).toContain("oversize");
    const client = await dial(box);
    await client.publishAsync("vigie/v1/nice/X-1/B-1/readings", readings("B-1", 3), { qos: 1 });
    await client.endAsync();
  });
});
