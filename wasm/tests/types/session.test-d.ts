// What must compile, and what must not: `tsc -p wasm/tests/types`. A line under @ts-expect-error that
// compiles fails the run.

import {
  YinxinClient,
  YinxinError,
  type AnswerOf,
  type ErrorCode,
  type Inputs,
  type PageSession,
  type PageState,
  type Scene,
} from "yinxin";
import { Platform, type VerifiedAnswer } from "yinxin/node";
import { Phone, phoneStorage } from "yinxin/phone";

import { same } from "./same.js";

declare const bytes: Uint8Array;

const client = new YinxinClient({ open: "/api/yinxin/open" });

// Each scene has an input of its own.
same<keyof Inputs, Scene>(true);
const login = client.session("login", {});
client.session("login", { display: { title: "x" } });
client.session("encrypt", { project: "P", section: "A", opening: new Date() });
client.session("messageSignature", { items: [{ id: "1", text: "x" }, { id: "2", digest: bytes }] });
client.session("decrypt", {
  files: [{ id: "1", header: bytes, segments: [["technical", bytes]] }],
  display: { project: "P", section: "A" },
});
// @ts-expect-error a login signs nothing
client.session("login", { items: [] });
// @ts-expect-error messages are wanted
client.session("messageSignature", {});
// @ts-expect-error a text or a digest, not neither
client.session("messageSignature", { items: [{ id: "1" }] });
// @ts-expect-error files to seal have to be prepared
client.session("signature", { files: [] });
// @ts-expect-error a bid is asked for by its project and section
client.session("decrypt", { files: [] });
// @ts-expect-error octets, not text
client.session("decrypt", { files: [{ id: "1", header: "x", segments: [] }], display: { project: "P", section: "A" } });
// @ts-expect-error no such scene
client.session("logout", {});
// @ts-expect-error a back end is wanted
new YinxinClient({});
// @ts-expect-error the opening is a time
void client.certificates({ project: "P", section: "A", opening: "tomorrow" });

// Answers are narrowed by scene.
same<typeof login, PageSession<"login">>(true);
async function answers(): Promise<void> {
  const { holder, certificates } = await login.answer;
  const name: string = holder.name;
  void [name, certificates];
  // @ts-expect-error nobody signed a message
  void (await login.answer).items;
  const decrypted = await client.session("decrypt", {
    files: [{ id: "1", header: bytes, segments: [] }],
    display: { project: "P", section: "A" },
  }).answer;
  const [key] = decrypted.keys.names;
  void key?.segment;
  // @ts-expect-error a content key has no octets
  void decrypted.keys.bytes;
  const sealed: AnswerOf<"signature"> = await client.session("signature", {
    files: [],
    prepare: () => ({ dataHash: bytes, property: "x", time: 0 }),
  }).answer;
  for (const file of sealed.files) {
    if ("refused" in file) same<typeof file.refused, string>(true);
    else same<typeof file.signature, Uint8Array>(true);
  }
  const signed = await client.sign([{ id: "1", text: "x" }]);
  signed.map(({ signature }) => signature.length);
}
void answers;

// Codes are a union, so that a typing error in a comparison is one.
function told(error: unknown): void {
  if (!YinxinError.is(error)) return;
  same<typeof error.code, ErrorCode>(true);
  if (error.code === "session_expired") return;
  if (error.code === "hub_unreachable") return;
  // @ts-expect-error no such code
  if (error.code === "session_expird") return;
}
void told;

// States are read, not written, and a switch over phases can be whole.
function written(state: PageState): void {
  // @ts-expect-error read only
  state.phase = "idle";
}
void written;
function phases(state: PageState): string {
  switch (state.phase) {
    case "idle":
    case "opening":
    case "showing":
    case "scanned":
    case "confirming":
    case "offered":
    case "prepared":
    case "verifying":
      return "open";
    case "completed":
    case "rejected":
    case "expired":
    case "cancelled":
    case "failed":
      return "over";
  }
}
login.subscribe(phases);
login.addEventListener("state", ({ state }) => phases(state));
login.addEventListener("answer", ({ answer }) => answer.holder.name);
// @ts-expect-error a login's answer has no items
login.addEventListener("answer", ({ answer }) => answer.items);

// The back end.
const platform = new Platform({
  code: "P-1",
  name: "x",
  origins: ["https://bid.example.cn"],
  hub: { name: "hub.example.cn" },
  certificate: bytes,
  key: ({ digest, algorithm }) => Promise.resolve(algorithm === "SM2" ? digest : digest),
  trust: bytes,
});
platform.handler({ ask: ({ wish, scene }) => (scene === "login" ? {} : wish) });
// @ts-expect-error what is signed has to be decided
platform.handler({});
function verified(answer: VerifiedAnswer): void {
  if (answer.scene === "messageSignature") answer.items.map(({ signature }) => signature.length);
  // @ts-expect-error content keys never come to a back end
  if (answer.scene === "decrypt") void answer.keys;
  // @ts-expect-error of one scene only
  void answer.items;
}
void verified;
// @ts-expect-error a PEM is octets here
new Platform({ code: "P-1", name: "x", origins: [], hub: { name: "h" }, certificate: "x", key: { file: bytes }, trust: bytes });

// The phone.
async function phone(): Promise<void> {
  const own = await Phone.create(phoneStorage(), "246810");
  const scan = await own.scan("HTTPS://…");
  const { progress } = await scan.confirm({ certificate: 0, pin: "246810", seals: [0, 1] });
  if (progress === "accepted") return;
  // @ts-expect-error by which certificate has to be said
  await scan.confirm({ pin: "246810" });
  // @ts-expect-error keys do not come out
  void own.keys;
}
void phone;
