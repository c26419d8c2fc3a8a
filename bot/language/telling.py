"""Whether somebody only tells of a Service, and neither asks nor complains: `merged, deploying cart now`."""

import re

from bot.language import vocabulary as words
from bot.language.printed import is_machine
from bot.language.slots import Slots

# `look at cart` asks for it, `carts look happy` and `I'll look at the cart dashboards` do not.
_ASKS = re.compile(
    rf"\b(?:look(?:ing)? (?:at|into)|{'|'.join(sorted(words.REQUEST - {'look', 'see'}))}|please|pls|plz)\b",
    re.IGNORECASE,
)
_OWN_PLAN = re.compile(r"\b(?:i'll|i will|we'll|we will|i'm|i am|let me)\b", re.IGNORECASE)


def tells_only(slots: Slots, text: str) -> bool:
    """Return whether a text names a Service, and nothing that is wrong, asked or wanted: `merged, deploying cart now`."""
    is_more = slots.caller or slots.symptom or slots.port or slots.namespace or slots.is_placed or slots.verb != "why"
    said = [each.strip("?!.,;:`'\"()") for each in text.lower().split()]
    wanted = words.COMPLAINT | words.NEGATION | words.QUESTION | words.POLICY
    asks = _ASKS.search(text) and not _OWN_PLAN.search(text)
    is_asked = {*said} & wanted or asks or "?" in text or is_machine(text)
    return not (is_more or is_asked) and len(said) > 2  # noqa: PLR2004 (`cart please`)
