// What a person does, told to the server; and what was filled in.

import { place } from "/place.js";

// Do one act; give what the server tells. Throws an Error with a sentence for the person.
export async function act(kind, more = {}) {
  const here = place();
  const body = JSON.stringify({ kind, person: here.as, place: here.in, ...more });
  let answer;
  try {
    answer = await fetch("/act", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  } catch {
    throw new Error("The playground does not answer: it has been stopped.");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok || found.error) throw new Error(found.error ?? `The playground answered ${answer.status}.`);
  return found.told;
}

// The message or view that an element stands in.
export function touched(element) {
  const view = element.closest("[data-view]");
  if (view) return { view: view.dataset.view };
  const message = element.closest("[data-ts]");
  return message ? { channel: message.dataset.channel, ts: message.dataset.ts } : {};
}

// What was chosen in an element: a list of values.
export function chosen(element) {
  const boxes = element.closest("[data-action]:is([role=group], [role=radiogroup])");
  if (boxes) return [...boxes.querySelectorAll("input:checked")].map((each) => each.value);
  if (element.selectedOptions) return [...element.selectedOptions].map((each) => each.value).filter(Boolean);
  return [element.value];
}

// The values of a modal's fields, by action_id, as the fake's `submit` takes them; an untouched choice is left out.
export function values(form, offers) {
  const found = {};
  for (const field of form.querySelectorAll(".field [data-action]")) {
    const value = one(field, offers);
    if (value !== undefined) found[field.dataset.action] = value;
  }
  return found;
}

function one(field, offers) {
  if (field.matches("[role=group]") || field.multiple) return chosen(field);
  if (field.matches("[role=radiogroup], select")) return chosen(field)[0];
  if (field.dataset.options) return offered(field, offers.get(field.dataset.action) ?? new Map());
  if (field.type === "datetime-local") return field.value ? Math.floor(new Date(field.value) / 1000) : undefined;
  return field.value;
}

// What was chosen of what the app offered; words that it did not offer choose nothing, and Slack shows none of them.
function offered(field, known) {
  if (field.value === field.defaultValue) return undefined;
  const words = field.dataset.several ? field.value.split(",").map((each) => each.trim()) : [field.value];
  const picked = words.filter(Boolean).map((each) => known.get(each) ?? kept(field, each));
  return field.dataset.several ? picked : picked[0];
}

function kept(field, word) {
  if (field.defaultValue.split(", ").includes(word)) return { value: word, text: { type: "plain_text", text: word } };
  field.focus();
  throw new Error(`${field.getAttribute("aria-label")}: choose one of the names that are offered for “${word}”.`);
}

// What stands before the last comma of a field with several names, and what is being typed behind it.
export function lastOf(field) {
  const at = field.dataset.several ? field.value.lastIndexOf(",") + 1 : 0;
  const space = field.value.slice(at).length - field.value.slice(at).trimStart().length;
  return [field.value.slice(0, at + space), field.value.slice(at + space)];
}

// The first field that has to be filled and is not.
export function missing(form) {
  const needed = [...form.querySelectorAll(".field [aria-required=true]")];
  return needed.find((field) => chosen(field).join("").trim() === "");
}
