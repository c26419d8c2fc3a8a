"""The three forms of a message: rich with Slack's blocks of 2026, classic without them, and text. Pure.

A message is built rich; `stepped_down` makes the classic form of it, so no builder writes a thing twice. What a rich block
says stays: a table becomes aligned lines, a chart its numbers, a plan the step that it is at, a container what is in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from bot.model.text import plain
from handlers.blockkit import limits
from handlers.blockkit.cross_block_rules import blocks_bytes
from handlers.messages.markup import Element, actions, lines, literal, pre, unescaped
from handlers.messages.message import Message, as_text, is_cut

_WIDEST_CELL = 40  # characters of a cell before its column is cut: a phone shows forty of a code block
_ROOM = 2800  # characters of a code block
# Inline elements of rich text that came with the rich blocks; what they say is a text.
_NEW_INLINES = ("tag", "citation")


class Level(StrEnum):
    """What a workspace takes, from the most to the least."""

    RICH = "rich"
    CLASSIC = "classic"
    TEXT = "text"


def forms(message: Message, known: Level = Level.RICH) -> Iterator[tuple[Level, Message]]:
    """Yield the forms of a message from a level down, each once: what has no rich block is classic as it is."""
    if not message.get("blocks"):
        yield Level.TEXT, message
        return
    is_rich = any(_is_rich(block) for block in message["blocks"])
    if is_rich and known is Level.RICH:
        yield Level.RICH, message
    if known is not Level.TEXT:
        classic = {**message, "blocks": stepped_down(message["blocks"])} if is_rich else message
        if not is_rich or _fits(classic["blocks"]):
            yield Level.CLASSIC, classic
    yield Level.TEXT, {**message_options(message), **as_text(unescaped(message["text"]), words_of(message))}


def message_options(message: Message) -> Message:
    """Return what a message has besides its words."""
    return {key: value for key, value in message.items() if key not in ("text", "blocks")}


def stepped_down(blocks: Sequence[Element]) -> list[Element]:
    """Return blocks that every client and workspace knows. The first block made of another keeps its id."""
    made: list[Element] = []
    for block in blocks:
        own = str(block.get("block_id", ""))
        for place, each in enumerate(_classic(block)):
            made.append({**each, "block_id": f"{own}.{place}" if place else own} if own else each)
    return made


def words_of(message: Mapping[str, Any]) -> str:
    """Return every text of a message's blocks but those of its buttons, a block a paragraph."""
    blocks = stepped_down(message.get("blocks", ()))
    return "\n".join("".join(_texts(block)) for block in blocks if block.get("type") != "actions")


def leaves_out(message: Message) -> bool:
    """Return whether the text form of a message leaves some of its words out."""
    return is_cut(unescaped(message["text"]), words_of(message))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        own = value.get("text")
        if isinstance(own, str):
            return [own]
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []


def _is_rich(block: Element) -> bool:
    return block.get("type") in _CLASSIC or _plainly(block) != block


def _plainly(value: Any) -> Any:
    """Return a block without the inline elements that came with the rich blocks."""
    if isinstance(value, Mapping):
        if value.get("type") in _NEW_INLINES:
            return literal(str(value.get("text") or value.get("url") or ""))
        return {key: _plainly(each) for key, each in value.items()}
    return [_plainly(each) for each in value] if isinstance(value, list | tuple) else value


def _fits(blocks: Sequence[Element]) -> bool:
    return len(blocks) <= limits.BLOCKS_MESSAGE and blocks_bytes(blocks) <= limits.BYTES_MESSAGE


def _classic(block: Element) -> list[Element]:
    make = _CLASSIC.get(str(block.get("type")))
    return make(block) if make else [_plainly(block)]


def _table(block: Element) -> list[Element]:
    rows = [[_cell(cell) for cell in row] for row in block["rows"]]
    widths = [min(_WIDEST_CELL, max(map(len, column))) for column in zip(*rows, strict=False)]
    told = ["  ".join(_fixed(cell, width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    title = [lines([literal(str(block["caption"]), bold=True)])] if block.get("caption") else []
    return [*title, _listed(told)]


def _listed(rows: Sequence[str]) -> Element:
    """Return rows as a code block, as many as fit, and how many more there are."""
    shown: list[str] = []
    room = _ROOM
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            shown.append(f"and {len(rows) - len(shown)} more")
            break
        shown.append(row)
    return pre("\n".join(shown), limits.SECTION_TEXT)


def _cell(cell: Element) -> str:
    words = "".join(_texts(cell)) or str(cell.get("value", cell.get("fallback", "")))
    return " ".join(plain(words).split()) or "–"


def _fixed(cell: str, width: int) -> str:
    return f"{cell[: width - 1]}…" if len(cell) > width else cell.ljust(width)


def _plan(block: Element) -> list[Element]:
    """One line, as long as it goes on: what for, the step that it is at, and how many there are."""
    tasks = list(block.get("tasks", ()))
    title = literal(str(block["title"]))
    at = next((place for place, each in enumerate(tasks) if each["status"] == "in_progress"), None)
    if at is None:
        return [lines([title]), *(made for each in tasks for made in _output(each))]
    return [lines([title, literal(f": {tasks[at]['title']} (step {at + 1} of {len(tasks)})…")])]


def _task(block: Element) -> list[Element]:
    return [lines([literal(f"{block['title']}: {str(block['status']).replace('_', ' ')}")]), *_output(block)]


def _output(task: Element) -> list[Element]:
    told = [*_texts(task.get("details", ())), *_texts(task.get("output", ()))]
    return [lines([literal(f"{task['title']}: {''.join(told)}")])] if told else []


def _chart(block: Element) -> list[Element]:
    chart = block["chart"]
    if "segments" in chart:
        rows = [f"{each['label']}: {each['value']}" for each in chart["segments"]]
    else:
        rows = [
            f"{each['name']}: " + " ".join(f"{point['label']} {point['value']}" for point in each["data"])
            for each in chart["series"]
        ]
    return [lines([literal(str(block["title"]), bold=True)]), _listed(rows)]


def _container(block: Element) -> list[Element]:
    title = block.get("title", {}).get("text") or "".join(_texts(block.get("rich_text_title", {})))
    return [
        lines([literal(str(title), bold=True)]),
        *(made for each in block["child_blocks"] for made in _classic(each)),
    ]


def _card(block: Element) -> list[Element]:
    told = [text for key in ("title", "subtitle", "body", "subtext") for text in _texts(block.get(key, {}))]
    pressed = [actions(*block["actions"])] if block.get("actions") else []
    return [*([lines([literal("\n".join(told))])] if told else []), *pressed]


def _carousel(block: Element) -> list[Element]:
    return [made for each in block["elements"] for made in _card(each)]


def _markdown(block: Element) -> list[Element]:
    return [lines([literal(str(block["text"]), limit=limits.SECTION_TEXT)])]


_CLASSIC: Mapping[str, Callable[[Element], list[Element]]] = {
    "table": _table,
    "data_table": _table,
    "plan": _plan,
    "task_card": _task,
    "data_visualization": _chart,
    "container": _container,
    "card": _card,
    "carousel": _carousel,
    "markdown": _markdown,
    "context_actions": lambda _block: [],  # opinions and small buttons, which nothing else depends on
}
