// Small servers on loopback: files under the strict policy, and what is passed on to a back end.

import { createReadStream, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";

/** The policy that the package works under. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/**
 * Serves `folders` (address → folder; the longest address that fits counts) and `texts` (address →
 * text of a page), and passes `proxies` (address → origin) on. Gives `{ origin, close }`.
 *
 * `headers` are put on every answer of its own; `types` overrides content types by extension.
 */
export async function serve({
  folders = {},
  texts = {},
  proxies = {},
  policy = STRICT,
  headers = {},
  types = {},
  host = "localhost",
  port = 0,
}) {
  const own = { "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers };
  if (policy) own["content-security-policy"] = policy;
  const addresses = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((incoming, outgoing) => {
    const [path] = incoming.url.split("?");
    const proxy = Object.keys(proxies).find((prefix) => path.startsWith(prefix));
    if (proxy) return pass(incoming, outgoing, proxies[proxy]);
    if (path in texts) {
      outgoing.writeHead(200, { ...own, "content-type": TYPES[".html"] });
      return outgoing.end(texts[path]);
    }
    const address = addresses.find((prefix) => path.startsWith(prefix));
    if (address === undefined) return missing(outgoing);
    const rest = normalize(decodeURIComponent(path.slice(address.length)) || "index.html");
    if (rest.startsWith("..")) return missing(outgoing);
    const file = join(folders[address], rest);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return missing(outgoing);
    const type = types[extname(file)] ?? TYPES[extname(file)] ?? "application/octet-stream";
    outgoing.writeHead(200, { ...own, "content-type": type, "content-length": stat.size });
    return createReadStream(file).pipe(outgoing);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    origin: `http://${host}:${server.address().port}`,
    /** Changes where an address is passed on to; `undefined` cuts the line. */
    route(prefix, origin) {
      proxies[prefix] = origin;
    },
    cut() {
      server.closeAllConnections();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function missing(outgoing) {
  outgoing.writeHead(404, { "content-type": "text/plain" });
  outgoing.end("not here");
}

/** Passes a call on, streams and all. A cut line ends the connection without an answer. */
function pass(incoming, outgoing, origin) {
  if (origin === undefined || origin === null) return incoming.socket.destroy();
  const onward = request(new URL(incoming.url, origin), {
    method: incoming.method,
    headers: incoming.headers,
  });
  onward.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
    answer.on("error", () => outgoing.destroy());
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}
