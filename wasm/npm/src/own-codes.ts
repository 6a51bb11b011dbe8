// Codes of the scripts themselves, with their words: title, then what to do.

import type { FileCode } from "./file/codes.js";

/** Words about a code: title, then what to do. */
export interface CodeWords {
  readonly zh: readonly [string, string];
  readonly en: readonly [string, string];
}

const words = {
  aborted: {
    zh: ["网页已放弃操作", "如仍需要,请重新开始"],
    en: ["the page gave it up", "begin again if it is still wanted"],
  },
  account_subject_missing: {
    zh: ["网站未提供该个人的身份标识", "个人签署、解密须由网站在 options.account 中给出 subject"],
    en: ["the site does not say which person is logged in", "the site gives the person's `subject` from `options.account`"],
  },
  browser_unsupported: {
    zh: ["此浏览器太旧,无法使用", "请改用 Chrome 或 Edge 96、Firefox 89、Safari 16.4 及以上版本"],
    en: ["this browser is too old", "use Chrome or Edge 96, Firefox 89, Safari 16.4 or later"],
  },
  handle_freed: {
    zh: ["对象已关闭", "请重新创建"],
    en: ["this object was closed", "make it anew"],
  },
  handle_stale: {
    zh: ["对象因内部故障而失效", "请重新创建"],
    en: ["this object was lost at a fault inside the package", "make it anew"],
  },
  hub_unreachable: {
    zh: ["连接不到枢纽", "请检查网络;截止时间将近时请改用其他途径"],
    en: ["the hub does not answer", "check the network; near a deadline take another way"],
  },
  not_loaded: {
    zh: ["模块尚未加载", "请先等待 preload() 完成"],
    en: ["the module is not loaded", "await preload() first"],
  },
  origin_missing: {
    zh: ["不知道网页的来源", "请以 origin 参数给出"],
    en: ["the page's origin is not known", "give it as `origin`"],
  },
  platform_answer: {
    zh: ["平台的回复不合规", "请平台核对其后端接口"],
    en: ["the platform's answer is not what it should be", "the platform checks its back end"],
  },
  platform_unreachable: {
    zh: ["平台后端没有回应", "请检查网络后重试;刷新页面可继续"],
    en: ["the platform's back end does not answer", "check the network and try again; a reload goes on"],
  },
  resume_needs_input: {
    zh: ["刷新后无法继续准备文件", "请重新选择文件并重新开始"],
    en: ["after a reload the files are missing", "choose the files again and begin anew"],
  },
  session_elsewhere: {
    zh: ["另一个标签页正在进行此会话", "请在那里继续,或重新开始"],
    en: ["another tab runs this session", "go on there, or begin anew"],
  },
  trust_missing: {
    zh: ["未配置证书信任根", "平台须提供签发机构的根证书"],
    en: ["no roots of certificates are set", "the platform gives the authorities' roots"],
  },
  wasm_blocked: {
    zh: ["网页的安全策略禁止 WASM", "网站须在 script-src 中加入 'wasm-unsafe-eval'"],
    en: ["the page's policy forbids WASM", "the site adds 'wasm-unsafe-eval' to script-src"],
  },
  wasm_not_found: {
    zh: ["未能取得 WASM 文件", "请检查网络;网站须提供该文件并允许 connect-src 'self'"],
    en: ["the WASM file was not fetched", "check the network; the site serves the file and allows connect-src 'self'"],
  },
  wasm_unavailable: {
    zh: ["WASM 文件已损坏或版本不符", "请刷新页面;网站须同时更新脚本与 .wasm 文件"],
    en: ["the WASM file is damaged or of another version", "reload; the site updates script and .wasm together"],
  },
} as const satisfies Record<string, CodeWords>;

/** Codes of the scripts. */
export type OwnCode = FileCode | keyof typeof words;

/** Their words; those of the file jobs come with these. */
export const OWN_WORDS: Partial<Record<string, CodeWords>> = words;
