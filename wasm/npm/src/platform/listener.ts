// Node's own HTTP server and a handler of requests.

import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** What of `http.IncomingMessage` is used. */
export interface Incoming {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly headers: { readonly host?: string | undefined };
  readonly complete: boolean;
}

/** What of `http.ServerResponse` is used. */
export interface Outgoing {
  readonly headersSent: boolean;
  on(event: "close", listener: () => void): unknown;
  writeHead(status: number, headers?: Record<string, string[] | string>): unknown;
  end(body?: Uint8Array): unknown;
}

/**
 * A listener for `http.createServer`, and for Express as `app.post(path, nodeListener(handle))`
 * before any parser of bodies.
 */
export function nodeListener(
  handle: (request: Request) => Promise<Response>,
): (incoming: Incoming, outgoing: Outgoing) => void {
  if (typeof handle !== "function") throw new TypeError("handle: a function is expected");
  return (incoming, outgoing) => {
    void answer(handle, incoming, outgoing).catch(() => {
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  };
}

async function answer(
  handle: (request: Request) => Promise<Response>,
  incoming: Incoming,
  outgoing: Outgoing,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const headers = new Headers();
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? "", incoming.rawHeaders[at + 1] ?? "");
  }
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  const init: RequestInit & { duplex?: "half" } = { method, headers, signal: gone.signal };
  if (hasBody) {
    init.body = Readable.toWeb(incoming as IncomingMessage) as ReadableStream<Uint8Array<ArrayBuffer>>;
    init.duplex = "half";
  }
  const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "localhost"}`);
  const response = await handle(new Request(url, init));
  const out: Record<string, string[] | string> = {};
  response.headers.forEach((value, name) => {
    if (name !== "set-cookie") out[name] = value;
  });
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) out["set-cookie"] = cookies;
  // A body that was not read to its end is in the way of the connection's next call.
  if (!incoming.complete) out["connection"] = "close";
  outgoing.writeHead(response.status, out);
  outgoing.end(new Uint8Array(await response.arrayBuffer()));
}
