"""Rules that need all blocks of a message at once: counts, sums, ids, and keys that depend on each other. Pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.blockkit import limits
from handlers.blockkit.block_schema import Surface
from handlers.blockkit.problem import Allowed, Problem

Placed = tuple[str, Mapping[str, Any]]
_MOST = {
    "table": limits.TABLES_MESSAGE,
    "plan": limits.PLANS_MESSAGE,
    "data_visualization": limits.CHARTS_MESSAGE,
}


def whole(blocks: Sequence[Any], surface: Surface, allowed: Allowed) -> Iterator[Problem]:
    """Yield every problem that no single block shows."""
    placed = tuple(_placed(blocks))
    yield from _counts(blocks, placed, surface)
    yield from _totals(blocks, placed, surface)
    yield from _unique(placed)
    yield from _tied(placed)
    yield from _people(placed, allowed)
    for pointer, one in placed:
        if "image_url" in one:
            message = "Slack would fetch it from the public internet: use slack_file"
            yield Problem(f"{pointer}/image_url", "image-url", message)


def blocks_bytes(blocks: Sequence[Any]) -> int:
    """Return the size of the blocks as Slack receives them: compact JSON in UTF-8."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))


def _placed(blocks: Sequence[Any]) -> Iterator[Placed]:
    """Every object that has a type, with its pointer, outermost first."""

    def inside(value: Any, pointer: str) -> Iterator[Placed]:
        if isinstance(value, Mapping):
            if isinstance(value.get("type"), str):
                yield pointer, value
            for key, item in value.items():
                yield from inside(item, f"{pointer}/{key}")
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from inside(item, f"{pointer}/{index}")

    return inside(blocks, "/blocks")


def _counts(blocks: Sequence[Any], placed: tuple[Placed, ...], surface: Surface) -> Iterator[Problem]:
    many = len(blocks)
    most = limits.BLOCKS_MESSAGE if surface == "message" else limits.BLOCKS_VIEW
    if many > most:
        yield Problem("/blocks", "too-many", f"no more than {most} items allowed")
    elif surface == "message" and many > limits.BLOCKS_BUDGET:
        yield Problem("/blocks", "budget", f"{many} blocks, our budget is {limits.BLOCKS_BUDGET}", "warning")
    kinds = Counter(one["type"] for pointer, one in placed if not pointer.endswith("/chart"))
    for name, most_of_it in _MOST.items():
        if kinds[name] > most_of_it:
            yield Problem("/blocks", "too-many", f"no more than {most_of_it} {name} blocks allowed")
    primary = [pointer for pointer, one in placed if one["type"] == "button" and one.get("style") == "primary"]
    if len(primary) > 1:
        yield Problem(f"{primary[1]}/style", "second-primary", "one emphasized button a message")


def _totals(blocks: Sequence[Any], placed: tuple[Placed, ...], surface: Surface) -> Iterator[Problem]:
    """Sums that no single block shows."""
    if surface == "message":
        size = blocks_bytes(blocks)
        if size > limits.BYTES_MESSAGE:
            yield Problem("/blocks", "blocks-too-long", f"{size} bytes, Slack refuses above {limits.BYTES_MESSAGE}")
        elif size > limits.BYTES_BUDGET:
            yield Problem("/blocks", "budget", f"{size} bytes, our budget is {limits.BYTES_BUDGET}", "warning")
    for name, most in (("table", limits.TABLE_CHARACTERS), ("data_table", limits.DATA_TABLE_CHARACTERS)):
        total = sum(_characters(one.get("rows")) for _, one in placed if one["type"] == name)
        if total > most:
            yield Problem("/blocks", "too-long", f"{total} characters in {name} cells, no more than {most} allowed")
    markdown = sum(len(str(one.get("text", ""))) for _, one in placed if one["type"] == "markdown")
    if markdown > limits.MARKDOWN_TOTAL:
        yield Problem("/blocks", "too-long", f"{markdown} characters of markdown, no more than {limits.MARKDOWN_TOTAL}")


def _characters(value: Any) -> int:
    """Return how many characters people read in the cells of a table."""
    if isinstance(value, Mapping):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list | tuple) else 0


def _unique(placed: tuple[Placed, ...]) -> Iterator[Problem]:
    for key in ("block_id", "action_id", "task_id"):
        seen: set[str] = set()
        for pointer, one in placed:
            value = one.get(key)
            if isinstance(value, str) and value in seen:
                yield Problem(f"{pointer}/{key}", "duplicate-id", f"{key} {value!r} is already in use")
            if isinstance(value, str):
                seen.add(value)


def _tied(placed: tuple[Placed, ...]) -> Iterator[Problem]:
    """Rules that tie keys of one object together, which no shape can say."""
    focused = [pointer for pointer, one in placed if one.get("focus_on_load") is True]
    for pointer in focused[1:]:
        yield Problem(f"{pointer}/focus_on_load", "second-focus", "one element takes the focus")
    for pointer, one in placed:
        if one["type"] == "container":
            yield from _container(pointer, one)
        if one["type"] == "data_visualization" and isinstance(one.get("chart"), Mapping):
            yield from _chart(f"{pointer}/chart", one["chart"])
        if one["type"] == "task_card" and one.get("status") == "pending" and "/tasks/" not in pointer:
            yield Problem(f"{pointer}/status", "wrong-value", "pending is for tasks of a plan")
        if one["type"] == "data_table" and len({len(row) for row in _lists(one.get("rows"))}) > 1:
            yield Problem(f"{pointer}/rows", "ragged", "all rows have as many cells as the first")


def _container(pointer: str, one: Mapping[str, Any]) -> Iterator[Problem]:
    if one.get("default_collapsed") and not one.get("is_collapsible"):
        yield Problem(f"{pointer}/default_collapsed", "both-keys", "default_collapsed needs is_collapsible")
    if one.get("is_collapsible") and one.get("has_header_divider"):
        yield Problem(f"{pointer}/has_header_divider", "both-keys", "is_collapsible excludes it")


def _chart(pointer: str, chart: Mapping[str, Any]) -> Iterator[Problem]:
    """Every series has each category once, in their order: Slack draws nothing otherwise."""
    if not isinstance(axes := chart.get("axis_config"), Mapping):
        return
    categories = list(axes["categories"]) if isinstance(axes.get("categories"), list | tuple) else []
    series = _objects(chart.get("series"))
    names = [str(one.get("name")) for one in series]
    if len(set(names)) < len(names):
        yield Problem(f"{pointer}/series", "duplicate-id", "names of series differ")
    for index, one in enumerate(series):
        labels = [point.get("label") for point in _objects(one.get("data"))]
        if labels != categories:
            yield Problem(f"{pointer}/series/{index}/data", "categories", "labels are the categories, in their order")


def _objects(value: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list | tuple) else ()


def _lists(value: Any) -> tuple[Sequence[Any], ...]:
    return tuple(one for one in value if isinstance(one, list | tuple)) if isinstance(value, list | tuple) else ()


def _people(placed: tuple[Placed, ...], allowed: Allowed) -> Iterator[Problem]:
    """In rich text, mentions and links are elements of their own, so they are judged as such."""
    for pointer, one in placed:
        kind = one["type"]
        if kind in {"broadcast", "usergroup"} or (kind == "user" and str(one.get("user_id")) not in allowed.mentions):
            yield Problem(pointer, "token", f"a {kind} element notifies people who did not ask")
        if kind == "link" and re.search(r"\w://", str(one.get("text", ""))) and one["text"] != one.get("url"):
            yield Problem(pointer, "misleading-link", "the label shows another address than the link")
        if kind == "emoji" and pointer.endswith("/elements/0"):
            yield Problem(pointer, "glyph-without-word", f":{one.get('name')}: has no word before it")
