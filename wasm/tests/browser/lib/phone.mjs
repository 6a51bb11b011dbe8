// A phone in a second context: its page, its person, and what its camera sees.

import { PIN } from "./world.mjs";
import { PHONE, openPage } from "./chromium.mjs";

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A phone with one holder's certificate and seal, and the world's hub pinned. */
export class PhonePage {
  #camera;

  constructor(page, context, camera) {
    this.page = page;
    this.context = context;
    this.#camera = camera;
  }

  static async make(browser, world, camera) {
    const context = await browser.newContext({ ...PHONE, baseURL: world.app.origin });
    const page = await openPage(context, `${world.app.origin}/index.html?lang=zh`, {
      // What a hub refuses is an answer that the page reads.
      allowed: [/status of [45]\d\d/, /ERR_/],
    });
    const phone = new PhonePage(page, context, camera);
    await page.getByLabel("设置 PIN").fill(PIN);
    await page.getByLabel("再输入一次").fill(PIN);
    await page.getByRole("button", { name: "建立" }).click();
    await page.getByRole("button", { name: "连接枢纽" }).click();
    await page.getByLabel("枢纽地址").fill(world.hubLine.origin);
    await page.getByLabel("信任列表签名证书").setInputFiles(world.path("CA/trust-list.pem"));
    await page.getByRole("button", { name: "固定枢纽" }).click();
    await page.getByRole("button", { name: "装入证书" }).click();
    const files = ["sign.key", "sign.pem", "encrypt.key", "encrypt.pem", "chain.pem", "seal.esl"];
    await page.getByLabel("文件").setInputFiles(files.map((name) => world.path(name)));
    await page.getByLabel("PIN").fill(PIN);
    await page.getByRole("button", { name: "装入", exact: true }).click();
    await page.getByRole("button", { name: "扫一扫" }).waitFor();
    return phone;
  }

  /** Holds the desk's code before the camera, frame after frame, until the phone has read it. */
  async scan(desk) {
    await this.page.getByRole("button", { name: "扫一扫" }).click();
    await this.see(desk, () => this.page.getByRole("heading", { name: "对准网页上的二维码" }).isHidden());
  }

  /** Holds something before the camera, or takes it away. */
  show(frame) {
    this.#camera.show(frame);
  }

  /** Shows the desk's frames to the camera while `until` says no. */
  async see(desk, until) {
    const end = Date.now() + 30_000;
    let seen;
    while (!(await until())) {
      if (Date.now() > end) throw new Error("the camera read no code");
      const frame = await frameOf(desk);
      if (frame && frame.text !== seen) {
        seen = frame.text;
        this.#camera.show(frame);
      }
      await wait(150);
    }
    this.#camera.show(null);
  }

  /** Enters the number that the desk shows, however the phone asks for it. */
  async match(desk) {
    const number = await desk.locator("yinxin-qr [part=number]").innerText();
    const typed = this.page.getByLabel("网页上显示的两位数字");
    const pick = this.page.getByRole("button", { name: number, exact: true });
    await typed.or(pick).first().waitFor();
    if (await typed.isVisible()) {
      await typed.fill(number);
      await this.page.getByRole("button", { name: "继续" }).click();
    } else {
      await pick.click();
    }
  }

  async confirm() {
    const pin = this.page.getByLabel("PIN");
    const button = this.page.getByRole("button", { name: "确认" });
    await button.waitFor();
    if (await pin.isVisible()) await pin.fill(PIN);
    await button.click();
  }

  /** What the last screen says. */
  async ended() {
    const end = this.page.getByRole("status");
    await end.waitFor();
    return end.innerText();
  }

  /** Back to the first screen, from wherever a test left it. */
  async home() {
    const scan = this.page.getByRole("button", { name: "扫一扫" });
    if (await scan.isVisible()) return;
    await this.page.reload();
    await this.page.getByLabel("PIN").fill(PIN);
    await this.page.getByRole("button", { name: "解锁" }).click();
    await scan.waitFor();
  }
}

/** The frame that the desk shows now, with its modules. */
export function frameOf(desk) {
  return desk.evaluate(() => {
    const frame = document.querySelector("yinxin-qr")?.session?.state.frame;
    return frame && { text: frame.text, size: frame.size, modules: [...frame.modules()] };
  });
}
