// Elements made of data: text of others is only ever set as text.

/** An element; a listener is an attribute on..., children are elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(2));
  return element;
}

/** A place as a link to the mirror, or as text where there is none. */
export function place(text, address) {
  if (!text) return [];
  const code = make("code", {}, text);
  if (!/^https:\/\//.test(address || "")) return [code];
  return [make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, code)];
}

/** Prose, in which `...` is what a reader types. */
export function prose(text) {
  return text.split("`").map((part, index, all) => (index % 2 && index < all.length - 1 ? make("code", {}, part) : part));
}

export function name_of(key) {
  return key.split("@")[0];
}

export function listed(words, most = 8) {
  return words.length > most ? `${words.slice(0, most).join(", ")} and ${words.length - most} more` : words.join(", ");
}
