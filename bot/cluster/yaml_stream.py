"""A YAML stream → plain data, in one pass over libyaml's events. Pure.

Aliases, tags and deep nesting are refused where they stand: an alias can stand for gigabytes ("billion laughs"), and PyYAML's
own way from events to data crashes the interpreter on a hundred thousand brackets. kubectl writes none of these. What is no
text (null, a number, true) is recognized and read by PyYAML's rules, but for those of YAML 1.1 that Kubernetes does not have.
"""

from collections.abc import Hashable
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from bot.errors import DumpUnreadableError
from bot.model.text import one_line

# Left as text, as Kubernetes writes it without quotes (sigs.k8s.io/yaml): a label that looks like a date, `=` and `<<`.
_TEXT = ("timestamp", "value", "merge")
_DEEPEST = 100  # Kubernetes objects are below 20 deep; the schema of a CustomResourceDefinition may reach 60
_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in known if tag.rpartition(":")[2] not in _TEXT]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_CONSTRUCTOR = SafeConstructor()
_NO_KEY = object()  # of a mapping whose next scalar is a key


def yaml_values(text: str, label: str) -> list[Any]:
    """Return the documents of a stream, without empty ones. Raises DumpUnreadableError, YAMLError, ValueError."""
    found: list[Any] = []
    opened: list[_Open] = []
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            opened.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        _refuse_traps(event, len(opened), label)
        value = _begun(event)
        if opened:
            opened[-1].take(value, event)
        elif value is not None:
            found.append(value)
        if not isinstance(event, yaml.ScalarEvent):
            opened.append(_Open(value))
    return found


class _Open:
    """A mapping or sequence that has not ended."""

    __slots__ = ("_key", "_whole")

    def __init__(self, whole: Any) -> None:
        self._whole = whole
        self._key: Any = _NO_KEY

    def take(self, value: Any, event: yaml.NodeEvent) -> None:
        """Take the next value; in a mapping, keys and values come in turns. Raises YAMLError for a key that is none."""
        if isinstance(self._whole, list):
            self._whole.append(value)
        elif self._key is not _NO_KEY:
            self._whole[self._key] = value
            self._key = _NO_KEY
        elif isinstance(value, Hashable):
            self._key = value
        else:
            raise yaml.YAMLError(f"a key that is no text{event.start_mark}")


def _begun(event: yaml.NodeEvent) -> Any:
    """Return a scalar's value, or the empty mapping or sequence that begins here."""
    if not isinstance(event, yaml.ScalarEvent):
        return {} if isinstance(event, yaml.MappingStartEvent) else []
    text: str = event.value
    if event.implicit[0]:  # written without quotes
        for tag, pattern in _RESOLVERS.get(text[:1], ()):
            if pattern.match(text):
                return SafeConstructor.yaml_constructors[tag](_CONSTRUCTOR, yaml.ScalarNode(tag, text))
    return text


def _refuse_traps(event: yaml.NodeEvent, depth: int, label: str) -> None:
    if event.anchor:  # an alias has that of its node
        raise DumpUnreadableError(f"{label} uses YAML anchors, which a dump never has. Save it as kubectl writes it.")
    if tag := getattr(event, "tag", None):
        raise DumpUnreadableError(f"{label} uses the YAML tag {one_line(tag, limit=60)}, which a dump never has.")
    if depth > _DEEPEST:
        raise DumpUnreadableError(f"{label} is nested deeper than any Kubernetes object.")
