/**
 * The service worker of downloads that are made as they go. A site serves this file, or takes it into
 * its own by `importScripts("/yinxin/sw.js")`, and registers it:
 *
 * ```js
 * navigator.serviceWorker.register("/yinxin-sw.js");
 * ```
 *
 * It answers requests for `yinxin-download/…` below its scope and no others.
 *
 * @packageDocumentation
 */

interface Waiting {
  readonly fileName: string;
  readonly size: number | undefined;
  readonly port: MessagePort;
}

interface Message {
  readonly yinxin?: "hello" | "download" | "awake";
  readonly id?: string;
  readonly fileName?: string;
  readonly size?: number;
  readonly port?: MessagePort;
  readonly reply?: MessagePort;
}

interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Response): void;
}

interface Scope {
  readonly registration: { readonly scope: string };
  addEventListener(kind: "message", listener: (event: MessageEvent<Message | null>) => void): void;
  addEventListener(kind: "fetch", listener: (event: Fetching) => void): void;
}

(() => {
  const scope = globalThis as unknown as Scope;
  const waiting = new Map<string, Waiting>();

  scope.addEventListener("message", ({ data }) => {
    if (data?.yinxin === "hello") data.reply?.postMessage("hello");
    if (data?.yinxin !== "download" || data.id === undefined || data.port === undefined) return;
    const { id, fileName = "download", size, port, reply } = data;
    waiting.set(id, { fileName, size, port });
    reply?.postMessage("ready");
  });

  scope.addEventListener("fetch", (event) => {
    const base = new URL("yinxin-download/", scope.registration.scope).href;
    if (!event.request.url.startsWith(base)) return;
    const id = event.request.url.slice(base.length);
    const found = waiting.get(id);
    waiting.delete(id);
    event.respondWith(found === undefined ? new Response(null, { status: 404 }) : download(found));
  });

  function download({ fileName, size, port }: Waiting): Response {
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          port.onmessage = ({ data }: MessageEvent<Uint8Array | "end" | "abort">) => {
            if (data === "end") controller.close();
            else if (data === "abort") controller.error(new Error("stopped"));
            else controller.enqueue(data);
          };
        },
        pull: () => port.postMessage("pull"),
        cancel: () => port.postMessage("cancel"),
      },
      { highWaterMark: 2 },
    );
    // RFC 8187: encodeURIComponent leaves ' ( ) * as they are, which have a meaning there.
    const name = encodeURIComponent(fileName).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    const headers: Record<string, string> = {
      "Content-Type": "application/octet-stream",
      "Content-Disposition": `attachment; filename*=UTF-8''${name}`,
      "Content-Security-Policy": "default-src 'none'",
      "X-Content-Type-Options": "nosniff",
    };
    if (size !== undefined) headers["Content-Length"] = String(size);
    return new Response(body, { headers });
  }
})();

export {};
