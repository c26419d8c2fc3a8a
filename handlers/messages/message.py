"""A message as the Web API takes it, and its way down when Slack, or our own lint, refuses its blocks.

Every message carries the options that keep Slack from parsing names and fetching addresses: `chat.update` would parse
by default. Its blocks get new ids at each revision, as Slack asks of an update.
"""

from collections.abc import Collection, Sequence
from typing import Any

from bot.model.text import plain, shorten
from handlers.blockkit import limits
from handlers.blockkit.cross_block_rules import blocks_bytes
from handlers.blockkit.lint import NO_PARSING, NO_UNFURLING, lint
from handlers.messages.markup import Element, escape, notification

Message = dict[str, Any]
Group = tuple[int, Sequence[Element]]
_REFUSED = "Shown as text: Slack refused the layout"


def message(text: str, blocks: Sequence[Element], *, stamp: str) -> Message:
    """Return a whole message. `stamp` makes its block ids unique: run and revision."""
    numbered = [{**block, "block_id": f"{stamp}.{place}"} for place, block in enumerate(blocks)]
    return {"text": notification(text), "blocks": numbered, **NO_PARSING, **NO_UNFURLING}


def fitting(text: str, groups: Sequence[Group], *, stamp: str, report: str, mentions: Collection[str] = ()) -> Message:
    """Return the fullest message within our budget of blocks and bytes.

    `groups` are parts in order of place with their rank; parts of the highest rank are dropped first, rank 0 never.
    What the lint finds illegal all the same is sent as text: an answer is never lost for its looks.
    """
    most = max(rank for rank, _ in groups)
    for limit in range(most, -1, -1):
        made = message(text, [block for rank, part in groups if rank <= limit for block in part], stamp=stamp)
        if len(made["blocks"]) <= limits.BLOCKS_BUDGET and blocks_bytes(made["blocks"]) <= limits.BYTES_BUDGET:
            break
    bad = [problem for problem in lint(made, mentions=mentions) if problem.severity == "error"]
    return as_text(text, report) if bad else made


def as_text(text: str, report: str) -> Message:
    """Return the lowest rung of the ladder: no blocks, the report in a code block, cut at its front."""
    note = f"{_REFUSED}."
    room = limits.TEXT_MESSAGE - len(note) - 20
    body = escape(plain(report).replace("```", "'''"))
    if len(body) > room:
        body = "…" + escape(plain(report).replace("```", "'''")[-(room * 3 // 5) :])
    whole = f"{notification(text)}\n```{shorten(body, room)}```\n{note}"
    return {"text": whole[: limits.TEXT_MESSAGE], **NO_PARSING, **NO_UNFURLING}
