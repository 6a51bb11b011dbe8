// Lets templates know the element. Tell the compiler that it is one:
// `vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("yinxin-") } } })`.
import type { Scene } from "yinxin/element";

declare module "vue" {
  interface GlobalComponents {
    "yinxin-qr": new () => {
      $props: {
        scene?: Scene;
        endpoint?: string;
        locale?: string;
        theme?: "light" | "dark";
        inline?: boolean;
        input?: unknown;
        onYinxinAnswer?: (event: CustomEvent<unknown>) => void;
        onYinxinError?: (event: CustomEvent<unknown>) => void;
      };
    };
  }
}
