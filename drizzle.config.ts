/** `bunx --bun drizzle-kit generate --name what-it-does` writes the next migration of the registry; offline. */
import { defineConfig } from "drizzle-kit";

// oxlint-disable-next-line import/no-default-export -- drizzle-kit reads no other
export default defineConfig({
  dialect: "sqlite",
  schema: ["./twins/schema.ts", "./twins/custody/schema.ts"],
  out: "./twins/migrations",
});
