// The list of people, channels and things to try.

const byId = (id) => document.getElementById(id);
const seen = new Map();

export function side(screen, go, tryIt) {
  people(screen);
  if (screen.place) seen.set(`${screen.me} ${screen.place}`, newest(screen, screen.place));
  const focused = byId("places").contains(document.activeElement) ? document.activeElement.dataset.name : null;
  byId("places").replaceChildren(...screen.places.map((each) => entry(placeLink(screen, each), () => go(each.name))));
  if (focused) byId("places").querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  if (!byId("tries").children.length)
    byId("tries").replaceChildren(...screen.tries.map((each) => entry({ text: each.title }, () => tryIt(each))));
}

function people(screen) {
  const select = byId("person");
  if (select.options.length !== screen.people.length)
    select.replaceChildren(...screen.people.map(([name, shown]) => new Option(shown, name)));
  select.value = screen.me;
}

const newest = (screen, name) => screen.places.find((each) => each.name === name)?.newest ?? "";

// A channel is unread when something newer stands in it than this page has shown; what was there at first is not news.
function placeLink(screen, each) {
  const key = `${screen.me} ${each.name}`;
  if (!seen.has(key)) seen.set(key, each.newest);
  const unread = Number(each.newest) > Number(seen.get(key));
  return { text: each.title, note: [each.note, unread ? "new" : ""].filter(Boolean).join(", "), current: each.name === screen.place, unread };
}

function entry({ text, note = "", current = false, unread = false }, act) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.dataset.name = text;
  button.classList.toggle("unread", unread);
  if (current) button.setAttribute("aria-current", "page");
  if (note) button.append(Object.assign(document.createElement("small"), { textContent: ` ${note}` }));
  button.addEventListener("click", act);
  item.append(button);
  return item;
}
