// What a page needs for some of its work only: scripts that come with the first use.

import { YinxinError } from "./error.js";

/**
 * Loads a script of the package.
 *
 * @throws YinxinError `wasm_not_found` where none came, for what is in it is of no use without its module.
 */
export function later<T>(name: string, script: Promise<T>): Promise<T> {
  return script.catch((cause: unknown) => {
    throw new YinxinError({
      code: "wasm_not_found",
      message:
        `${name}.js was not loaded: the network, or a service worker that is a module, where nothing ` +
        `can be loaded later; yinxin.global.js has all scripts in it`,
      facts: { module: name },
      retryable: true,
      cause,
    });
  });
}
