// Brings a part of the page up to date by changing only what differs: focus, entries, open details and a press that is
// just under way stay.

const drawn = new WeakMap();

/** Show this HTML in the element; returns whether anything had to change. */
export function put(element, html) {
  if (drawn.get(element) === html) return false;
  drawn.set(element, html);
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  children(element, fresh.content);
  return true;
}

/** Show these {key, html} in this order. */
export function list(container, items) {
  const old = new Map([...container.children].map((child) => [child.dataset.item, child]));
  items.forEach((item, at) => {
    const child = old.get(item.key) ?? document.createElement("div");
    old.delete(item.key);
    child.dataset.item = item.key;
    put(child, item.html);
    if (container.children[at] !== child) container.insertBefore(child, container.children[at] ?? null);
  });
  for (const child of old.values()) child.remove();
}

/** Make the children of one element like those of another. What has a `data-key` is known by it, the rest by its order. */
function children(old, fresh) {
  const left = [...old.childNodes];
  [...fresh.childNodes].forEach((wanted, at) => {
    const index = left.findIndex((one) => isSame(one, wanted));
    const kept = index < 0 ? wanted : left.splice(index, 1)[0];
    if (old.childNodes[at] !== kept) old.insertBefore(kept, old.childNodes[at] ?? null);
    if (index >= 0) node(kept, wanted);
  });
  for (const one of left) one.remove();
}

function isSame(one, wanted) {
  return one.nodeName === wanted.nodeName && one.dataset?.key === wanted.dataset?.key && one.type === wanted.type;
}

function node(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  const touched = old.dataset.touched !== undefined;
  attributes(old, fresh);
  children(old, fresh);
  if (!touched) entry(old, fresh);
}

/** Take over the attributes; what people do to an element (open it, type into it, wait for it) is theirs. */
function attributes(old, fresh) {
  const theirs = new Set(["open", "data-touched", "aria-busy"]);
  for (const { name } of [...old.attributes]) {
    if (!theirs.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!theirs.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function entry(old, fresh) {
  if (old.type === "radio") { if (old.checked !== fresh.checked) old.checked = fresh.checked; }
  else if ("value" in old && old.value !== fresh.value && ["INPUT", "TEXTAREA", "SELECT"].includes(old.nodeName)) {
    old.value = fresh.value;
  }
}
