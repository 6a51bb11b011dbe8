// Pages that hold the element, with sessions that a test drives.

import { openPage } from "./chromium.mjs";
import { dist, pages } from "./places.mjs";
import { serve } from "./serve.mjs";

/** A page around the element. */
function page(lang, attributes) {
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Yinxin</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/element.css">
<script type="module" src="/yinxin/element.js"></script>
<script type="module" src="/page/scripted.js"></script>
</head>
<body><main><h1>${lang === "en" ? "Demonstration platform" : "示范交易平台"}</h1>
<yinxin-qr ${attributes}></yinxin-qr>
<p><a href="#">${lang === "en" ? "Help" : "帮助"}</a></p></main></body>
</html>`;
}

/** Serves `/zh`, `/en` and more, as `texts` says: address → [lang, attributes]. */
export function serveElement(more = {}, options = {}) {
  const all = { "/zh": ["zh-CN", 'scene="login"'], "/en": ["en", 'scene="login"'], ...more };
  const texts = Object.entries(all).map(([address, [lang, attributes]]) => [
    address,
    page(lang, attributes),
  ]);
  return serve({
    folders: { "/yinxin/": dist, "/page/": pages },
    texts: Object.fromEntries(texts),
    ...options,
  });
}

/** Opens such a page and waits until its client is there. */
export async function openElement(context, address) {
  const page = await openPage(context, address);
  await page.waitForSelector("html[data-ready]");
  return page;
}

/** Puts the session into a state. */
export function go(page, state, ...rest) {
  return page.evaluate(([name, more]) => globalThis.scripted.go(name, ...more), [state, rest]);
}

/** Every state of the panel. */
export const STATES = [
  "opening",
  "showing",
  "lost",
  "scanned",
  "confirming",
  "offered",
  "prepared",
  "completed",
  "rejected",
  "expired",
  "cancelled",
  "failed",
];
