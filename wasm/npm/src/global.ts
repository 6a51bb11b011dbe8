/**
 * The package for pages without modules, as a classic script:
 *
 * ```html
 * <script src="/yinxin/yinxin.global.js"></script>
 * <yinxin-qr scene="login" endpoint="/api/yinxin/open"></yinxin-qr>
 * ```
 *
 * Everything of `yinxin`, `yinxin/element` and `yinxin/sof` is a property of the one global `Yinxin`,
 * and `<yinxin-qr>` is defined. The modules and the worker lie beside the script, wherever that is.
 *
 * @packageDocumentation
 */

import { defineYinxinElements } from "./element.js";

export * from "./element.js";
export * from "./index.js";
export * from "./sof.js";
// Both have it.
export type { Scene } from "./codes.js";

defineYinxinElements();
