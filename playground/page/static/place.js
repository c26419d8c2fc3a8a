// Where the page is: who looks, at which place, at which thread. It stands in the address, so Back and Reload work.

const FIRST = { as: "ana", in: "incidents", thread: "" };

export function place() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(FIRST).map(([key, value]) => [key, query.get(key) ?? value]));
}

// Go there. `quietly` corrects the address without a step that Back would have to undo.
export function go(changes, quietly = false) {
  const query = new URLSearchParams({ ...place(), ...changes });
  if (!query.get("thread")) query.delete("thread");
  const address = `?${query}`;
  if (address === location.search) return;
  history[quietly ? "replaceState" : "pushState"](null, "", address);
  if (!quietly) dispatchEvent(new PopStateEvent("popstate"));
}
