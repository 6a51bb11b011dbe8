// Debian's Chromium, driven by playwright.

import { chromium } from "playwright-core";

/** Where Debian puts it. */
export const CHROMIUM = process.env.YINXIN_CHROMIUM ?? "/usr/bin/chromium";

/** Starts it; `camera` is a y4m file that stands for what the camera sees. */
export function launch({ camera } = {}) {
  const fake = camera
    ? [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-video-capture=${camera}`,
      ]
    : [];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", ...fake],
  });
}

/** Starts it with one page; the same calls as Firefox's and WebKitGTK's. */
export async function drive() {
  const browser = await launch();
  const page = await browser.newPage();
  let complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return {
    goto: (url) => {
      complaints = [];
      return page.goto(url);
    },
    /** What the page complained of since it was opened. */
    complaints: () => complaints,
    /** Runs the body of an async function in the page. */
    evaluate: (body, ...args) =>
      page.evaluate(`(async (...args) => { ${body} })(...${JSON.stringify(args)})`),
    screenshot: () => page.screenshot(),
    close: () => browser.close(),
  };
}

/** A page that fails the test for anything it complains of. */
export async function openPage(context, address, { allowed = [] } = {}) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    if (allowed.some((pattern) => pattern.test(message.text()))) return;
    complaints.push(message.text());
  });
  page.complaints = complaints;
  await page.goto(address);
  return page;
}

/** What a phone is: its screen, its touch, its language. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
  locale: "zh-CN",
  permissions: ["camera"],
};
