/**
 * The pages as files in memory: bundled once, compressed once, served with their fingerprint. The only file of the
 * console that runs on the server.
 */

/** Answers the request for a page or one of its files; undefined for a path that is none. */
export type Pages = (request: Request) => Response | undefined;

interface File {
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const entry = new URL("./app.html", import.meta.url).pathname;
/** Paths that the pages' own router knows. */
const places = /^\/(?:devices(?:\/[^/.]+)?)?$/;

/** Bundles the pages; throws when they do not build, which is a bug. */
export async function bundlePages(): Promise<Pages> {
  const built = await Bun.build({
    entrypoints: [entry],
    minify: true,
    publicPath: "/",
    naming: { chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const files = new Map<string, File>();
  for (const output of built.outputs) {
    const plain = new Uint8Array(await output.arrayBuffer());
    const name = output.path.replace(/^\.?\//, "");
    files.set(`/${name}`, { plain, gzip: Bun.gzipSync(plain), type: output.type });
  }
  return (request) => {
    const { pathname } = new URL(request.url);
    const page = places.test(pathname);
    const file = files.get(page ? "/app.html" : pathname);
    return file === undefined ? undefined : answer(request, file, page);
  };
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
