// How the mock server answers: JSON, problems, files of the built app, all under the real policy.

import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** A file of the built app; its page for every route that the app itself knows. */
export async function asset(path, response) {
  const file = join(DIST, normalize(path));
  const known = extname(path) !== "" && file.startsWith(DIST);
  try {
    send(
      response,
      200,
      TYPES[known ? extname(path) : ".html"] ?? "application/octet-stream",
      await readFile(known ? file : join(DIST, "index.html")),
    );
  } catch {
    send(response, 404, "text/plain", "not built: run npm run build\n");
  }
}

export function json(response, value) {
  send(response, 200, "application/json", JSON.stringify(value));
}

export function problem(response, status, detail, at) {
  send(
    response,
    status,
    "application/problem+json",
    JSON.stringify({ type: "about:blank", title: "Problem", status, detail, ...(at ? { at } : {}) }),
  );
}

export function send(response, status, type, body, more = {}) {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    ...more,
  });
  response.end(body);
}

export async function read(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
  }
  return text;
}
