"""A text as it was meant: without what was struck out, what is quoted from another, and the headings of kubectl's tables."""

import re

from bot.language import vocabulary as words
from bot.language.ports import PROBED
from bot.language.printed import is_machine
from bot.language.tokens import tokens_of

_STRUCK = re.compile(r"(?<![\w/~])~(?=\S)[^~\n]{1,80}(?<=\S)~(?![\w/~])")
_POINTS = re.compile(r"\s*(?::(?:point_right|arrow_right|arrow_forward|right_arrow|fast_forward)[\w-]*:|👉)\s*")
_GREATER = re.compile(
    r"(?<![-\w./>=<!|@])(?P<from>[a-z][-a-z0-9./]*[a-z0-9]) ?> ?(?P<to>[a-z][-a-z0-9.]*[a-z0-9](?::\d+)?)(?![\w(=<>/])"
)
_SHELL = re.compile(r"^\W*(?:[$#] |kubectl |curl |wget |echo )|[$#] ?(?:kubectl|curl|wget|echo) ")
_HEADING = re.compile(r"^\s*(?:Events|Conditions):\s*$|^\s*Type\s+(?:Reason|Status)\s.*$|^(?=.*--)[\s-]+$")
_QUOTE = re.compile(r"^\s*> ?(?=\S)")
_UP = re.compile(
    r"^\s*(?:\^+|:point_up(?:_2)?:|👆)\s*(?P<name>[a-z][-a-z0-9]*)(?P<more>(?: pods?)?(?:,? (?:in "
    r"|\()[a-z][-a-z0-9]*\)?)?)(?=[\s.,;!]*(?:$|[.,;]\s))"
)  # at what is pasted above
_AGREES = re.compile(
    r"^\s*(?:(?:yes|yep|yeah|no|nope|right),? since|(?:(?:yes|yep|yeah|no|nope|right),? )?(?:because|bc|cuz|cos)) ",
    re.IGNORECASE,
)
_SIGIL = re.compile(r"~c(?=\")|\bjdbc:(?=\w+://)")  # of Elixir's charlists, of Java's addresses
_SAME = re.compile(r"\bsame (?:ns|namespace)(?:,| is|:)? (?=[a-z0-9-]+\b)(?!as\b|for\b|of\b|and\b|but\b|too\b)")


def tidy(text: str) -> str:
    """Return a text as it was meant; names that stand only in what somebody quoted stay in it."""
    text = _SIGIL.sub("", _SAME.sub("in ns ", _POINTS.sub(" -> ", _STRUCK.sub(" ", text))))
    lines = [each for each in text.split("\n") if not _HEADING.match(each)]
    if not PROBED.search(text):  # by the kubelet, of the pod itself
        lines = [_UP.sub(_from, each) for each in lines]
    lines = [_pointed(each) for each in _without_quotes(lines)]
    return _AGREES.sub("", "\n".join(lines)) if any(each.strip() for each in lines) else text


def _pointed(line: str) -> str:
    """Return a line with `web > cart` as the arrow that it is, where nobody ran a command."""
    is_run = ">" not in line or _SHELL.search(line) or is_machine(line[: line.find(">")])
    return line if is_run else _GREATER.sub(_arrow, line)


def _from(found: re.Match[str]) -> str:
    is_said = found["name"] in words.KNOWN - words.MAYBE_SERVICE or found["name"] in words.FILLER
    return found[0] if is_said else f"from `{found['name']}`{found['more'].lstrip(',')}"


def _arrow(found: re.Match[str]) -> str:
    is_said = {found["from"], found["to"]} & words.KNOWN
    return found[0] if is_said else f"{found['from']} -> {found['to']}"


def _without_quotes(lines: list[str]) -> list[str]:
    """Return lines without those of others that somebody answers to, where the answer names all that they do."""
    own = [each for each in lines if not _QUOTE.match(each) and each.strip()]
    answer = {each.low for each in tokens_of("\n".join(own))} if len(own) < len(lines) else set[str]()
    if not answer:
        return lines
    kept: list[str] = []
    for each in lines:
        quoted = _QUOTE.sub("", each)
        said = {one.low for one in tokens_of(quoted) if one.is_name}
        if quoted == each or is_machine(quoted) or not said <= answer:
            kept.append(quoted)
    return kept
