"""Text of any form that objects are saved in → documents. Pure: bytes in, plain data out, or DumpUnreadable.

JSON, JSON lines, JSON values one after another, and YAML streams. YAML is read with libyaml's safe loader, and aliases,
tags and deep nesting are refused before it builds anything: an alias can stand for gigabytes ("billion laughs"), and
libyaml crashes the interpreter on a hundred thousand brackets. kubectl writes none of these.
"""

import codecs
from collections.abc import Iterator
from typing import Any

import msgspec

from bot.cluster.documents import Document
from bot.errors import DumpUnreadable
from bot.model.text import one_line

_DEEPEST = 100  # Kubernetes objects are below 20 deep; the schema of a CustomResourceDefinition may reach 60
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
        raise DumpUnreadable(f"{label} is not text in UTF-8.") from None


def documents_in(text: str, label: str) -> tuple[Document, ...]:
    """Give the objects of one text, Lists not yet unfolded. `label` names it in DumpUnreadable."""
    values = _json(text, label) if text.lstrip().startswith(("{", "[")) else _yaml(text, label)
    found: list[Document] = []
    for value in values:
        found.extend(value if isinstance(value, list) else [value])
    if not all(isinstance(each, dict) for each in found):
        raise DumpUnreadable(f"{label} holds something that is no Kubernetes object.")
    return tuple(found)


def _json(text: str, label: str) -> list[Any]:
    try:
        return [msgspec.json.decode(text)]
    except (msgspec.DecodeError, RecursionError) as error:
        reason = one_line(str(error), limit=120)
    try:
        return list(_values(text))
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise DumpUnreadable(f"{label} is not JSON: {reason}.") from None


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

    class Loader(yaml.CSafeLoader):
        """Leaves times as text, so that a label that looks like a date stays one."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own shape
            first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
            for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        _refuse_traps(yaml.parse(text, yaml.CSafeLoader), label)
        return [each for each in yaml.load_all(text, Loader) if each is not None]
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of PyYAML's grammar that Python cannot hold
        raise DumpUnreadable(f"{label} is not YAML: {one_line(str(error), limit=160)}.") from None


def _refuse_traps(events: Iterator[Any], label: str) -> None:
    depth = 0
    for event in events:
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            raise DumpUnreadable(f"{label} uses YAML anchors, which a dump never has. Save it as kubectl writes it.")
        if getattr(event, "tag", None):
            raise DumpUnreadable(f"{label} uses the YAML tag {one_line(event.tag, limit=60)}, which a dump never has.")
        if depth > _DEEPEST:
            raise DumpUnreadable(f"{label} is nested deeper than any Kubernetes object.")
