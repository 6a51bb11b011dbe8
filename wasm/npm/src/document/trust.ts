// What verifications judge by, as the module takes it.

import { bytes, list, oneOf, record } from "../argument.js";
import type { Messages } from "../messages.js";
import type { Trust } from "../verify.js";

type TrustHandle = InstanceType<Messages["TrustHandle"]>;

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

/** Octets of each of a list. */
export function all(value: unknown, name: string): Uint8Array[] {
  return list(value ?? [], name).map((one, index) => bytes(one, `${name}[${index}]`));
}

/** Purposes by which anchors are trusted. */
export const PURPOSES = ["any", "encrypt", "platform", "seal", "sign"] as const;

/**
 * The handle of what is trusted, in the module that judges by it.
 *
 * @internal
 */
export function judgedBy(wasm: Pick<Messages, "TrustHandle">, trust: Trust): TrustHandle {
  record(trust, "options");
  const settings = {
    now: seconds(trust.now === undefined ? new Date() : date(trust.now, "options.now")),
    ...(trust.at === undefined ? {} : { at: seconds(date(trust.at, "options.at")) }),
    requireRevocation: trust.requireRevocation === true,
  };
  const handle = new wasm.TrustHandle(JSON.stringify(settings));
  try {
    for (const file of all(trust.anchors, "options.anchors")) handle.addAnchors(file, []);
    for (const [purpose, files] of Object.entries(trust.anchorsFor ?? {})) {
      const name = oneOf(purpose, PURPOSES, "options.anchorsFor");
      for (const file of all(files, `options.anchorsFor.${name}`)) handle.addAnchors(file, [name]);
    }
    for (const file of all(trust.timestampAnchors, "options.timestampAnchors")) {
      handle.addTimestampAnchors(file);
    }
    for (const file of all(trust.intermediates, "options.intermediates")) handle.addIntermediates(file);
    for (const file of all(trust.crls, "options.crls")) handle.addCrls(file);
    for (const file of all(trust.ocsp, "options.ocsp")) handle.addOcsp(file);
    return handle;
  } catch (thrown) {
    handle.free();
    throw thrown;
  }
}

/** A time. */
function date(value: unknown, name: string): Date {
  if (Object.prototype.toString.call(value) === "[object Date]" && !Number.isNaN((value as Date).getTime())) {
    return value as Date;
  }
  throw new TypeError(`${name}: a Date is expected`);
}
