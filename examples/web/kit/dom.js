// Nodes without parsing text: nothing out of a file or an answer becomes part of a page's code.

/** `h("p", { class: "soft" }, "words", node)`; `onclick` and its like are listeners. */
export function h(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined) node.setAttribute(key, value);
  }
  const there = (child) => child !== undefined && child !== null && child !== false;
  node.append(...children.flat(Infinity).filter(there));
  return node;
}

/** A field with its label; `.input` is the field. */
export function field(label, attributes) {
  const id = `f-${label.replace(/\W+/g, "")}-${Math.random().toString(36).slice(2, 7)}`;
  const input = h("input", { id, ...attributes });
  const box = h("div", {}, h("label", { for: id }, label), input);
  box.input = input;
  return box;
}
