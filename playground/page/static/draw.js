// Puts a screen on the page. The server escapes what people and clusters say; here is the one place where its HTML becomes
// elements. Only what changed is replaced: focus, opened details and the scroll position stay.

const policy = window.trustedTypes?.createPolicy("playground", { createHTML: (html) => html });
const drawn = new WeakMap();
const byId = (id) => document.getElementById(id);

function elements(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

export function draw(screen, before) {
  const moved = before?.place !== screen.place || before?.me !== screen.me;
  document.title = `${screen.title} · k8snet playground`;
  byId("title").textContent = screen.title;
  byId("topic").textContent = screen.topic;
  byId("invite").hidden = !screen.can_invite;
  byId("closed").textContent = screen.closed;
  byId("closed").hidden = !screen.closed;
  byId("composer").hidden = Boolean(screen.closed) || screen.place === "home";
  byId("text").placeholder = "/k8snet why …, or a message";
  byId("messages").hidden = screen.place === "home";
  byId("home").hidden = screen.place !== "home";
  replace(byId("home"), screen.home);
  list(byId("messages"), screen.messages, moved);
  thread(screen, before);
  modal(screen.modal);
  if (before && screen.spoken[0] !== before.spoken[0]) byId("spoken").textContent = screen.spoken[1];
}

function thread(screen, before) {
  const opened = screen.thread.length > 0;
  byId("thread").hidden = !opened;
  document.body.classList.toggle("in-thread", opened);
  byId("status").textContent = screen.status ? `k8snet ${screen.status}` : "";
  list(byId("replies"), screen.thread, screen.thread[0]?.key !== before?.thread[0]?.key);
}

// Replace the children of a list by key. Where it showed its end it still does, but a long message from its start.
function list(parent, fragments, moved) {
  const atEnd = moved || parent.scrollHeight - parent.scrollTop - parent.clientHeight < 60;
  const old = new Map([...parent.children].map((each) => [each.dataset.key, each]));
  const wanted = fragments.map((each) => same(old.get(each.key), each));
  wanted.forEach((each, at) => {
    if (parent.children[at] !== each) parent.insertBefore(each, parent.children[at] ?? null);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild.remove();
  const last = parent.lastElementChild;
  if (atEnd && last) parent.scrollTop = Math.min(parent.scrollHeight, last.offsetTop - parent.offsetTop);
}

// Who writes looks at what comes of it.
export const toEnd = (parent) => (parent.scrollTop = parent.scrollHeight);

function same(old, fragment) {
  if (old && drawn.get(old) === fragment.html) return old;
  const made = elements(fragment.html).firstElementChild;
  made.dataset.key = fragment.key;
  drawn.set(made, fragment.html);
  if (!old) return made;
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset : null;
  const opened = [...old.querySelectorAll("details")].map((each) => each.open);
  old.replaceWith(made);
  made.querySelectorAll("details").forEach((each, at) => (each.open = opened[at] ?? each.open));
  if (focused?.act) made.querySelector(selector(focused))?.focus({ preventScroll: true });
  return made;
}

const selector = (data) =>
  `[data-act="${CSS.escape(data.act)}"]` + (data.action ? `[data-action="${CSS.escape(data.action)}"]` : "");

function replace(parent, html) {
  if (drawn.get(parent) === html) return;
  drawn.set(parent, html);
  parent.replaceChildren(elements(html));
}

// Show the modal; what was typed in a field stays where the app's new view still has that field.
function modal(view) {
  const dialog = byId("modal");
  if (!view) {
    drawn.delete(dialog);
    return dialog.close();
  }
  if (drawn.get(dialog) !== view.key) {
    const typed = dialog.dataset.view === view.view ? fields(dialog).map((each) => [each.dataset.action, each.value]) : [];
    drawn.set(dialog, view.key);
    dialog.dataset.view = view.view;
    byId("modal-title").textContent = view.title;
    byId("modal-blocks").replaceChildren(elements(view.html));
    byId("modal-close").textContent = view.close;
    byId("modal-submit").textContent = view.submit;
    byId("modal-submit").hidden = !view.submit;
    const kept = new Map(typed);
    for (const each of fields(dialog)) each.value = kept.get(each.dataset.action) ?? each.value;
  }
  if (dialog.open) return;
  dialog.showModal();
  (fields(dialog)[0] ?? byId("modal-blocks")).focus();
}

const fields = (dialog) => [...dialog.querySelectorAll(".field :is(input, textarea, select)[data-action]")];
