"""A rule: an expression, and what stands in the place of what it finds. Pure.

No expression may have nested repetition, and every look around is bounded: hostile text costs no more than other text.
"""

import re
from collections.abc import Callable
from functools import cache

HIDDEN = "[hidden]"

Hide = str | Callable[[re.Match[str]], str]
Rules = tuple[tuple[str, Hide], ...]


def replaced(line: str, rules: Rules) -> str:
    """Return the line after one rule after another."""
    for pattern, hide in _compiled(rules):
        line = pattern.sub(hide, line)
    return line


@cache
def _compiled(rules: Rules) -> tuple[tuple[re.Pattern[str], Hide], ...]:
    """Only who meets a log pays for it: compiling takes longer than reading a small dump."""
    return tuple((re.compile(pattern), hide) for pattern, hide in rules)
