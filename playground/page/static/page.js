// The page: follows the screens the server sends, and tells it what a person does.

import { act, chosen, lastOf, missing, touched, values } from "/acts.js";
import { draw, toEnd } from "/draw.js";
import { go, place } from "/place.js";
import { side } from "/side.js";

const byId = (id) => document.getElementById(id);
const offers = new Map();
let shown = null;
let stream = null;
let opening = false;

// --- screens

function follow() {
  stream?.close();
  const { as, in: name, thread } = place();
  if (name === "home") act("home").catch(complain);
  stream = new EventSource(`/screens?${new URLSearchParams({ person: as, place: name, thread })}`);
  stream.onmessage = ({ data }) => show(JSON.parse(data));
  stream.onerror = () => lost("The playground does not answer. Has it been stopped?");
}

function show(screen) {
  lost("");
  draw(screen, shown);
  side(screen, (name) => move({ in: name, thread: "" }), tryIt);
  shown = screen;
  // Whoever opened a thread is in it; with a finger they read first, and no keyboard covers it.
  if (opening && screen.thread.length) {
    opening = false;
    byId(matchMedia("(hover: hover)").matches ? "reply" : "replies").focus();
  }
  if (screen.place !== place().in) go({ in: screen.place, thread: "" }, true);
}

function lost(why) {
  byId("lost").textContent = why;
  byId("lost").hidden = !why;
}

// --- moving about

function move(changes) {
  menu(false);
  go(changes);
}

function menu(opened) {
  document.body.classList.toggle("in-menu", opened);
  byId("menu").setAttribute("aria-expanded", String(opened));
}

function tryIt({ place: name, words }) {
  move({ in: name, thread: "" });
  write(byId("text"), words);
}

function write(field, words) {
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function closeThread() {
  const root = shown?.thread[0]?.key;
  go({ thread: "" });
  document.querySelector(`#messages [data-key="${CSS.escape(root ?? "")}"] [data-act=thread]`)?.focus();
}

// --- acts

const complain = (error, where = byId("composer")) => {
  const line = where.querySelector(":scope > .wrong, :scope > form > .wrong");
  line.textContent = error?.message ?? "";
};

async function send(form) {
  const field = form.querySelector("textarea");
  const text = field.value;
  if (!text.trim()) return;
  write(field, "");
  complain(null, form);
  toEnd(byId(form.dataset.for === "thread" ? "replies" : "messages"));
  try {
    await act("write", { text, thread: form.dataset.for === "thread" ? place().thread : "" });
  } catch (error) {
    if (!field.value) write(field, text);
    complain(error, form);
  }
}

async function press(button) {
  if (button.dataset.act === "thread") {
    opening = true;
    return go({ thread: button.closest("[data-ts]").dataset.ts });
  }
  if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
  button.closest("details.menu")?.removeAttribute("open");
  const wanted = button.dataset.act === "select" ? { wanted: chosen(button) } : {};
  await act(button.dataset.act, { ...touched(button), action: button.dataset.action, ...wanted });
}

// Where a refusal is said: in the modal, else at the composer that the element stands above.
const near = (element) => element.closest("dialog") ?? element.closest("aside")?.querySelector("form") ?? byId("composer");

async function attempt(element, work) {
  const where = near(element);
  complain(null, where);
  element.setAttribute("aria-busy", "true");
  try {
    await work(element);
  } catch (error) {
    complain(error, where);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

async function submit(form) {
  const dialog = byId("modal");
  const empty = missing(form);
  if (empty) {
    empty.focus();
    throw new Error(`${empty.getAttribute("aria-label")} is needed.`);
  }
  await act("submit", { view: dialog.dataset.view, values: values(form, offers) });
}

async function suggest(field) {
  const [before, text] = lastOf(field);
  if (text.length < Number(field.dataset.options)) return;
  const groups = (await act("options", { ...touched(field), action: field.dataset.action, text })) ?? [];
  const known = offers.get(field.dataset.action) ?? new Map();
  const entries = groups.flatMap(([heading, options]) => options.map((each) => [heading, each]));
  for (const [, each] of entries) known.set(each.text.text, each);
  offers.set(field.dataset.action, known);
  field.list.replaceChildren(...entries.map(([heading, each]) => entry(before + each.text.text, heading)));
}

function entry(value, heading) {
  const made = new Option(heading, value);
  if (!heading) made.text = value;
  return made;
}

// --- what the browser tells

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-act]");
  if (button) attempt(button, press);
});
document.addEventListener("change", ({ target }) => {
  const field = target.closest("[data-act=select]");
  const picks = () => act("select", { ...touched(field), action: field.dataset.action, wanted: chosen(target) });
  if (field && chosen(target).length) attempt(field, picks);
});
document.addEventListener("input", ({ target }) => {
  if (target.dataset.options) attempt(target, suggest);
  if (target.matches(".composer textarea")) target.rows = Math.min(8, target.value.split("\n").length);
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.matches(".composer")) send(form);
  else attempt(form, submit);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".composer textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key !== "Escape" || byId("modal").open) return;
  if (document.body.classList.contains("in-menu")) menu(false);
  else if (place().thread) closeThread();
});
// A menu opens to the side that has room, and is seen to its end.
addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.open || !target.matches("details.menu")) return;
    const entries = target.lastElementChild;
    entries.classList.remove("rightwards");
    const edge = target.closest(".scrolls")?.getBoundingClientRect().left ?? 0;
    entries.classList.toggle("rightwards", entries.getBoundingClientRect().left < edge);
    entries.scrollIntoView({ block: "nearest" });
  },
  true,
);
byId("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  byId("modal-close").click();
});
byId("modal-close").addEventListener("click", ({ target }) => {
  attempt(target, () => act("close", { view: byId("modal").dataset.view }));
});
// A jump by the address would scroll the whole page, and look like a step back to it.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("text").focus();
});
byId("menu").addEventListener("click", () => menu(!document.body.classList.contains("in-menu")));
byId("thread-close").addEventListener("click", closeThread);
byId("invite").addEventListener("click", ({ target }) => attempt(target, () => act("invite")));
byId("person").addEventListener("change", ({ target }) => move({ as: target.value, thread: "" }));
addEventListener("popstate", follow);
addEventListener("pagehide", () => stream?.close());
follow();
