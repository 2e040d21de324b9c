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

/** Make the children of one element like those of another: what is equal stays, then what is of the same kind or key. */
function children(old, fresh) {
  const left = [...old.childNodes];
  const wanted = [...fresh.childNodes];
  const kept = new Map();
  for (const fits of [(one, other) => one.isEqualNode(other), isSame]) {
    for (const one of wanted) {
      const index = kept.has(one) ? -1 : left.findIndex((other) => fits(other, one));
      if (index >= 0) kept.set(one, left.splice(index, 1)[0]);
    }
  }
  for (const one of left) one.remove(); // first, so that nothing that stays has to move: a press on it would be lost
  wanted.forEach((one, at) => {
    const there = kept.get(one) ?? one;
    if (old.childNodes[at] !== there) old.insertBefore(there, old.childNodes[at] ?? null);
    if (there !== one) node(there, one);
  });
}

function isSame(one, wanted) {
  return one.nodeName === wanted.nodeName && one.dataset?.key === wanted.dataset?.key && one.type === wanted.type;
}

function node(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  const { value, checked } = fresh; // read before its children move over
  attributes(old, fresh);
  children(old, fresh);
  if (old.dataset.touched === undefined) entry(old, value, checked);
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

function entry(old, value, checked) {
  if (old.type === "radio") old.checked = checked;
  else if (["INPUT", "TEXTAREA", "SELECT"].includes(old.nodeName) && old.value !== value) old.value = value;
}
