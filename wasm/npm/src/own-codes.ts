// Codes of the scripts themselves, with their words: title, then what to do.

interface Words {
  readonly zh: readonly [string, string];
  readonly en: readonly [string, string];
}

const words = {
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
  not_loaded: {
    zh: ["模块尚未加载", "请先等待 preload() 完成"],
    en: ["the module is not loaded", "await preload() first"],
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
} as const satisfies Record<string, Words>;

/** Codes of the scripts. */
export type OwnCode = keyof typeof words;

/** Their words. */
export const OWN_WORDS: Readonly<Partial<Record<string, Words>>> = words;
