// Which output a page asked for, and how it is made where the job runs.

import { YinxinError } from "../error.js";

import { canDownload, downloadSink, saveByAnchor } from "./download.js";
import { fileSink, memorySink, MEMORY_LIMIT, callbackSink, streamSink, type ChunkPlace, type Sink } from "./sink.js";
import { storageSink } from "./storage.js";

/**
 * Where output goes.
 *
 * - `"save"`: to the person's disk, by the browser's dialogue for saving, else as a download.
 * - `"download"`: to the folder of downloads, without a dialogue.
 * - `"storage"`: to the browser's own storage, for sending it on; any size, and `resume` goes on there.
 * - `"memory"`: a Blob, at most 256 MiB.
 * - a stream, or a function that takes chunk after chunk: to a server, for instance.
 */
export type SinkOption =
  | "save"
  | "download"
  | "storage"
  | "memory"
  | WritableStream<Uint8Array>
  | ((chunk: Uint8Array, place: ChunkPlace) => Promise<void> | void);

/** An output, as it can be sent to a worker; `here` stays with whoever asked. */
export type Order =
  | { readonly kind: "memory" }
  | { readonly kind: "storage"; readonly name: string; readonly resume: boolean }
  | { readonly kind: "handle"; readonly handle: FileSystemFileHandle }
  | { readonly kind: "here"; readonly sink: Sink };

/** What an output is asked for. */
export interface Wanted {
  readonly fileName: string;
  /** Octets, if known. */
  readonly size: number | undefined;
  /** About how many octets, if known: what memory is asked for. */
  readonly about: number | undefined;
  /** Its name in the browser's storage. */
  readonly storageName: string;
  readonly resume: boolean;
  readonly serviceWorker: ServiceWorkerRegistration | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Looks at what was asked for. */
export function sinkOption(value: unknown, name: string): SinkOption {
  if (value === undefined) return "save";
  if (value === "save" || value === "download" || value === "storage" || value === "memory") return value;
  if (typeof value === "function") return value as SinkOption;
  if (typeof WritableStream !== "undefined" && value instanceof WritableStream) {
    return value as WritableStream<Uint8Array>;
  }
  throw new TypeError(`${name}: "save", "download", "storage", "memory", a WritableStream or a function is expected`);
}

/** Decides on an output. On the page's thread, for dialogues need it. */
export async function order(option: SinkOption, wanted: Wanted): Promise<Order> {
  if (option === "memory") return { kind: "memory" };
  if (option === "storage") {
    return { kind: "storage", name: wanted.storageName, resume: wanted.resume };
  }
  if (option === "save") return save(wanted);
  if (option === "download") return download(wanted);
  if (typeof option === "function") return { kind: "here", sink: callbackSink(option) };
  return { kind: "here", sink: streamSink(option) };
}

interface Picker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

async function save(wanted: Wanted): Promise<Order> {
  const { showSaveFilePicker } = globalThis as Picker;
  if (showSaveFilePicker !== undefined) {
    try {
      const handle = await showSaveFilePicker.call(globalThis, { suggestedName: wanted.fileName });
      return { kind: "handle", handle };
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === "AbortError") {
        throw new YinxinError({
          code: "cancelled",
          message: "no place was chosen to save the file to",
          mendedBy: "person",
          retryable: true,
          cause,
        });
      }
      // Not at a click, or not in this frame: it becomes a download.
    }
  }
  return download(wanted);
}

async function download(wanted: Wanted): Promise<Order> {
  const worker = await canDownload(wanted.serviceWorker);
  if (worker !== undefined) {
    return { kind: "here", sink: await downloadSink(worker, wanted) };
  }
  if (wanted.about === undefined || wanted.about <= MEMORY_LIMIT) {
    return { kind: "here", sink: saveByAnchor(memorySink()) };
  }
  throw new YinxinError({
    code: "sink_unavailable",
    message:
      "a file over 256 MiB can be saved here only through the package's service worker (yinxin/sw); " +
      "register it, or use sink 'storage' or a stream",
    facts: { size: wanted.about },
  });
}

/** Makes the output where the job runs. */
export function make(order: Order): Promise<Sink> | Sink {
  switch (order.kind) {
    case "memory":
      return memorySink();
    case "storage":
      return storageSink(order.name, order.resume);
    case "handle":
      return fileSink(order.handle);
    case "here":
      return order.sink;
  }
}
