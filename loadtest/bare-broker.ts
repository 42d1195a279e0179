/**
 * The baseline that the doors are held against: a bare aedes that does one XADD per message before its PUBACK.
 *
 * `bun loadtest/bare-broker.ts REDIS_URL` prints `{"port"}` and serves until its standard input ends.
 */
import { createServer } from "node:net";

import { Aedes } from "aedes";

const redis = new Bun.RedisClient(process.argv[2] ?? "");
await redis.connect();
const broker = await Aedes.createBroker({ concurrency: 1000 });

broker.authorizePublish = (_client, packet, done) => {
  redis
    .send("XADD", ["bare:in", "*", "topic", packet.topic, "body", packet.payload.toString()])
    .then(
      () => done(null),
      (error: Error) => done(error),
    );
};

const server = createServer((socket) => broker.handle(socket));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") {
    console.log(JSON.stringify({ port: address.port }));
  }
});

process.stdin.on("end", () => process.exit(0)).resume();
