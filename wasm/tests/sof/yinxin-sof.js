// The one script that a site puts in the place of its plug-in's. The phone behind the client is the
// test's; a site writes `new YinxinClient({ open: "/api/yinxin/open" })` here.

import { DecryptionKey } from "/yinxin/index.js";
import { createSof, installGlobals } from "/yinxin/sof.js";

const from = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const each = (list) => list.map(from);

const answers = {
  login: async () => ({ certificates: each(await phoneLogin()) }),
  messageSignature: async ({ items }) => ({
    items: await Promise.all(items.map(async (item) => ({ id: item.id, signature: from(await phoneSign(item)) }))),
  }),
  encrypt: async () => ({ encryption: each((await phoneCertificates()).encryption) }),
  decrypt: async () => {
    const key = await DecryptionKey.read(from(await phoneKey()));
    return { keys: Object.assign(key, { close() {} }) };
  },
};

const client = { session: (scene, input) => ({ answer: answers[scene](input) }) };

const { anchors, intermediates, ...options } = await siteOptions();
const sof = createSof(client, {
  trust: { anchors: each(anchors), intermediates: each(intermediates) },
  bid: { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z") },
  ...options,
});
await sof.open();
if (options.style === undefined && options.vendor === undefined) await sof.SOF_Login();
installGlobals(sof);
globalThis.mToken = function () {
  return sof;
};
document.documentElement.dataset.ready = "";
