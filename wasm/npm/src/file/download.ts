// A download of any size, made as it goes: the page hands chunks to the package's service worker,
// which answers a request of a hidden frame with them.

import { YinxinError } from "../error.js";

import type { Sink } from "./sink.js";

/** Milliseconds that a service worker has for answering. */
const PATIENCE = 2_000;
/** Milliseconds until the browser has to have asked for the first octets. */
const BEGINNING = 20_000;
/** Milliseconds between words that keep it from being ended in the middle of a download. */
const AWAKE = 5_000;

/** The service worker that can do it, if there is one. */
export async function canDownload(
  given: ServiceWorkerRegistration | undefined,
): Promise<ServiceWorkerRegistration | undefined> {
  if (typeof document === "undefined" || !("serviceWorker" in navigator)) return undefined;
  const registration = given ?? (await navigator.serviceWorker.getRegistration());
  const active = registration?.active;
  if (registration === undefined || active === null || active === undefined) return undefined;
  const said = await ask(active, { yinxin: "hello" }, []).catch(() => undefined);
  return said === "hello" ? registration : undefined;
}

function ask(worker: ServiceWorker, message: object, more: Transferable[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => {
      port1.close();
      reject(new Error("the service worker does not answer"));
    }, PATIENCE);
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      port1.close();
      resolve(data);
    };
    worker.postMessage({ ...message, reply: port2 }, [port2, ...more]);
  });
}

interface Download {
  readonly fileName: string;
  /** Octets, if known. */
  readonly size: number | undefined;
  /** Ends the waiting for a browser that asks for nothing more. */
  readonly signal: AbortSignal | undefined;
}

/** Begins a download. */
export async function downloadSink(
  registration: ServiceWorkerRegistration,
  { fileName, size, signal }: Download,
): Promise<Sink> {
  const worker = registration.active;
  if (worker === null) throw gone();
  const { port1: port, port2 } = new MessageChannel();
  const id = crypto.randomUUID();
  let ready: (() => void) | undefined;
  let stopped: unknown;
  let wanted = 0;
  const stop = (reason: unknown): void => {
    stopped ??= reason;
    ready?.();
  };
  port.onmessage = ({ data }: MessageEvent<"pull" | "cancel">) => {
    clearTimeout(late);
    if (data === "pull") wanted += 1;
    else stop(gone());
    ready?.();
  };
  await ask(worker, { yinxin: "download", id, fileName, size, port: port2 }, [port2]);
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = new URL(`yinxin-download/${id}`, registration.scope).href;
  document.body.append(frame);
  // A policy that forbids the frame says so to nobody.
  const late = setTimeout(() => stop(blocked()), BEGINNING);
  const aborted = (): void => stop(signal?.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  if (signal?.aborted === true) aborted();
  const awake = setInterval(() => worker.postMessage({ yinxin: "awake" }), AWAKE);
  const end = (): void => {
    clearTimeout(late);
    clearInterval(awake);
    signal?.removeEventListener("abort", aborted);
    // The frame is what the download hangs on until its last octet was fetched.
    setTimeout(() => {
      frame.remove();
      port.close();
    }, 10_000);
  };
  const turn = async (): Promise<void> => {
    while (wanted === 0 && stopped === undefined) {
      await new Promise<void>((resolve) => (ready = resolve));
    }
    if (stopped !== undefined) throw stopped;
    wanted -= 1;
  };
  return {
    atOnce: false,
    async write(chunk) {
      await turn();
      port.postMessage(chunk, chunk.byteLength === chunk.buffer.byteLength ? [chunk.buffer] : []);
    },
    async close() {
      await turn();
      port.postMessage("end");
      end();
      return {};
    },
    abort(reason) {
      stop(reason ?? gone());
      port.postMessage("abort");
      end();
      return Promise.resolve();
    },
  };
}

function blocked(): YinxinError {
  return new YinxinError({
    code: "download_blocked",
    message:
      "the browser did not begin the download; the page's Content-Security-Policy needs frame-src 'self', " +
      "and the service worker has to answer for yinxin-download/ below its scope",
  });
}

function gone(): YinxinError {
  return new YinxinError({
    code: "download_stopped",
    message: "the download was stopped in the browser; begin it again",
    mendedBy: "person",
    retryable: true,
  });
}

/** A small file, saved by a link. */
export function saveByAnchor(memory: Sink): Sink {
  return {
    ...memory,
    async close(fileName) {
      const outcome = await memory.close(fileName);
      if (outcome.blob !== undefined && typeof document !== "undefined") {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(outcome.blob);
        link.download = fileName;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      }
      return outcome;
    },
  };
}
