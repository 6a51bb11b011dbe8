// Lets JSX know the element; React 19 sets its properties and listens to its events.
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { Scene, YinxinQrElement } from "yinxin/element";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "yinxin-qr": DetailedHTMLProps<HTMLAttributes<YinxinQrElement>, YinxinQrElement> & {
        scene?: Scene;
        endpoint?: string;
        locale?: string;
        theme?: "light" | "dark";
        inline?: boolean;
        input?: unknown;
        "onyinxin-answer"?: (event: CustomEvent<unknown>) => void;
        "onyinxin-error"?: (event: CustomEvent<unknown>) => void;
      };
    }
  }
}
