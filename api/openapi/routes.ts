/**
 * `/openapi/json` is the document; `/openapi` the same as a page that needs no script and nothing from elsewhere.
 */
import { json, type Route } from "#api/route.ts";

import { describeRoutes, type OpenApi, type Operation } from "./document.ts";

/** Both routes over the document of `documented`. */
export function openapiRoutes(documented: readonly Route[], version: string): readonly Route[] {
  const document = describeRoutes(documented, version);
  const page = pageOf(document);
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  return [
    { method: "GET", path: "/openapi/json", answer: () => json(document) },
    { method: "GET", path: "/openapi", answer: () => new Response(page, { headers }) },
  ];
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;" +
  "color-scheme:light dark}h2{margin-top:3rem;font-family:ui-monospace,monospace;font-size:1.1rem}" +
  "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;" +
  "border-bottom:1px solid #8885;vertical-align:top}pre{overflow:auto;padding:1rem;background:#8882}";

function pageOf(document: OpenApi): string {
  const { info, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation)),
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<h2 id="${name}">${name}</h2><pre tabindex="0">${escape(JSON.stringify(schema, null, 2))}</pre>`,
  );
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${info.title} API</title>` +
    `<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">` +
    `<style>${style}</style></head><body><main><h1>${info.title} API ${escape(info.version)}</h1>` +
    `<p>${info.description} The same as <a href="/openapi/json">OpenAPI ${document.openapi}</a>.</p>` +
    `${operations.join("")}${schemas.join("")}</main></body></html>`
  );
}

function section(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters, responses } = operation;
  const rows = parameters.map(
    (parameter) => `<tr>${cells(parameter, ["name", "in", "description"])}</tr>`,
  );
  const answers = Object.entries(responses).map(
    ([status, response]) =>
      `<tr><td>${status}</td>${cells(response, ["description"])}<td>${bodyOf(response)}</td></tr>`,
  );
  return (
    `<h2>${method.toUpperCase()} ${escape(path)}</h2><p><strong>${escape(summary)}.</strong></p>` +
    description
      .split("\n\n")
      .map((text) => `<p>${escape(text)}</p>`)
      .join("") +
    table(["Parameter", "In", "Meaning"], rows) +
    table(["Status", "Meaning", "Body"], answers)
  );
}

function table(heads: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return "";
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function cells(of: object, names: readonly string[]): string {
  const known = new Map<string, unknown>(Object.entries(of));
  const text = (name: string): string => {
    const value = known.get(name);
    return typeof value === "string" ? escape(value) : "";
  };
  return names.map((name) => `<td>${text(name)}</td>`).join("");
}

/** The names of the schemas that a body refers to, as links. */
function bodyOf(response: object): string {
  const names = JSON.stringify(response).matchAll(/#\/components\/schemas\/(\w+)/g);
  return [...names].map(([, name]) => `<a href="#${name}">${name}</a>`).join(" ");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
