// Bids and documents: what compiles and what does not.

import {
  ContentKeys,
  DecryptionKey,
  decryptFile,
  encryptFile,
  verify,
  verifyDocument,
  type Checked,
  type Encrypted,
  type SinkOption,
  type Verification,
} from "yinxin";
import { Platform, type Finding, type SealVerdict, type SealVerification } from "yinxin/node";

import { same } from "./same.js";

declare const bytes: Uint8Array;
declare const file: File;
declare const keys: ContentKeys;

const bid = { project: "P-17", section: "A1", opening: new Date() };
same<Awaited<ReturnType<typeof encryptFile>>, Encrypted>(true);
encryptFile(file, [bytes], { ...bid, sink: "storage", resume: true }).then((made) => {
  same<typeof made.resumed, number>(true);
  same<typeof made.checked, Checked>(true);
  same<typeof made.blob, Blob | undefined>(true);
  // @ts-expect-error nothing that was made is changed
  made.size = 0;
  // @ts-expect-error where it lies is the package's; `remove()` takes it away
  made.stored;
});
encryptFile([{ name: "price", content: file }], [bytes], { ...bid, sink: (chunk, { offset }) => void [chunk.length, offset] });
same<Exclude<SinkOption, string | object>, never>(true);
// @ts-expect-error a date, no text
encryptFile(file, [bytes], { ...bid, opening: "2026-12-01" });
// @ts-expect-error certificates are a list
encryptFile(file, bytes, bid);
// @ts-expect-error no such output
encryptFile(file, [bytes], { ...bid, sink: "disk" });
// @ts-expect-error project and section are what a bid is for
encryptFile(file, [bytes], { opening: new Date() });
// @ts-expect-error octets are no file
encryptFile(bytes, [bytes], bid);

decryptFile(file, { keys });
decryptFile(file, { keys: [keys, await DecryptionKey.read(bytes)] });
// @ts-expect-error keys are wanted
decryptFile(file, {});
// @ts-expect-error and are objects that give nothing out
decryptFile(file, { keys: bytes });
// @ts-expect-error keys come from phones and files
new DecryptionKey();

same<Awaited<ReturnType<typeof verify>>, Verification>(true);
verifyDocument(bytes, { anchors: [bytes] }).then(({ finding, sealPicture }) => {
  same<typeof finding.ok, boolean>(true);
  same<ReturnType<typeof sealPicture>, { readonly type: string; readonly data: Uint8Array } | undefined>(true);
});
// @ts-expect-error purposes are five
verify(bytes, { anchorsFor: { logins: [bytes] } });
// @ts-expect-error two languages
verify(bytes, { language: "de" });

declare const platform: Platform;
declare const stream: AsyncIterable<Uint8Array>;
platform.verifySeal(stream, { anchorsFor: { seal: [bytes] } }).then((found: SealVerification) => {
  same<typeof found.finding, Finding>(true);
  const [first] = found.seals;
  if (first?.verdict === "valid") same<SealVerdict["kind"], "seal" | "sign">(true);
  // @ts-expect-error no such verdict
  first?.verdict === "good";
});
// @ts-expect-error a document, no path
platform.verifySeal("sealed.ofd");
// @ts-expect-error a document has its content in it
platform.verifySeal(bytes, { content: bytes });
