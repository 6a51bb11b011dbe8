// What a phone is asked in each scene, as it travels: arguments are looked at, octets become base64url,
// and digests are taken once the suite is known.

import { bytes, count, list, oneOf, record, text } from "../argument.js";
import { toBase64Url } from "../base64url.js";
import { core } from "../core.js";
import type {
  DecryptInput,
  Digested,
  EncryptInput,
  Inputs,
  MessageInput,
  RevokeInput,
  Scene,
  SignatureInput,
  Suite,
} from "../scene.js";

const FORMATS = ["ofd", "pdf"] as const;

/** A payload, or a part of one, that needs to know the suite. */
export type InSuite = (suite: Suite) => unknown;

/**
 * What is asked of a phone, for the suite that the platform has.
 *
 * @throws TypeError that names what is wrong.
 */
export function payloadOf(scene: Scene, input: Inputs[Scene]): InSuite {
  switch (scene) {
    case "login":
      return () => undefined;
    case "messageSignature":
      return messages(input as MessageInput);
    case "signature":
      return files(input as SignatureInput);
    case "revokeSignature":
      return revocation(input as RevokeInput);
    case "encrypt":
      return encryption(input as EncryptInput);
    case "decrypt":
      return bids(input as DecryptInput);
  }
}

function messages({ items }: MessageInput): InSuite {
  const each = list(items, "input.items").map((value, index): InSuite => {
    const name = `input.items[${index}]`;
    const item = record(value, name);
    const id = text(item["id"], `${name}.id`);
    if (item["text"] === undefined) {
      const of = digested(item, name);
      return (suite) => ({ id, digest: digestIn(suite, of) });
    }
    const whole = { id, text: text(item["text"], `${name}.text`) };
    return () => (item["attached"] === true ? { ...whole, attached: true } : whole);
  });
  return (suite) => ({ items: each.map((item) => item(suite)) });
}

function files(input: SignatureInput): InSuite {
  if (typeof input.prepare !== "function") {
    throw new TypeError("input.prepare: a function is expected");
  }
  const each = list(input.files, "input.files").map((value, index): InSuite => {
    const name = `input.files[${index}]`;
    const file = record(value, name);
    const of = digested(file, name);
    const placements = list(file["placements"], `${name}.placements`).map((point, at) => {
      const where = `${name}.placements[${at}]`;
      const { page, x, y } = record(point, where);
      return {
        page: count(page, `${where}.page`),
        x: count(x, `${where}.x`),
        y: count(y, `${where}.y`),
      };
    });
    const asked = {
      id: text(file["id"], `${name}.id`),
      name: text(file["name"], `${name}.name`),
      size: count(file["size"], `${name}.size`),
      format: oneOf(file["format"], FORMATS, `${name}.format`),
      placements,
    };
    return (suite) => ({ ...asked, digest: digestIn(suite, of) });
  });
  return (suite) => ({ files: each.map((file) => file(suite)) });
}

function revocation(input: RevokeInput): InSuite {
  if (typeof input.prepare !== "function") {
    throw new TypeError("input.prepare: a function is expected");
  }
  const of = digested(record(input, "input"), "input");
  const asked = {
    format: oneOf(input.format, FORMATS, "input.format"),
    signature: count(input.signature, "input.signature"),
    seal: text(input.seal, "input.seal"),
    reason: text(input.reason, "input.reason"),
  };
  return (suite) => ({ ...asked, digest: digestIn(suite, of) });
}

function encryption(input: EncryptInput): InSuite {
  const opening =
    input.opening instanceof Date ? Math.floor(input.opening.getTime() / 1000) : input.opening;
  const asked = {
    project: text(input.project, "input.project"),
    section: text(input.section, "input.section"),
    opening: count(opening, "input.opening"),
  };
  return () => asked;
}

function bids(input: DecryptInput): InSuite {
  const each = list(input.files, "input.files").map((value, index) => {
    const name = `input.files[${index}]`;
    const file = record(value, name);
    const segments = list(file["segments"], `${name}.segments`).map((pair, at) => {
      const where = `${name}.segments[${at}]`;
      const [segment, info] = list(pair, where);
      return [text(segment, `${where}[0]`), toBase64Url(bytes(info, `${where}[1]`))];
    });
    return {
      id: text(file["id"], `${name}.id`),
      header: toBase64Url(bytes(file["header"], `${name}.header`)),
      segments,
    };
  });
  return () => ({ files: each });
}

function digested(value: Record<string, unknown>, name: string): Digested {
  if (value["data"] !== undefined) return { data: bytes(value["data"], `${name}.data`) };
  const digest = bytes(value["digest"], `${name}.digest`);
  if (digest.length !== 32) throw new TypeError(`${name}.digest: 32 octets are expected`);
  return { digest };
}

/** A digest, base64url; the module is loaded by then. */
export function digestIn(suite: Suite, of: Digested): string {
  if ("digest" in of) return toBase64Url(of.digest);
  const name = suite === "SM" ? "sm3" : "sha256";
  return toBase64Url(core.call((wasm) => wasm.digest(name, of.data)));
}
