"""Holds one JSON value against its shape and says where they differ. Pure; knows nothing of any single block."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from handlers.blockkit import limits
from handlers.blockkit.block_schema import FAMILIES
from handlers.blockkit.problem import Problem
from handlers.blockkit.schema import Anything, Flag, Many, OneOf, Shape, Text, Whole, Word

Judge = Callable[..., Iterator[Problem]]
CONTEXT_TEXT = Text(limits.CONTEXT_TEXT, ("plain_text", "mrkdwn"), "body")
COMMON = {"type": Anything(), "block_id": Word(most=limits.ID, least=1)}
TYPE_ONLY = {"type": Anything()}


def walk(value: Any, field: Any, pointer: str, judge: Judge) -> Iterator[Problem]:
    """Return every difference between `value` and `field`; `judge` is asked about each text that people read."""
    return _CHECKS[type(field)](value, field, pointer, judge)


def shape(
    value: Any, field: Shape, pointer: str, judge: Judge, extra: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[Problem]:
    """Yield what keys are missing, unknown or wrong in an object; `extra` are further keys it may have."""
    if not isinstance(value, Mapping):
        yield Problem(pointer, "wrong-type", "must be an object")
        return
    known = {**extra, **field.may, **field.must}
    for key in field.must:
        if key not in value:
            yield Problem(pointer, "missing-key", f"missing required field: {key}")
    if field.some and not any(key in value for key in field.some):
        yield Problem(pointer, "missing-key", f"needs one of: {', '.join(field.some)}")
    for one, other in field.never_both:
        if one in value and other in value:
            yield Problem(pointer, "both-keys", f"{one} and {other} exclude each other")
    for key, item in value.items():
        if key not in known:
            yield Problem(f"{pointer}/{key}", "unknown-key", f"invalid additional property: {key}")
        else:
            yield from walk(item, known[key], f"{pointer}/{key}", judge)


def _text(value: Any, field: Text, pointer: str, judge: Judge) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(pointer, "wrong-type", "must be a text object")
        return
    kind, words = value.get("type"), value.get("text")
    if kind not in field.kinds:
        yield Problem(f"{pointer}/type", "wrong-value", f"must be one of: {', '.join(field.kinds)}")
    own = {"plain_text": ("emoji",), "mrkdwn": ("verbatim",)}.get(str(kind), ())
    for key in value.keys() - {"type", "text", *own}:
        yield Problem(f"{pointer}/{key}", "unknown-key", f"invalid additional property: {key}")
    if not isinstance(words, str) or not words:
        yield Problem(f"{pointer}/text", "too-short", "must be more than 0 characters")
        return
    if len(words) > field.most:
        yield Problem(f"{pointer}/text", "too-long", f"must be less than {field.most + 1} characters")
    if kind == "mrkdwn" and value.get("verbatim") is not True:
        yield Problem(pointer, "not-verbatim", "Slack links names and addresses by itself unless verbatim is true")
    emoji = value.get("emoji") is not False
    yield from judge(words, f"{pointer}/text", kind=str(kind), role=field.role, emoji=emoji)


def _word(value: Any, field: Word, pointer: str, judge: Judge) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(pointer, "wrong-type", "must be a string")
        return
    if field.values and value not in field.values:
        yield Problem(pointer, "wrong-value", f"must be one of: {', '.join(field.values)}")
    if len(value) < field.least:
        yield Problem(pointer, "too-short", f"must be more than {field.least - 1} characters")
    if field.most and len(value) > field.most:
        yield Problem(pointer, "too-long", f"must be less than {field.most + 1} characters")
    if field.shown:
        yield from judge(value, pointer, kind=field.markup, role="body", emoji=False)


def _flag(value: Any, field: Flag, pointer: str, judge: Judge) -> Iterator[Problem]:
    del field, judge
    if not isinstance(value, bool):
        yield Problem(pointer, "wrong-type", "must be true or false")


def _whole(value: Any, field: Whole, pointer: str, judge: Judge) -> Iterator[Problem]:
    del judge
    if isinstance(value, bool) or not isinstance(value, int) or not field.least <= value <= field.most:
        yield Problem(pointer, "wrong-value", f"must be a whole number from {field.least} to {field.most}")


def _anything(*_: Any) -> Iterator[Problem]:
    return iter(())


def _many(value: Any, field: Many, pointer: str, judge: Judge) -> Iterator[Problem]:
    if not isinstance(value, list | tuple):
        yield Problem(pointer, "wrong-type", "must be a list")
        return
    if len(value) < field.least:
        yield Problem(pointer, "too-few", f"no less than {field.least} items allowed")
    if field.most and len(value) > field.most:
        yield Problem(pointer, "too-many", f"no more than {field.most} items allowed")
    for index, item in enumerate(value):
        yield from walk(item, field.of, f"{pointer}/{index}", judge)


def _one_of(value: Any, field: OneOf, pointer: str, judge: Judge) -> Iterator[Problem]:
    name = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(name, str):
        yield Problem(pointer, "missing-key", "missing required field: type")
        return
    if field.types and name not in field.types:
        yield Problem(pointer, "unsupported-type", f"unsupported type: {name}")
        return
    if name in CONTEXT_TEXT.kinds:
        yield from _text(value, CONTEXT_TEXT, pointer, judge)
        return
    found = FAMILIES[field.family].get(name)
    if found is None:
        yield Problem(pointer, "unsupported-type", f"unsupported type: {name}")
        return
    yield from shape(value, found, pointer, judge, COMMON if field.family in {"block", "cell"} else TYPE_ONLY)


_CHECKS: Mapping[type, Callable[..., Iterator[Problem]]] = {
    Anything: _anything,
    Flag: _flag,
    Many: _many,
    OneOf: _one_of,
    Shape: shape,
    Text: _text,
    Whole: _whole,
    Word: _word,
}
