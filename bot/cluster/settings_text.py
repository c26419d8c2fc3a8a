"""The text of a ConfigMap's key → its scalars and the keys that lead to each: JSON, YAML, TOML, properties, INI, dotenv. Pure.

Nothing is guessed: a text that is broken, too long or too deep, or says a key twice, has no scalars. Values are texts as they
are written (`08080` is no port). What a YAML alias stands for is not looked up.
"""

from collections.abc import Callable, Iterator
from typing import Any

from bot.model.call.port_beside import DOCUMENT, ITEM, Path
from bot.model.pattern import pattern

Scalar = tuple[Path, str]

_LONGEST = 64 * 1024  # characters of a text that is read
_DEEPEST = 30
_LINES = (".properties", ".env", ".ini", ".cfg", ".conf")
_YAML = (".yaml", ".yml")
_PAIR = pattern(r"\s*(?:export\s+)?(?P<key>[A-Za-z_][\w.-]{0,200})\s*=\s*(?P<value>.*?)\s*")
_SECTION = pattern(r"\s*\[([\w.: \"'/-]{1,200})\]\s*")
_COMMENTS = ("#", "//", ";", "!")


class _Unread(Exception):  # noqa: N818 (no error of anybody's)
    """The text is none of its form, or not for us."""


def scalars(text: str, key: str) -> tuple[Scalar, ...]:
    """Return the scalars of a text, in its order; none where it cannot be read for certain. `key` is its name."""
    if len(text) > _LONGEST:
        return ()
    try:
        return tuple(_reader(text, key.lower())(text))
    except (_Unread, ValueError, RecursionError):
        return ()


def _reader(text: str, name: str) -> Callable[[str], Iterator[Scalar]]:
    if name.endswith(".toml"):
        return _toml
    if name.endswith(_LINES):
        return _lines
    if name.endswith(_YAML):
        return _yaml
    first = next((each for each in text.splitlines() if each.strip() and not each.lstrip().startswith(_COMMENTS)), "")
    if _PAIR.fullmatch(first) or _SECTION.fullmatch(first):
        return _lines
    return _json if first.lstrip().startswith(("{", "[")) else _yaml


def _json(text: str) -> Iterator[Scalar]:
    import json  # noqa: PLC0415 (only where a host may have its port beside it; msgspec takes the last of two equal keys)

    return _of(json.loads(text, object_pairs_hook=_without_twins, parse_int=str, parse_float=str), ())


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise _Unread
    return found


def _toml(text: str) -> Iterator[Scalar]:
    import tomllib  # noqa: PLC0415 (as `json`)

    return _of(tomllib.loads(text), ())


def _of(value: Any, path: Path) -> Iterator[Scalar]:
    """Yield the scalars of decoded data; what is neither text nor a number is told by its key alone."""
    if len(path) > _DEEPEST:
        raise _Unread
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _of(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _of(each, (*path, f"{ITEM}{at}"))
    else:
        is_said = isinstance(value, str | int) and not isinstance(value, bool)
        yield path, str(value) if is_said else ""


def _lines(text: str) -> Iterator[Scalar]:
    """Yield `key = value` of each line, below its `[section]`; not of a text with blocks, or values of several lines."""
    above: Path = ()
    told: set[Path] = set()
    for line in text.splitlines():
        if line.lstrip().startswith(_COMMENTS):
            continue
        if section := _SECTION.fullmatch(line):
            above = (section[1].strip(),)
        elif found := _PAIR.fullmatch(line):
            path, value = (*above, found["key"]), found["value"]
            if path in told or value.endswith(("\\", "{")):
                raise _Unread
            told.add(path)
            yield path, _unquoted(value)
        elif line.rstrip().endswith(("{", "}", "\\")):
            raise _Unread


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote not in ("'", '"'):
        return value
    if len(value) == 1 or value[-1] != quote:
        raise _Unread  # it may end on another line
    return value[1:-1]


def _yaml(text: str) -> Iterator[Scalar]:
    import yaml  # noqa: PLC0415 (as `json`)

    try:
        yield from _of_events(yaml.parse(text, yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise _Unread from error


def _of_events(events: Iterator[Any]) -> Iterator[Scalar]:
    """Yield the scalars of a stream, without making data of it: what is not a scalar here is not believed."""
    import yaml  # noqa: PLC0415 (as above)

    opened: list[_Open] = []
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            opened.pop()
        elif isinstance(event, yaml.NodeEvent):
            is_scalar = isinstance(event, yaml.ScalarEvent)
            value = event.value if isinstance(event, yaml.ScalarEvent) and not event.tag else ""
            step = opened[-1].step(value, is_scalar=is_scalar) if opened else f"{DOCUMENT}{documents}"
            if step is None:
                continue
            path = (*(opened[-1].path if opened else ()), step)
            if is_scalar or isinstance(event, yaml.AliasEvent):
                yield path, value
            else:
                if len(path) > _DEEPEST:
                    raise _Unread
                opened.append(_Open(path, is_mapping=isinstance(event, yaml.MappingStartEvent)))


class _Open:
    """A mapping or sequence that has not ended."""

    def __init__(self, path: Path, *, is_mapping: bool) -> None:
        self.path = path
        self._is_mapping = is_mapping
        self._key: str | None = None
        self._keys: set[str] = set()
        self._at = 0

    def step(self, value: str, *, is_scalar: bool) -> str | None:
        """Return by what the next node is known here; None of a key, which is known by nothing. Keys are scalars, each once."""
        if not self._is_mapping:
            self._at += 1
            return f"{ITEM}{self._at - 1}"
        if self._key is None:
            if not is_scalar or value in self._keys:
                raise _Unread
            self._keys.add(value)
            self._key = value
            return None
        step, self._key = self._key, None
        return step
