// The calls of a WASM module, made of its table (`table.mjs` says what stands in one). What wasm-bindgen
// would write out for each call is here once, for all calls of all modules.

/** The table of a module's calls. */
export interface Bindings {
  readonly table: string;
}

/** A module's calls. */
export interface Bound {
  /** Functions by themselves, and classes. */
  readonly calls: object;
  /** Starts a first instance. */
  start(module: WebAssembly.Module): Promise<void>;
  /** Starts another one: objects of the first are lost, and say so. */
  restart(): void;
}

type Word = (...words: unknown[]) => unknown;
type Call = (this: Handle, ...from: unknown[]) => unknown;

/** What wasm-bindgen has a module give out. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __wbindgen_externrefs: WebAssembly.Table;
  __wbindgen_start(): void;
  __wbindgen_malloc(size: number, align: number): number;
  __wbindgen_free(at: number, size: number, align: number): void;
  __wbindgen_exn_store(reference: number): void;
  __externref_table_alloc(): number;
  __externref_table_dealloc(reference: number): void;
  __externref_drop_slice(at: number, count: number): void;
}

/** An object of a module's: where it lies in memory, and in which instance. No call has such a name. */
interface Handle {
  $at: number;
  $age: number;
}

const CALL = /([.+=-]?)(\w+)\((.*?)\)(!?)(\w*)/g;
const GIVEN = /\{([-?]?)(\w+)\}|\w/g;

/** Something put into memory: where it lies, how many there are of it, how large each is. */
type Put = readonly [at: number, count: number, size: number];

/** Binds what a table says. */
export function bind(table: string): Bound {
  let compiled: WebAssembly.Module;
  let wasm: Exports;
  /** Which instance it is. */
  let age = 0;
  const calls: Record<string, unknown> = {};
  const classes: Record<string, new () => Handle> = {};

  // Memory moves when it grows: a view is good for one use.
  const octets = (at: number, length: number): Uint8Array<ArrayBuffer> =>
    new Uint8Array(wasm.memory.buffer as ArrayBuffer, at >>> 0, length);
  const numbers = (): DataView => new DataView(wasm.memory.buffer);
  const text = (at: number, length: number): string =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets(at, length));
  const allocate = (count: number, size: number): number => wasm.__wbindgen_malloc(count * size, size) >>> 0;
  const put = (data: Uint8Array): Put => {
    const at = allocate(data.length, 1);
    octets(at, data.length).set(data);
    return [at, data.length, 1];
  };
  const putText = (given: string): Put => put(new TextEncoder().encode(given));

  // Values of JavaScript lie in a table; lists of them are lists of places in it.
  const refer = (value: unknown): number => {
    const place = wasm.__externref_table_alloc();
    wasm.__wbindgen_externrefs.set(place, value);
    return place;
  };
  const putAll = (values: readonly unknown[]): Put => {
    const at = allocate(values.length, 4);
    values.forEach((value, index) => numbers().setUint32(at + 4 * index, refer(value), true));
    return [at, values.length, 4];
  };
  const all = (at: number, count: number): unknown[] =>
    Array.from({ length: count }, (_, index): unknown =>
      wasm.__wbindgen_externrefs.get(numbers().getUint32(at + 4 * index, true)),
    );
  const release = ([at, count, size]: Put): void => {
    if (size === 4) wasm.__externref_drop_slice(at, count);
    wasm.__wbindgen_free(at, count * size, size);
  };

  const word = (name: string): Word => (wasm as unknown as Record<string, Word>)[name] as Word;
  const wipe = (name: string, at: number, forgotten: 0 | 1): unknown => word(`__wbg_${name.toLowerCase()}_free`)(at, forgotten);
  const lost = new FinalizationRegistry<readonly [name: string, at: number, age: number]>(([name, at, then]) => {
    if (then === age) wipe(name, at, 1);
  });
  const hold = (handle: Handle, name: string, at: number): Handle => {
    handle.$at = at;
    handle.$age = age;
    lost.register(handle, [name, at, age], handle);
    return handle;
  };
  const wrap = (name: string, at: number): Handle =>
    hold(Object.create((classes[name] as new () => Handle).prototype as object) as Handle, name, at);
  const taken = (handle: Handle): number => {
    const at = handle.$at;
    handle.$at = 0;
    lost.unregister(handle);
    return at;
  };
  /** What lies at that place after a fault is another's. */
  const own = (handle: Handle): Handle => {
    if (handle.$age !== age) throw new Error("stale object");
    return handle;
  };

  const call = (name: string, kind: string, given: string, fails: string, result: string): Call => {
    const letters = [...given.matchAll(GIVEN)];
    const values = result === "" ? 0 : /^[bsvBSN]$/.test(result) ? 2 : 1;
    const bound = kind === "" || kind === "=" || kind === "-";
    return function (...from) {
      if (bound) own(this);
      const words: unknown[] = [];
      const lent: Put[] = [];
      try {
        letters.forEach(([letter, use, of], index) => {
          const value = from[index] as never;
          const none = value === undefined || value === null;
          if (of !== undefined) {
            if (use === "?" && none) return words.push(0);
            if (!((value as unknown) instanceof (classes[of] as new () => Handle))) throw new TypeError(`${of} is expected`);
            return words.push(use === "" ? own(value).$at : taken(own(value)));
          }
          if (letter === "n") return words.push(value);
          if (letter === "N") return words.push(!none, none ? 0 : value);
          if (none && /[BSV]/.test(letter)) return words.push(0, 0);
          const lending = (/b/i.test(letter) ? put : /s/i.test(letter) ? putText : putAll)(value);
          lent.push(lending);
          return words.push(lending[0], lending[1]);
        });
      } catch (thrown) {
        lent.forEach(release);
        throw thrown;
      }
      if (bound) words.unshift(kind === "-" ? taken(this) : this.$at);
      const came = word(name)(...words) as number & number[];
      const [first = 0, second = 0] = fails !== "" || values === 2 ? came : [came];
      if (fails !== "" && came[values + 1] !== 0) {
        const place = came[values] as number;
        const thrown: unknown = wasm.__wbindgen_externrefs.get(place);
        wasm.__externref_table_dealloc(place);
        throw thrown;
      }
      switch (result) {
        case "":
          return undefined;
        case "n":
          return first;
        case "u":
          return first >>> 0;
        case "t":
          return first !== 0;
        case "N":
          return first === 0 ? undefined : second;
      }
      if (values === 1) return wrap(result, first);
      if (first === 0 && /[BS]/.test(result)) return undefined;
      try {
        if (result === "v") return all(first, second);
        return /b/i.test(result) ? octets(first, second).slice() : text(first, second);
      } finally {
        release([first, second, result === "v" ? 4 : 1]);
      }
    };
  };

  // What a module takes in, by its name without the 17 letters that say the version.
  const given: Record<string, (...words: never[]) => unknown> = {
    __wbg___wbindgen_memory: () => wasm.memory,
    __wbg___wbindgen_string_get(to: number, value: unknown) {
      const [at, count] = typeof value === "string" ? putText(value) : [0, 0];
      numbers().setInt32((to >>> 0) + 4, count, true);
      numbers().setInt32(to >>> 0, at, true);
    },
    __wbg___wbindgen_throw(at: number, length: number) {
      throw new Error(text(at, length));
    },
    __wbg_getRandomValues(at: number, length: number) {
      try {
        crypto.getRandomValues(octets(at, length));
      } catch (thrown) {
        wasm.__wbindgen_exn_store(refer(thrown));
      }
    },
    __wbg_length: ({ length }: { length: number }) => length,
    __wbg_normalize: (form: string, at: number, length: number) => form.normalize(text(at, length)),
    __wbg_prototypesetcall: (at: number, length: number, value: Uint8Array) => octets(at, length).set(value),
    __wbindgen_init_externref_table() {
      [undefined, undefined, null, true, false].forEach((value, index) =>
        wasm.__wbindgen_externrefs.set(index && 1023 + index, value),
      );
    },
  };

  /** The class of objects of a module. */
  const made = (name: string): new () => Handle =>
    class implements Handle {
      declare $at: number;
      declare $age: number;
      static make: Call | undefined;

      constructor(...from: unknown[]) {
        hold(this, name, (new.target.make as Call).apply(this, from) as number);
      }

      /** Wipes it. What was of an instance that is gone went with it. */
      free(): void {
        if (this.$age === age) wipe(name, taken(this), 0);
      }
    };

  for (const line of table.split("\n")) {
    const [name = ""] = line.split(" ", 1);
    if (name.startsWith("#")) {
      given[name.slice(1)] = text;
      continue;
    }
    const own = name === "" ? undefined : (calls[name] = classes[name] = made(name));
    for (const [, kind = "", last = "", from = "", fails = "", result = ""] of line.slice(name.length).matchAll(CALL)) {
      if (own === undefined) {
        calls[last] = call(last, ".", from, fails, result);
        continue;
      }
      const one = call(`${name.toLowerCase()}_${last}`, kind, from, fails, result);
      const [place, key] = kind === "+" ? [own, "make"] : [kind === "." ? own : own.prototype as object, last];
      Object.defineProperty(place, key, kind === "=" ? { get: one } : { value: one });
    }
  }

  const imports = (): WebAssembly.Imports => {
    const all: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module, name } of WebAssembly.Module.imports(compiled)) {
      const of = /^__wbg_(\w+)_new$/.exec(name)?.[1];
      const made = Object.keys(classes).find((one) => one.toLowerCase() === of);
      const own = made === undefined ? (given[name] ?? given[name.slice(0, -17)]) : (at: number) => wrap(made, at);
      (all[module] ??= {})[name] = own as WebAssembly.ImportValue;
    }
    return all;
  };
  const begin = (instance: WebAssembly.Instance): void => {
    wasm = instance.exports as unknown as Exports;
    age += 1;
    wasm.__wbindgen_start();
  };
  return {
    calls,
    async start(module) {
      compiled = module;
      begin(await WebAssembly.instantiate(module, imports()));
    },
    restart: () => begin(new WebAssembly.Instance(compiled, imports())),
  };
}
