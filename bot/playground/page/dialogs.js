// What opens above the page: the app's forms, the question whether somebody is sure, and what Slack complains of.

import { put } from "./patch.js";

const form = document.getElementById("form");
const sure = document.getElementById("sure");
const toast = document.getElementById("toast");
const slack = document.getElementById("slack");

/** Show the app's form, or none. While one is open the workspace waits; the panel beside it does not. */
export function show(view) {
  slack.inert = view !== null || sure.open;
  if (view === null) {
    if (form.open) form.close();
    put(form, "");
    return;
  }
  const opened = form.dataset.view !== view.key || !form.open;
  form.dataset.view = view.key;
  if (put(form, view.html)) localMoments();
  form.setAttribute("aria-label", form.querySelector("h1").textContent);
  if (!form.open) form.show();
  const lost = opened || document.activeElement === document.body;
  if (lost) form.querySelector("input, textarea, select, button.primary, footer button")?.focus();
}

/** Return what is entered in the form: by block, all of it text; moments as Unix seconds. */
export function entries() {
  const found = {};
  for (const one of form.querySelectorAll("[name]")) {
    if (one.type === "radio" && !one.checked) continue;
    const moment = one.type === "datetime-local" && one.value;
    found[one.name] = moment ? String(Math.floor(new Date(one.value).getTime() / 1000)) : one.value;
  }
  return found;
}

/** Say that what is entered has been sent: from now on the app's own values hold. */
export function sent() {
  for (const one of form.querySelectorAll("[data-touched]")) delete one.dataset.touched;
}

/** Ask before something is done; resolves to whether it may be. */
export function confirmed(question) {
  sure.replaceChildren();
  const add = (kind, text, style) => {
    const part = document.createElement(kind);
    part.textContent = text;
    if (style) part.className = style;
    sure.append(part);
    return part;
  };
  add("h2", question.title);
  add("p", question.text);
  const no = add("button", question.deny, "plain");
  const yes = add("button", question.confirm, "danger");
  sure.setAttribute("aria-label", question.title);
  return new Promise((resolve) => {
    no.onclick = () => sure.close("");
    yes.onclick = () => sure.close("yes");
    sure.onclose = () => resolve(sure.returnValue === "yes");
    sure.returnValue = "";
    sure.showModal();
  });
}

/** Show what went wrong, until it is dismissed or the next thing is done. */
export function complain(problems) {
  toast.hidden = problems.length === 0;
  toast.firstElementChild.textContent = problems.join("\n");
}

toast.querySelector("button").onclick = () => complain([]);

for (const kind of ["input", "change"]) {
  form.addEventListener(kind, (event) => { if (event.target.name) event.target.dataset.touched = ""; });
}

function localMoments() {
  for (const one of form.querySelectorAll("[data-epoch]")) {
    const at = new Date(Number(one.dataset.epoch) * 1000);
    one.value = new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
}
