/**
 * What a phone that runs in a browser needs: certificates and keys under a PIN, scanning, what is to
 * be shown, and the person's word. Keys lie inside the module; what is stored cannot be read without
 * the PIN.
 *
 * ```ts
 * const phone = await Phone.open(phoneStorage());          // undefined: Phone.create(storage, pin)
 * await phone.unlock("246810");
 * const scan = await phone.scan(textOfTheCode);            // nothing has left the phone yet
 * show(scan.view);
 * await scan.matchNumber(42);
 * const { progress } = await scan.confirm({ pin: "246810", certificate: scan.view.needs.certificates[0].index });
 * ```
 *
 * @packageDocumentation
 */

export { lookForCode, readCode, type LookOptions, type Picture } from "./camera.js";
export { YinxinError, type Facts, type Mender } from "./error.js";
export type { Holder, Scene } from "./scene.js";
export { phoneStorage, type PhoneStorage } from "./phone/storage.js";
export { Phone, type PhoneOptions } from "./phone/phone.js";
export { PhoneScan, type Confirmation, type Outcome, type ScanPhase } from "./phone/scan.js";
export type {
  Browser,
  Holdings,
  HistoryEntry,
  OwnCertificate,
  OwnSeal,
  Progress,
  View,
  ViewWarning,
} from "./phone/view.js";
