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
  if (field.dataset.options) return offers.get(field.dataset.action)?.find((each) => each.text.text === field.value);
  if (field.type === "datetime-local") return field.value ? Math.floor(new Date(field.value) / 1000) : undefined;
  return field.value;
}

// The first field that has to be filled and is not.
export function missing(form) {
  const needed = [...form.querySelectorAll(".field [aria-required=true]")];
  return needed.find((field) => chosen(field).join("").trim() === "");
}
