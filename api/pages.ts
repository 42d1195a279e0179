/**
 * Everything that is no route: the pages and their files, or a clear answer that there is no such thing.
 */
import { problem } from "./problem.ts";
import type { Route } from "./route.ts";

/** Answers the request for a page or one of its files; undefined for a path that is none. */
export type Pages = (request: Request) => Response | undefined;

/** Scripts, styles and data from here only; nobody frames the pages. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** The route behind all others. */
export function pagesRoute(pages: Pages, missing: (request: Request) => Response): Route {
  return {
    method: "GET",
    path: "/*",
    answer: ({ request }) => {
      const page = pages(request);
      if (page === undefined) return missing(request);
      page.headers.set("content-security-policy", policy);
      return page;
    },
  };
}

/** The answer where no route is: there is none for that method, or none at all. */
export function createMissing(routes: readonly Route[]): (request: Request) => Response {
  const places = routes.map(({ method, path }) => ({ method, path, shape: shapeOf(path) }));
  return ({ url }) => {
    const { pathname } = new URL(url);
    // `/v1/twins/stream` has the shape of `/v1/twins/:id`, and is none.
    const own = places.filter(({ path }) => path === pathname);
    const allowed = own.length > 0 ? own : places.filter(({ shape }) => shape.test(pathname));
    if (allowed.length === 0) return problem("not_found");
    const methods = new Set(allowed.map(({ method }) => method));
    return problem("method_not_allowed", { headers: { allow: [...methods].join(", ") } });
  };
}

/** `/v1/twins/:id` → paths of that shape. */
function shapeOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
}
