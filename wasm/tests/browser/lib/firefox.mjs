// Debian's Firefox ESR, driven by puppeteer over WebDriver BiDi: no other driver is needed.

import puppeteer from "puppeteer-core";

/** Where Debian puts it. */
export const FIREFOX = process.env.YINXIN_FIREFOX ?? "/usr/bin/firefox-esr";

/** Starts it without a screen. */
export function launch() {
  return puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
}
