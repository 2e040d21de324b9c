// The page: draws what the server says is on one person's screen, and tells the server what that person does.

import { list, put } from "./patch.js";
import { complain, confirmed, entries, sent, show } from "./dialogs.js";
import { listen, offer } from "./composer.js";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const here = { as: asked.get("as") ?? "lena", in: asked.get("in") ?? "ops", side: asked.get("side") ?? "" };
const seen = {};
let offset_s = 0;
let busy = false;
let again = false;
let followed = 0;

/** Draw the screen; changes that come meanwhile are drawn right after. */
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  do {
    again = false;
    const place = String(new URLSearchParams(here));
    try {
      const answer = await fetch(`/screen?${place}`);
      const screen = await answer.json();
      if (place !== String(new URLSearchParams(here))) again = true; // the person went elsewhere meanwhile
      else if (answer.ok) draw(screen);
      else { complain([screen.problem]); Object.assign(here, { as: "lena", in: "ops", side: "" }); again = true; }
      $("gone").hidden = true;
    } catch {
      $("gone").hidden = false;
    }
  } while (again);
  busy = false;
}

function draw(screen) {
  const following = isFollowing();
  const moved = here.in !== screen.place || $("messages").dataset.place !== screen.place;
  Object.assign(here, { as: screen.user, in: screen.place });
  offset_s = screen.offset_s;
  people(screen);
  put($("sidebar"), screen.sidebar);
  unread(screen.newest);
  put($("head"), screen.head);
  list($("messages"), screen.messages);
  $("messages").dataset.place = screen.place;
  writing(screen);
  beside(screen.side);
  if (moved || following) toTheNewest();
  show(screen.form);
  for (const part of ["tour", "provider", "clock", "leak", "calls"]) put($(part), screen[part]);
  $("machine-part").hidden = screen.machine === null;
  put($("machine"), screen.machine ?? "");
  offer(screen.command);
  document.title = `${screen.people.find((one) => one.id === here.as)?.what ?? "demo"} - anth-triage demo`;
  document.body.dataset.ready = "";
}

/** Say whether the person is where the page has put them, and has not scrolled away to read something else. */
function isFollowing() {
  const room = $("messages");
  return Math.abs(room.scrollTop - followed) < 80 || room.scrollHeight - room.scrollTop - room.clientHeight < 80;
}

/** Scroll to the newest message: to its end, or to its beginning when it is higher than the window. */
function toTheNewest() {
  const room = $("messages");
  const newest = room.lastElementChild;
  if (newest && newest.offsetHeight > room.clientHeight) newest.scrollIntoView(true);
  else room.scrollTop = room.scrollHeight;
  followed = room.scrollTop;
}

function people(screen) {
  const chosen = (one) => (one.id === here.as ? " selected" : "");
  put($("who"), screen.people.map((one) => `<option value="${one.id}"${chosen(one)}>${one.what}</option>`).join(""));
  $("who").value = here.as;
  const others = screen.people.filter((one) => one.id !== here.as);
  put($("others"), `Second window as ${others.map((one) => `<a href="/?as=${one.name}&in=${here.in}" target="_blank">${one.name}</a>`).join(", ")}`);
}

function unread(newest) {
  for (const [place, ts] of Object.entries(newest)) {
    seen[place] ??= document.body.dataset.ready === undefined ? ts : "";
    if (place === here.in) seen[place] = ts;
    const line = $("sidebar").querySelector(`[data-go="${place}"]`);
    line?.classList.toggle("unread", ts > seen[place]);
    if (ts > seen[place]) line?.setAttribute("aria-description", "unread");
    else line?.removeAttribute("aria-description");
  }
}

function writing(screen) {
  $("silent").hidden = screen.silent === "";
  put($("silent"), screen.silent);
  $("composer").hidden = screen.silent !== "";
  const name = $("head").querySelector("h1").textContent;
  $("words").setAttribute("aria-label", `Message to ${name}`);
  put($("shortcuts"), screen.shortcuts.map(([id, words]) => `<button type="button" class="link" data-do="shortcut" data-callback="${id}">⚡ ${words}</button>`).join(""));
}

function beside(side) {
  $("side").hidden = side === null && !/^\d/.test(here.side);
  if (side === null) { here.side = ""; return; }
  $("side-title").textContent = side.title;
  list($("side-items"), side.items);
  $("reply").hidden = side.thread === "";
}

/** Do something as this person; returns whether nobody complained. */
async function act(what, more = {}, control = null) {
  complain([]);
  control?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch("/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ do: what, as: here.as, in: here.in, ...more }),
    });
    const { problems } = await answer.json();
    complain(problems);
    if (what === "say" && problems.length === 0) toTheNewest();
    return problems.length === 0;
  } catch {
    complain(["The demo does not answer."]);
    return false;
  } finally {
    control?.removeAttribute("aria-busy");
    refresh();
  }
}

function go(place, side = "") {
  Object.assign(here, { in: place, side });
  history.replaceState(null, "", `/?${new URLSearchParams(here)}`);
  if (place === "app") act("home");
  refresh();
}

/** Return where a control stands: in a message, in the open form or in the App Home. */
function placeOf(control) {
  const message = control.closest("[data-ts]");
  if (message) return { in: message.dataset.in, ts: message.dataset.ts };
  return control.closest("#form") ? {} : { home: true };
}

async function press(control, value) {
  if (control.getAttribute("aria-busy") === "true") return;
  const question = control.dataset.confirm && JSON.parse(control.dataset.confirm);
  if (question && !(await confirmed(question))) return;
  if (control.dataset.url) open(control.dataset.url, "_blank", "noreferrer");
  await act("press", { ...placeOf(control), action: control.dataset.action, value }, control);
}

async function use(control) {
  const { do: what, callback, emoji, seconds } = control.dataset;
  control.closest("details.more")?.removeAttribute("open");
  const place = placeOf(control);
  if (what === "thread") {
    go(place.in, place.ts);
    return $("reply-words").focus();
  }
  if (what === "paste") {
    $("words").value = control.dataset.text;
    return $("words").focus();
  }
  if (what === "edit") return rewrite(place);
  const more = { callback, emoji, ...(seconds && { seconds: Number(seconds) }), ...place };
  return act(what, more, control);
}

/** Let somebody change their message where it stands. */
function rewrite(place) {
  const body = document.querySelector(`#messages [data-ts="${place.ts}"] .section`);
  const area = document.createElement("textarea");
  area.value = body.innerText.replace(/\s*\(edited\)\s*$/, "");
  area.setAttribute("aria-label", "The message; Enter saves, Escape leaves it as it was");
  area.onkeydown = (event) => {
    if (event.key === "Escape") area.replaceWith(body);
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    const text = area.value;
    area.replaceWith(body);
    act("edit", { ...place, text });
  };
  body.replaceWith(area);
  area.focus();
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("button, a");
  if (!control) return;
  if (control.dataset.go) go(control.dataset.go);
  else if (control.dataset.side) go(here.in, here.side === control.dataset.side ? "" : control.dataset.side);
  else if (control.dataset.do) use(control);
  else if (control.dataset.action !== undefined) press(control, control.dataset.value);
  else if (control.dataset.foot === "close") act("close");
  else if (control.tagName === "A") follow(event, control);
});

function follow(event, link) {
  const address = new URL(link.href);
  if (address.origin !== location.origin) { link.target = "_blank"; return; }
  if (!address.pathname.startsWith("/archives/")) return;
  event.preventDefault();
  go(address.pathname.split("/")[2]);
}

document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.name === "scenario") act("play", { scenario: control.value });
  else if (control.dataset.action !== undefined && !control.closest(".field, fieldset")) press(control, control.value);
});

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = entries();
  const button = $("form").querySelector("button.primary");
  if (button.getAttribute("aria-busy") === "true") return;
  sent();
  await act("submit", { values }, button);
});
$("form").addEventListener("keydown", (event) => { if (event.key === "Escape") act("close"); });
$("who").addEventListener("change", (event) => {
  here.as = event.target.value;
  for (const place of Object.keys(seen)) delete seen[place];
  go(here.in);
});
$("side-close").addEventListener("click", () => go(here.in));
$("messages").addEventListener("load", () => { if (isFollowing()) toTheNewest(); }, true); // a picture has arrived
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("side").hidden && !$("form").open) { go(here.in); $("words").focus(); }
});
$("words").value = sessionStorage.getItem("draft") ?? "";
$("words").addEventListener("input", () => sessionStorage.setItem("draft", $("words").value));
$("words").focus();
listen($("composer"), (text) => act("say", { text }));
listen($("reply"), (text) => act("say", { text, thread: here.side }));

setInterval(() => {
  $("now").textContent = `${new Date(Date.now() + offset_s * 1000).toISOString().slice(11, 19)} UTC`;
}, 500);

const changes = new EventSource("/changes");
changes.onmessage = refresh;
changes.onerror = refresh;
