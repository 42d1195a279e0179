/** Ports to listen on: the wanted one, or a free one when it is taken. */
import { createServer } from "node:net";

/** `wanted` on `host` if it can be had, else a free one; `moved` says which it was. 0 asks for any. */
export async function choosePort(
  host: string,
  wanted: number,
): Promise<{ port: number; moved: boolean }> {
  if (wanted !== 0 && (await tryPort(host, wanted)) === wanted)
    return { port: wanted, moved: false };
  const port = await tryPort(host, 0);
  if (port === undefined) throw new Error(`no free port on ${host}`);
  return { port, moved: wanted !== 0 };
}

function tryPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const found = address !== null && typeof address === "object" ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
}
