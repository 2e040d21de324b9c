// Where people write: Enter sends, Shift and Enter begins a line, and a slash offers the app's command and its verbs.

const words = document.getElementById("words");
const offers = document.getElementById("offers");
let command = { name: "", what: "", verbs: {} };
let at = -1;

/** Take the app's command and verbs. */
export function offer(told) {
  command = told;
}

/** Call `send(text)` for what is written in this form. */
export function listen(form, send) {
  const area = form.querySelector("textarea");
  const go = async () => {
    const text = area.value.trim();
    if (!text) return;
    area.value = "";
    area.dispatchEvent(new Event("input"));
    if (!(await send(text)) && area.value === "") area.value = text;
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    go();
  });
}

function suggestions() {
  const text = words.value;
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const [first, ...rest] = text.split(" ");
  if (rest.length === 0) return command.name.startsWith(first) && first !== command.name ? [[command.name, command.what]] : [];
  if (first !== command.name || rest.length > 1) return [];
  return Object.entries(command.verbs).filter(([verb]) => verb.startsWith(rest[0]) && verb !== rest[0])
    .map(([verb, what]) => [`${command.name} ${verb}`, what]);
}

function suggest() {
  const found = suggestions();
  at = -1;
  offers.replaceChildren(...found.map(([text, what], index) => {
    const line = document.createElement("li");
    line.role = "option";
    line.id = `offer-${index}`;
    const shown = document.createElement("b");
    shown.textContent = text;
    line.append(shown, ` ${what}`);
    line.onmousedown = (event) => { event.preventDefault(); take(index); };
    return line;
  }));
  offers.hidden = found.length === 0;
  words.setAttribute("aria-expanded", String(found.length > 0));
  words.removeAttribute("aria-activedescendant");
}

/** Put an offered command into the field: what stands in brackets is for the person to fill in. */
function take(index) {
  const text = suggestions()[index][0];
  words.value = `${text.split(" [")[0].replace(/ [A-Z].*$/, "")} `;
  suggest();
  words.focus();
}

function choose(step) {
  const lines = [...offers.children];
  at = (at + step + lines.length) % lines.length;
  lines.forEach((line, index) => line.setAttribute("aria-selected", String(index === at)));
  lines[at].scrollIntoView({ block: "nearest" });
  words.setAttribute("aria-activedescendant", lines[at].id);
}

words.addEventListener("input", suggest);
words.addEventListener("blur", () => { offers.hidden = true; words.setAttribute("aria-expanded", "false"); });
words.addEventListener("keydown", (event) => {
  if (offers.hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Tab" || (event.key === "Enter" && at >= 0)) take(Math.max(at, 0));
  else if (event.key === "Escape") suggest.call(null, (offers.hidden = true));
  else return;
  event.preventDefault();
});
