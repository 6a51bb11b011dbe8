// One WASM module: loaded at first need, started anew after a panic.

import { bind, type Bindings, type Bound } from "./bindings.js";
import { YinxinError, type ErrorParts } from "./error.js";
import type { Name, Source } from "./source/web.js";
import { atOnce, source } from "#source";
import { supported } from "./supported.js";

/** What is started, by its table: in Node several names are one module. */
const started = new Map<string, Promise<Bound>>();

/** A module and its state. `G` is what wasm-bindgen says of its calls. */
export class Loaded<G> {
  readonly #name: Name;
  readonly #bindings: () => Promise<Bindings>;
  #loading: Promise<G> | undefined;
  #ready: Bound | undefined;
  #table = "";

  constructor(name: Name, bindings: () => Promise<Bindings>) {
    this.#name = name;
    this.#bindings = bindings;
  }

  /** Loads the module, once; what failed is tried again at the next call. */
  load(): Promise<G> {
    this.#loading ??= this.#start().catch((thrown: unknown) => {
      this.#loading = undefined;
      throw thrown;
    });
    return this.#loading;
  }

  /** Calls into the loaded module. */
  call<T>(act: (calls: G) => T): T {
    const bound = this.#ready;
    if (bound === undefined) {
      throw new YinxinError({
        code: "not_loaded",
        message: "the module is not loaded; await preload() before calls that answer at once",
      });
    }
    try {
      return act(bound.calls as G);
    } catch (thrown) {
      throw this.#refused(bound, thrown);
    }
  }

  /** Loads, then calls. */
  async run<T>(act: (calls: G) => T): Promise<T> {
    await this.load();
    return this.call(act);
  }

  async #start(): Promise<G> {
    const support = supported();
    if (!support.ok) {
      throw new YinxinError({
        code: "browser_unsupported",
        message: support.advice,
        mendedBy: "browser",
        facts: { missing: support.missing.join(", ") },
      });
    }
    const { table } = await this.#bindings();
    this.#table = table;
    let start = started.get(table);
    if (start === undefined) {
      start = this.#instance(table);
      started.set(table, start);
      start.catch(() => started.delete(table));
    }
    this.#ready = await start;
    return this.#ready.calls as G;
  }

  async #instance(table: string): Promise<Bound> {
    const bytes = await this.#bytes();
    const bound = bind(table);
    try {
      // Whatever asks whether it has a `Response` makes Node load all of its `fetch`.
      await bound.start(
        await (!atOnce && bytes instanceof Response
          ? WebAssembly.compileStreaming(bytes)
          : WebAssembly.compile(bytes as BufferSource)),
      );
    } catch (thrown) {
      throw unavailable(this.#name, thrown);
    }
    return bound;
  }

  async #bytes(): Promise<Source> {
    let found: Source;
    try {
      found = await source(this.#name);
    } catch (cause) {
      if (YinxinError.is(cause)) throw cause;
      throw new YinxinError({
        code: "wasm_not_found",
        message:
          `${this.#name}_bg.wasm was not fetched: the network, or a Content-Security-Policy ` +
          `without connect-src 'self'; yinxin/inline needs no fetch`,
        facts: { module: this.#name },
        retryable: true,
        cause,
      });
    }
    return !atOnce && found instanceof Response ? checked(this.#name, found) : found;
  }

  #refused(bound: Bound, thrown: unknown): unknown {
    if (typeof thrown === "string") return fromJson(thrown);
    if (thrown instanceof WebAssembly.RuntimeError) {
      this.#restart(bound);
      return new YinxinError({
        code: "internal",
        message: "a fault inside the package; the module was started anew, what it held is gone",
        cause: thrown,
      });
    }
    const words = thrown instanceof Error ? thrown.message : "";
    if (words.includes("stale object")) {
      return new YinxinError({
        code: "handle_stale",
        message: "this object was lost at a fault inside the package; make it anew",
        cause: thrown,
      });
    }
    if (words.includes("null pointer passed to rust")) {
      return new YinxinError({
        code: "handle_freed",
        message: "this object was closed; make it anew",
        cause: thrown,
      });
    }
    return thrown;
  }

  /** Nothing may run in an instance that panicked: its memory is in no state at all. */
  #restart(bound: Bound): void {
    try {
      bound.restart();
    } catch {
      // Where a page may not start an instance at once, the next call loads the module again.
      this.#ready = undefined;
      this.#loading = undefined;
      started.delete(this.#table);
    }
  }
}

/**
 * What came for a module: the answer itself where the browser can compile it as it comes, and keep
 * what it compiled; else its body, unless that is a page, which servers send for files that they do
 * not have.
 */
async function checked(name: Name, answer: Response): Promise<Source> {
  const fail = (message: string, status: number): never => {
    throw new YinxinError({
      code: "wasm_not_found",
      message,
      facts: { module: name, status, url: answer.url },
      retryable: status >= 500,
    });
  };
  if (!answer.ok) {
    fail(`${answer.url} answered ${answer.status}; serve the package's .wasm files`, answer.status);
  }
  const type = answer.headers.get("content-type") ?? "";
  if (/^application\/wasm\s*(;|$)/i.test(type) && "instantiateStreaming" in WebAssembly) return answer;
  const body = new Uint8Array(await answer.arrayBuffer());
  if (body[0] === 0x3c) {
    fail(
      `${answer.url} is a page, not a module; with Vite's dev server set ` +
        `optimizeDeps.exclude to ["yinxin"], or import yinxin/inline`,
      answer.status,
    );
  }
  return body;
}

function unavailable(name: Name, cause: unknown): YinxinError {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (/unsafe-eval|Content.?Security.?Policy|blocked by CSP/i.test(words)) {
    return new YinxinError({
      code: "wasm_blocked",
      message: "the page's Content-Security-Policy forbids WASM; add 'wasm-unsafe-eval' to script-src",
      facts: { module: name },
      cause,
    });
  }
  return new YinxinError({
    code: "wasm_unavailable",
    message: `${name}_bg.wasm is damaged or of another version than the script: ${words}`,
    facts: { module: name },
    cause,
  });
}

function fromJson(thrown: string): YinxinError {
  try {
    return new YinxinError(JSON.parse(thrown) as ErrorParts);
  } catch {
    return new YinxinError({ code: "internal", message: thrown });
  }
}
