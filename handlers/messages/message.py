"""A message as the Web API takes it, and its way down when Slack, or our own lint, refuses its blocks.

Every message carries the options that keep Slack from parsing names and fetching addresses: `chat.update` would parse
by default. Its blocks get new ids at each revision, as Slack asks of an update.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.model.text import plain, shorten
from handlers.blockkit import limits
from handlers.blockkit.cross_block_rules import blocks_bytes
from handlers.blockkit.lint import NO_PARSING, NO_UNFURLING, lint
from handlers.messages.markup import Element, escape, notification

Message = dict[str, Any]
Group = tuple[int, Sequence[Element]]
_REFUSED = "Shown as text: Slack refused the layout."
_SENTENCES = (300, 150, 60)  # characters of each sentence, where the whole is too long
_NEAR = 200  # characters


def message(text: str, blocks: Sequence[Element], *, stamp: str) -> Message:
    """Return a whole message. `stamp` makes its block ids unique: run and revision."""
    numbered = [{**block, "block_id": f"{stamp}.{place}"} for place, block in enumerate(blocks)]
    return {"text": notification(text), "blocks": numbered, **NO_PARSING, **NO_UNFURLING}


def fitting(text: str, groups: Sequence[Group], *, stamp: str, report: str, mentions: Collection[str] = ()) -> Message:
    """Return the fullest message within our budget of blocks and bytes.

    `groups` are parts in order of place with their rank; parts of the highest rank are dropped first, rank 0 never: its
    sentences are shortened, its commands are not, since a cut one cannot be pasted.
    What the lint finds illegal all the same is sent as text: an answer is never lost for its looks.
    """
    most = max(rank for rank, _ in groups)
    for limit in range(most, -1, -1):
        made = message(text, [block for rank, part in groups if rank <= limit for block in part], stamp=stamp)
        if _is_within_budget(made["blocks"]):
            break
    for characters in _SENTENCES:
        if _is_within_budget(made["blocks"]):
            break
        made = {**made, "blocks": [_with_sentences_of(block, characters) for block in made["blocks"]]}
    bad = [problem for problem in lint(made, mentions=mentions) if problem.severity == "error"]
    return as_text(text, report) if bad else made


def _is_within_budget(blocks: Sequence[Element]) -> bool:
    return len(blocks) <= limits.BLOCKS_BUDGET and blocks_bytes(blocks) <= limits.BYTES_BUDGET


def _with_sentences_of(value: Any, most: int) -> Any:
    """Return a block whose texts of rich text have so many characters at most; code blocks stay whole."""
    if isinstance(value, Mapping):
        if value.get("type") == "rich_text_preformatted":
            return value
        if value.get("type") == "text" and isinstance(value.get("text"), str):
            return {**value, "text": shorten(value["text"], most)}
        return {key: _with_sentences_of(each, most) for key, each in value.items()}
    return [_with_sentences_of(each, most) for each in value] if isinstance(value, list | tuple) else value


def as_text(text: str, report: str) -> Message:
    """Return the lowest rung of the ladder: no blocks, the report in a code block, cut at its front. Both are plain text."""
    head = notification(text)
    body = _end_of(_fenced(report), _room_beside(head))
    return {"text": f"{head}\n```{body}```\n{_REFUSED}", **NO_PARSING, **NO_UNFURLING}


def is_cut(text: str, report: str) -> bool:
    """Return whether `as_text` has no room for the whole report."""
    return len(escape(_fenced(report))) > _room_beside(notification(text))


def _room_beside(head: str) -> int:
    return limits.TEXT_MESSAGE - len(head) - len(_REFUSED) - len("\n```…```\n")


def _fenced(report: str) -> str:
    """Return a report that cannot end the code block around it."""
    return plain(report).replace("```", "'''")


def _end_of(report: str, room: int) -> str:
    """Return the end of a report that has room once it is escaped, from the beginning of a line where one is near."""
    if len(escape(report)) <= room:
        return escape(report)
    start = len(report)
    while start and room >= (needs := len(escape(report[start - 1]))):
        start, room = start - 1, room - needs
    line = report.find("\n", start, start + _NEAR)
    return "…" + escape(report[start:] if line < 0 else report[line:])
