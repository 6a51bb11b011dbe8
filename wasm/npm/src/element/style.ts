// How the element looks. Constructed in script: strict style policies allow it.

import DARK from "./dark.css";
import CSS from "./style.css";

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements of the page. */
export function style(): CSSStyleSheet {
  if (sheet) return sheet;
  sheet = new CSSStyleSheet();
  const dark = (of: string): string => DARK.replace(":host", `:host(${of})`);
  sheet.replaceSync(
    `${dark("[theme=dark]")}@media (prefers-color-scheme:dark){${dark(":not([theme=light])")}}${CSS}`,
  );
  return sheet;
}
