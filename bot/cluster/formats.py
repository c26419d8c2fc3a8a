"""Text of any form that objects are saved in → documents. Pure: bytes in, plain data out, and what could not be read.

JSON, JSON lines, JSON values one after another, and YAML streams (`yaml_stream`).
"""

import codecs
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from bot.cluster.documents import Document
from bot.errors import DumpUnreadableError
from bot.model.pattern import pattern
from bot.model.text import one_line

GZIP, ZIP, TAR, USTAR = b"\x1f\x8b", b"PK\x03\x04", slice(257, 262), b"ustar"  # by which packs are known
_LONGEST_FLOW = 1 << 20  # characters of YAML that begins like JSON: people write it, and YAML is slow to read
_BETWEEN_DOCUMENTS = pattern(r"^---(?=\s|$)", re.MULTILINE)
# What only Helm's templates have: https://helm.sh/docs/chart_template_guide/builtin_objects/
_TEMPLATE = pattern(r"\{\{-?[^}]*(?:\.(?:Values|Release|Chart)\b|\b(?:include|define|template) \")")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def text_of(data: bytes, label: str) -> str:
    """Decode a file. PowerShell's `>` writes UTF-16 with a byte order mark; all else is UTF-8."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            data, codec = data[len(mark) :], encoding
            break
    else:
        codec = "utf-8"
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise DumpUnreadableError(f"{label} is not text in UTF-8.") from None


class Problem(NamedTuple):
    """A text, or a part of one, that could not be read: why, in a sentence, and the part."""

    sentence: str
    text: str = ""
    is_template: bool = False


class Parsed(NamedTuple):
    """The objects of one text, Lists not yet unfolded, and what of it could not be read."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()


def parsed(text: str, label: str) -> Parsed:
    """Read a text, whatever its form. Of a stream that is broken somewhere the other documents are kept.

    `label` names the text in problems.
    """
    values, problems = _values_of(text, label)
    found: list[Any] = []
    for value in values:
        found.extend(value if isinstance(value, list) else [value])
    known = tuple(each for each in found if isinstance(each, dict))
    if len(known) < len(found):
        problems = [*problems, Problem(f"{label} holds something that is no Kubernetes object.")]
    return Parsed(known, tuple(problems))


def _values_of(text: str, label: str) -> tuple[list[Any], list[Problem]]:
    """Return all values of a text; where it cannot be read as a whole, those of its parts, and the problems."""
    try:
        return _whole(text, label), []
    except DumpUnreadableError as error:
        whole = Problem(str(error), text)
    if _TEMPLATE.search(text):
        return [], [Problem(f"{label} is a Helm template: give what helm template makes of it.", is_template=True)]
    values: list[Any] = []
    problems: list[Problem] = []
    for number, (word, part) in enumerate(_parts(text), 1):
        try:
            values.extend(_whole(part, f"{word} {number} of {label}"))
        except DumpUnreadableError as error:
            problems.append(Problem(str(error), part))
    return (values, problems) if values else ([], [whole])


def _whole(text: str, label: str) -> list[Any]:
    """JSON, else YAML, whose flow style begins like JSON. Raises DumpUnreadableError."""
    if not text.lstrip().startswith(("{", "[")):
        return _yaml(text, label)
    try:
        return _json(text, label)
    except DumpUnreadableError:
        if len(text) > _LONGEST_FLOW:
            raise
        try:
            return _yaml(text, label)
        except DumpUnreadableError:
            pass
        raise


def _parts(text: str) -> list[tuple[str, str]]:
    """The documents of a YAML stream, or the lines of JSON lines, each with the word for it; none of any other text."""
    documents = _BETWEEN_DOCUMENTS.split(text)
    if len(documents) > 1:
        return [("Document", each) for each in documents if each.strip()]
    lines = [each for each in text.splitlines() if each.strip()]
    return [("Line", each) for each in lines] if all(each.startswith("{") for each in lines) else []


def _json(text: str, label: str) -> list[Any]:
    try:
        return [msgspec.json.decode(text)]
    except (msgspec.DecodeError, RecursionError) as error:
        reason = one_line(str(error), limit=120)
    try:
        return list(_values(text))
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise DumpUnreadableError(f"{label} is not JSON: {reason}.") from None


def _values(text: str) -> Iterator[Any]:
    """JSON values one after another, each on a line or over many, as several kubectl calls append them to a file."""
    import json  # noqa: PLC0415 (only for this form: msgspec does not say where a value ends)

    decoder = json.JSONDecoder()
    start = 0
    while start < len(text):
        _, end = decoder.raw_decode(text, start)
        yield msgspec.json.decode(text[start:end])
        rest = text[end : end + 1]
        start = end
        while rest and rest.isspace():
            start += 1
            rest = text[start : start + 1]


def _yaml(text: str, label: str) -> list[Any]:
    import yaml  # noqa: PLC0415 - a JSON dump must not pay for it

    from bot.cluster.yaml_stream import yaml_values  # noqa: PLC0415 (as above)

    try:
        return yaml_values(text, label)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of PyYAML's grammar that Python cannot hold
        raise DumpUnreadableError(f"{label} is not YAML: {one_line(str(error), limit=160)}.") from None
