// Debian's Firefox ESR, driven by puppeteer over WebDriver BiDi: no other driver is needed.

import puppeteer from "puppeteer-core";

/** Where Debian puts it. */
export const FIREFOX = process.env.YINXIN_FIREFOX ?? "/usr/bin/firefox-esr";

/** Starts it without a screen; the same calls as WebKitGTK's. */
export async function launch() {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: { "intl.accept_languages": "zh-CN" },
  });
  const page = await browser.newPage();
  return {
    goto: (url) => page.goto(url),
    /** Runs the body of an async function in the page. */
    evaluate: (body, ...args) =>
      page.evaluate(`(async (...args) => { ${body} })(...${JSON.stringify(args)})`),
    screenshot: () => page.screenshot(),
    close: () => browser.close(),
  };
}
