/**
 * The worker in which files are encrypted and opened, so that the page stays quick. The package starts
 * it; nothing is imported from here.
 *
 * @packageDocumentation
 */

import { decrypt } from "./file/decrypt.js";
import { encrypt } from "./file/encrypt.js";
import type { JobContext } from "./file/job.js";
import { KeyTransport } from "./file/key-transport.js";
import { Ends, type PageCalls, type SentOrder, type WorkerCalls } from "./file/message.js";
import { make } from "./file/order.js";
import type { Sink } from "./file/sink.js";

const stop = new AbortController();

const ends: Ends<PageCalls> = new Ends<PageCalls>(globalThis as unknown as Worker, {
  async encrypt(job) {
    const whole = { name: "", index: 0, fileName: job.fileName, size: undefined, headDigest: "" };
    const open = async (stored?: string): Promise<Sink> => {
      const order = await ends.call("open", [whole]);
      return sinkOf(order.kind === "storage" && stored !== undefined ? { ...order, name: stored } : order);
    };
    return encrypt(job, open, context);
  },
  async decrypt(job) {
    const own = await transport;
    const keys = own.unwrap(job.keys);
    const outerKeys = own.unwrap(job.outerKeys);
    try {
      const sink = async (segment: Parameters<PageCalls["open"]>[0]): Promise<Sink> =>
        sinkOf(await ends.call("open", [segment]));
      return await decrypt({ ...job, keys, outerKeys, sink }, context);
    } finally {
      for (const key of [...keys, ...outerKeys]) key.free();
    }
  },
  stop: () => stop.abort(),
} satisfies WorkerCalls as never);

const context: JobContext = {
  signal: stop.signal,
  progress: (progress) => void ends.call("progress", [progress]),
};

const transport = KeyTransport.draw();
transport.then(
  ({ publicKey }) => ends.call("ready", [publicKey]),
  // What kept the module from loading is said by the page, which tries it on its own thread.
  () => ends.call("ready", [new Uint8Array(0)]),
);

function sinkOf(order: SentOrder): Promise<Sink> | Sink {
  return order.kind === "page" ? pageSink(order.sink) : make(order);
}

/** An output that stays on the page: chunks go there, one at a time. */
function pageSink(number: number): Sink {
  return {
    atOnce: false,
    async write(chunk, place) {
      await ends.call("write", [number, chunk, place], [chunk.buffer as ArrayBuffer]);
    },
    async close(fileName) {
      return (await ends.call("close", [number, fileName])) as object;
    },
    async abort() {
      await ends.call("abort", [number]);
    },
  };
}
