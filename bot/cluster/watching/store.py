"""The objects of one kind, by namespace and name, and the API's selectors over them. What it holds is frozen."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bot.model.kube.objects import KubeObject
from bot.model.kube.selector_text import selector_in
from bot.model.kube.selectors import LabelSelector

Key = tuple[str, str]  # namespace and name
# The field selectors that questions use (bot/cluster/reading).
_FIELDS: dict[str, Callable[[Any], str]] = {
    "metadata.name": lambda each: each.name,
    "spec.clusterIP": lambda each: each.spec.cluster_ip,
    "spec.nodeName": lambda each: each.spec.node_name,
    "reason": lambda each: each.reason,
}


class Store:
    """Objects of one kind; a namespace's lie together, since questions ask for these."""

    def __init__(self) -> None:
        self._spaces: dict[str, dict[str, Any]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._spaces.values()))

    def put(self, known: KubeObject) -> None:
        """Keep an object in the place of the one of its name."""
        self._spaces.setdefault(known.metadata.namespace, {})[known.metadata.name] = known

    def drop(self, namespace: str, name: str) -> None:
        """Forget an object, if it is here."""
        if space := self._spaces.get(namespace):
            space.pop(name, None)
            if not space:
                del self._spaces[namespace]

    def keep_only(self, keys: set[Key]) -> None:
        """Forget all others."""
        for namespace, name in [key for key in self if key not in keys]:
            self.drop(namespace, name)

    def discard(self, condition: Callable[[Any], bool]) -> None:
        """Forget the objects for which a condition holds."""
        for each in [each for each in self._in("") if condition(each)]:
            self.drop(each.namespace, each.name)

    def clear(self) -> None:
        """Forget all."""
        self._spaces.clear()

    def __iter__(self) -> Iterator[Key]:
        """Yield namespace and name of each object."""
        return ((namespace, name) for namespace, space in self._spaces.items() for name in space)

    def get(self, namespace: str, name: str) -> Any:
        """Return an object; None where there is none."""
        return self._spaces.get(namespace, {}).get(name)

    def select(self, namespace: str = "", labels: str = "", fields: str = "") -> tuple[Any, ...] | None:
        """Return the objects of a namespace (empty: of all) that the API's selectors find; None where one is not known here."""
        asked, wanted = selector_in(labels) if labels else LabelSelector(), _conditions(fields)
        if asked is None or wanted is None:
            return None
        if name := next((value for key, is_equal, value in wanted if key == "metadata.name" and is_equal), ""):
            spaces = (namespace,) if namespace else tuple(self._spaces)
            found: Iterable[Any] = filter(None, (self.get(each, name) for each in spaces))
        else:
            found = self._in(namespace)
        if wanted:
            found = (each for each in found if all(_holds(each, condition) for condition in wanted))
        return tuple(found if asked.is_empty else _labelled(found, asked))

    def _in(self, namespace: str) -> Iterable[Any]:
        if namespace:
            return self._spaces.get(namespace, {}).values()
        return (each for space in self._spaces.values() for each in space.values())


def _labelled(found: Iterable[Any], selector: LabelSelector) -> Iterator[Any]:
    """Yield those whose labels match. Replicas share theirs (`Interner`) and follow one another, so each set is judged once."""
    last: dict[str, str] | None = {}
    is_found = selector.matches({})
    for each in found:
        labels = each.metadata.labels
        if labels is not last:
            last, is_found = labels, selector.matches(labels or {})
        if is_found:
            yield each


Condition = tuple[str, bool, str]  # a field, whether it has to be equal, and to what


def _conditions(fields: str) -> tuple[Condition, ...] | None:
    """Return what a field selector asks for; None where a field is not known here."""
    found: list[Condition] = []
    for part in filter(None, fields.split(",")):
        key, _, value = part.partition("=")
        is_equal, key = not key.endswith("!"), key.removesuffix("!")
        if key not in _FIELDS:
            return None
        found.append((key, is_equal, value))
    return tuple(found)


def _holds(known: Any, condition: Condition) -> bool:
    key, is_equal, value = condition
    return (_FIELDS[key](known) == value) is is_equal
