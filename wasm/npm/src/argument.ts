// Arguments are looked at before they go anywhere: a wrong one is a TypeError that names it.

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/** Octets; a view from another window counts, a string or a list of numbers does not. */
export function bytes(value: unknown, name: string): Uint8Array {
  if (ArrayBuffer.isView(value) && tagOf(value) === "[object Uint8Array]") {
    return value as Uint8Array;
  }
  throw new TypeError(`${name}: a Uint8Array is expected`);
}

/** Text. */
export function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`${name}: a string is expected`);
}

/** A whole number from 0. */
export function count(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name}: a whole number from 0 is expected`);
}

/** One of several words. */
export function oneOf<T extends string>(value: unknown, all: readonly T[], name: string): T {
  const found = all.find((word) => word === value);
  if (found !== undefined) return found;
  throw new TypeError(`${name}: one of ${all.join(", ")} is expected`);
}

/** An object with members, not a list. */
export function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError(`${name}: an object is expected`);
}

/** A list. */
export function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${name}: an array is expected`);
}
