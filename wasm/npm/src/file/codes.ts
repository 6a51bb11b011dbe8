// Codes of what is done with files, with their words: nobody meets them before.

import { OWN_WORDS, type CodeWords } from "../own-codes.js";

const words = {
  bid_order: {
    zh: ["加密包的读写次序不对", "请由网站修正程序"],
    en: ["an envelope was read or written out of order", "the site mends its program"],
  },
  download_blocked: {
    zh: ["浏览器没有开始下载", "请由网站在安全策略中加入 frame-src 'self',并核对其 service worker"],
    en: ["the browser did not begin the download", "the site adds frame-src 'self' to its policy and checks its service worker"],
  },
  download_stopped: {
    zh: ["下载被浏览器停止", "请重新开始"],
    en: ["the download was stopped in the browser", "begin it again"],
  },
  key_transport: {
    zh: ["密钥不是发给这个 worker 的", "请由网站更新脚本"],
    en: ["a key was wrapped for another worker", "the site updates its scripts"],
  },
  memory_limit: {
    zh: ["文件超过 256 MiB,不能放在内存里", "网站须改用保存到磁盘或浏览器存储"],
    en: ["over 256 MiB are not kept in memory", "the site saves to the disk or the browser's storage"],
  },
  sink_unavailable: {
    zh: ["此浏览器无法保存这么大的文件", "网站须注册 yinxin/sw,或改用浏览器存储"],
    en: ["a file this large cannot be saved here", "the site registers yinxin/sw, or uses the browser's storage"],
  },
  storage_busy: {
    zh: ["另一个标签页正在处理此文件", "请关闭它或等它完成"],
    en: ["another tab is working on this file", "close it or wait for it"],
  },
  storage_full: {
    zh: ["存储空间已满", "请腾出空间后重试"],
    en: ["the storage is full", "make room and try again"],
  },
  worker_failed: {
    zh: ["后台线程已结束", "请重新开始"],
    en: ["the worker ended", "begin again"],
  },
} as const satisfies Record<string, CodeWords>;

/** Codes of the file jobs. */
export type FileCode = keyof typeof words;

/** Lets them be explained. */
export function explainFiles(): void {
  Object.assign(OWN_WORDS, words);
}
