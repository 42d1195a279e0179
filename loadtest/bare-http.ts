/** The baseline of the API: a bare Elysia that answers every path with the text given. `bun loadtest/bare-http.ts BYTES`. */
import { Elysia } from "elysia";

const answer = { text: "x".repeat(Number(process.argv[2] ?? "1000")) };
const app = new Elysia().get("/*", () => answer).listen({ hostname: "127.0.0.1", port: 0 });
console.log(JSON.stringify({ port: app.server?.port }));
process.stdin.on("end", () => process.exit(0)).resume();
