// Words of the element, in Chinese and English; a site may put its own in their place.

import type { Scene } from "./contract.js";

/** A heading and the sentence under it. */
export interface Said {
  readonly head: string;
  readonly text: string;
}

/** Every text that `<yinxin-qr>` shows or speaks. Each may be replaced by the property `words`. */
export interface Words {
  /** Language tag, put on the dialog. */
  readonly lang: string;
  /** Heading, by scene. */
  readonly title: Readonly<Record<Scene, string>>;
  /** The button that opens the dialog. */
  readonly begin: Readonly<Record<Scene, string>>;
  readonly opening: Said;
  readonly showing: Said;
  readonly scanned: Said;
  readonly confirming: Said;
  readonly offered: Said;
  readonly prepared: Said;
  readonly verifying: Said;
  readonly completed: Said;
  readonly rejected: Said;
  /** Nobody scanned in time. */
  readonly unscanned: Said;
  /** A phone had scanned, and the session ended. */
  readonly late: Said;
  readonly cancelled: Said;
  readonly failed: Said;
  /** Before the holder's masked name. */
  readonly holder: string;
  /** Above the number. */
  readonly number: string;
  readonly numberHelp: string;
  readonly notMe: string;
  readonly notMeDone: string;
  readonly close: string;
  readonly retry: string;
  readonly again: string;
  readonly qr: string;
  readonly hold: string;
  readonly holdHelp: string;
  readonly noCamera: string;
  readonly copy: string;
  readonly copied: string;
  readonly lost: string;
  readonly polling: string;
  /** What is left, for the eye: `42 s`. */
  seconds(left: number): string;
  /** The same as it is spoken. */
  left(left: number): string;
}

/** 中文。 */
export const zhCN: Words = {
  lang: "zh-CN",
  title: {
    login: "扫码登录",
    messageSignature: "扫码签名",
    signature: "扫码签章",
    revokeSignature: "扫码撤章",
    encrypt: "扫码选用加密证书",
    decrypt: "扫码解密",
  },
  begin: {
    login: "手机证书登录",
    messageSignature: "用手机签名",
    signature: "用手机签章",
    revokeSignature: "用手机撤章",
    encrypt: "用手机选用加密证书",
    decrypt: "用手机解密",
  },
  opening: { head: "正在生成二维码", text: "请稍候" },
  showing: { head: "请用印信 App 扫一扫", text: "二维码每秒更新，请直接对准屏幕扫描，截图和照片无效" },
  scanned: { head: "已扫描", text: "请在手机上继续" },
  confirming: { head: "请在手机上确认", text: "核对手机上显示的平台与内容" },
  offered: { head: "正在准备文件", text: "请不要关闭本页" },
  prepared: { head: "文件已备好", text: "手机正在签章" },
  verifying: { head: "手机已应答", text: "正在核验，请稍候" },
  completed: { head: "已完成", text: "应答已通过核验" },
  rejected: { head: "手机上未同意", text: "没有签署或交出任何内容" },
  unscanned: { head: "二维码已失效", text: "没有手机在有效时间内扫描" },
  late: { head: "已超时", text: "手机未在规定时间内完成" },
  cancelled: { head: "已取消", text: "没有签署或交出任何内容" },
  failed: { head: "未能完成", text: "请重新获取二维码再试" },
  holder: "扫描人",
  number: "核对数字",
  numberHelp: "如手机询问，请选择或输入这个数字",
  notMe: "不是我",
  notMeDone: "已断开那部手机，换了新的二维码",
  close: "取消",
  retry: "重新获取二维码",
  again: "再试一次",
  qr: "登录与签署用二维码，请用印信 App 扫描",
  hold: "按住显示二维码",
  holdHelp: "周围有人抢扫时，按住按钮才显示二维码",
  noCamera: "没有摄像头？在 App 中输入短码",
  copy: "复制",
  copied: "已复制",
  lost: "网络中断，正在重新连接",
  polling: "网络较慢，仍在等待手机",
  seconds: (left) => `${String(left)} 秒`,
  left: (left) => `剩余 ${String(left)} 秒`,
};

/** English. */
export const en: Words = {
  lang: "en",
  title: {
    login: "Scan to log in",
    messageSignature: "Scan to sign",
    signature: "Scan to seal",
    revokeSignature: "Scan to take a seal back",
    encrypt: "Scan to choose the encryption certificate",
    decrypt: "Scan to open the bids",
  },
  begin: {
    login: "Log in with your phone",
    messageSignature: "Sign with your phone",
    signature: "Seal with your phone",
    revokeSignature: "Take a seal back with your phone",
    encrypt: "Choose the encryption certificate",
    decrypt: "Open the bids with your phone",
  },
  opening: { head: "Preparing the code", text: "One moment" },
  showing: {
    head: "Scan with the Yinxin app",
    text: "The code changes every second: scan it from the screen, pictures of it do not work",
  },
  scanned: { head: "Scanned", text: "Go on at the phone" },
  confirming: { head: "Confirm at the phone", text: "Check the platform and the content it shows" },
  offered: { head: "Preparing the files", text: "Keep this page open" },
  prepared: { head: "The files are ready", text: "The phone is sealing them" },
  verifying: { head: "The phone has answered", text: "Verifying the answer" },
  completed: { head: "Done", text: "The answer was verified" },
  rejected: { head: "Declined at the phone", text: "Nothing was signed or handed over" },
  unscanned: { head: "The code is over", text: "No phone scanned it in time" },
  late: { head: "Time is up", text: "The phone did not finish in time" },
  cancelled: { head: "Cancelled", text: "Nothing was signed or handed over" },
  failed: { head: "It did not work", text: "Get a new code and try again" },
  holder: "Scanned by",
  number: "Number to compare",
  numberHelp: "If the phone asks, choose or type this number",
  notMe: "Not me",
  notMeDone: "That phone was disconnected; here is a new code",
  close: "Cancel",
  retry: "Get a new code",
  again: "Try again",
  qr: "QR code to log in and sign; scan it with the Yinxin app",
  hold: "Hold to show the code",
  holdHelp: "Others here scan first? The code shows while you hold the button",
  noCamera: "No camera? Type this code in the app",
  copy: "Copy",
  copied: "Copied",
  lost: "Connection lost, reconnecting",
  polling: "Slow network, still waiting for the phone",
  seconds: (left) => `${String(left)} s`,
  left: (left) => (left === 1 ? "1 second left" : `${String(left)} seconds left`),
};

/** The built-in words for a language tag: Chinese for any `zh`, English for all else. */
export function wordsFor(tag: string): Words {
  return tag.toLowerCase().startsWith("zh") ? zhCN : en;
}
