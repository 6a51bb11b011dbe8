// Where a classic script lies: what `import.meta.url` is to a module. A tag tells while the script
// runs; workers have no tags, but a fault tells where it came from.

const { document, location } = globalThis as { document?: Document; location?: Location };

const tag = document?.currentScript as HTMLScriptElement | null | undefined;

/** This script's address. */
export const scriptUrl: string = tag?.src || (here(new Error()) ?? location?.href ?? "");

function here(fault: Error): string | undefined {
  return /\b(?:https?|file):\/\/[^\s()]+?(?=:\d+:\d+)/.exec(fault.stack ?? "")?.[0];
}
