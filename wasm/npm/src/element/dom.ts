// Makes nodes without parsing text: pages with strict policies and Trusted Types allow it.

const SVG = "http://www.w3.org/2000/svg";

/** Attributes; `false` leaves one out. */
export type Attributes = Readonly<Record<string, string | boolean>>;

/** An HTML element. */
export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  set(node, attributes);
  node.append(...children);
  return node;
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, name);
  set(node, attributes);
  node.append(...children);
  return node;
}

function set(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
}

/** Writes a text only where it changed: what did not change is not spoken again. */
export function say(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
