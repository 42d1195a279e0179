/**
 * The pages as files in memory: bundled once, compressed once, served with their fingerprint. The only file of the
 * console that runs on the server.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

/** Answers the request for a page or one of its files; undefined for a path that is none. */
export type Pages = (request: Request) => Response | undefined;

interface File {
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const entry = new URL("./app.html", import.meta.url).pathname;
/** Paths that the pages' own router knows. */
const places = /^\/(?:(?:devices|changes)(?:\/[^/.]+)?|planner)?$/;

/**
 * Bundles the pages by way of `folder`, which is made anew; throws when they do not build, which is a bug.
 *
 * A process of its own: one that has seen the tree without its packages, as the very first start has, never finds them.
 */
export async function bundlePages(folder: string): Promise<Pages> {
  await rm(folder, { recursive: true, force: true });
  const bundler = Bun.spawn(
    [
      ...[process.execPath, "build", entry, "--outdir", folder, "--minify", "--public-path", "/"],
      ...["--define", 'process.env.NODE_ENV="production"'],
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const complaint = await new Response(bundler.stderr).text();
  if ((await bundler.exited) !== 0) throw new Error(`the pages do not build: ${complaint}`);
  const files = new Map<string, File>();
  for (const name of await readdir(folder)) files.set(`/${name}`, await readPage(folder, name));
  return (request) => {
    const { pathname } = new URL(request.url);
    const page = places.test(pathname);
    const file = files.get(page ? "/app.html" : pathname);
    return file === undefined ? undefined : answer(request, file, page);
  };
}

async function readPage(folder: string, name: string): Promise<File> {
  const file = Bun.file(join(folder, name));
  const plain = new Uint8Array(await file.arrayBuffer());
  return { plain, gzip: Bun.gzipSync(plain), type: file.type };
}

function answer(request: Request, file: File, page: boolean): Response {
  const zipped = (request.headers.get("accept-encoding") ?? "").includes("gzip");
  return new Response(zipped ? file.gzip : file.plain, {
    headers: {
      "content-type": file.type,
      "cache-control": page ? "no-cache" : "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      ...(zipped ? { "content-encoding": "gzip" } : {}),
    },
  });
}
