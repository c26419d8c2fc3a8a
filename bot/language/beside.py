"""Who calls what, as somebody wrote it beside an error that names only an address, or nothing: `app-bff calling quote`.

What programs printed is left out, and the rest is a sentence like any other. It is taken where it says both who calls and what
is called; the address is of that, then.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import vocabulary as words
from bot.language.around import NOISE, is_human
from bot.language.errors import Found
from bot.language.names import LABEL, first_label
from bot.language.ports import OF_POD, PROBED
from bot.language.printed import BEGINS, is_machine
from bot.language.remarks import remark_in
from bot.language.sentences import read_sentence
from bot.language.slots import ADDRESS, Said
from bot.language.symptoms import symptom_in, without_symptoms
from bot.language.tokens import tokens_of

_PROGRAM = re.compile(rf"\s*{LABEL}: *")
_CALLS = (
    words.CALL
    | words.TAKE
    | words.TURN_AWAY
    | frozenset(("to", "->", "from", "into", "onto", "against", "wants", "needs", "waits"))
)
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_TICKED = re.compile(r"`[^`\n]+ [^`\n]+`")
# `that ip is cart in shop`, `upstream there = auth`, `thats nats.platform`: what is called.
_IS = (
    r"(?:(?:that|this|the)(?: (?:ip|address|host|one|target|upstream|url|svc|service))?(?: there)?(?:'?s| is| =)|it'?s"
    r"|(?:upstream|target|host|url)"
    r"(?: there)? (?:is|=))"
)
_CALLED = re.compile(
    rf"(?<![-\w.]){_IS} (?:the )?(?:(?:svc|service) )?(?P<name>\w+://\S+|{LABEL}(?:\.{LABEL})*)(?![-\w/])(?! \w+ing\b)(?!:)"
)
_THIS_IS = re.compile(rf"(?<![-\w.])(?:that'?s|this is|it'?s) (?=(?:the )?{LABEL}(?: pods?)? \w+ing\b)")


def said_beside(found: Found | None, text: str) -> Said | None:
    """Return what people wrote beside an error; None where that does not say both who calls and what is called."""
    human = _CALLED.sub(_called, _THIS_IS.sub("", "\n".join(written(text))))
    said_words = {each.low for each in tokens_of(human)}
    if not human.strip() or not said_words & _CALLS or human.split() == text.split():
        return None
    try:
        said = read_sentence(human)
    except UsageError:
        return None
    slots = said.slots
    if words.is_proxy(slots.caller) and "->" not in said_words:
        return None  # what stands before Services tells of them
    if not slots.caller or slots.caller.endswith("/") or ADDRESS.match(slots.target) or slots.target.endswith("*"):
        return None
    read = found.slots if found else None
    slots = replace(slots, verb="why", symptom=(read.symptom if read else "") or symptom_in(text) or slots.symptom)
    if read and not PROBED.search(text):
        port = slots.port if OF_POD.search(text) or re.search(r":\d+$", slots.target) else slots.port or read.port
        note = f"{read.target} was taken to be of {first_label(slots.target)}"
        slots = replace(slots, port=port, notes=(*slots.notes, note))
    return replace(said, slots=slots, doubtful=())


def _called(found: re.Match[str]) -> str:
    name = found["name"]
    return found[0] if name in words.KNOWN or words.is_adverb(name) or words.may_be_verb(name) else f"to {name}"


def written(text: str) -> Iterator[str]:
    """Yield what of each line somebody wrote."""
    text = _FENCED.sub(lambda block: "\n" if is_machine(block[0]) else block[0], text)
    text = _TICKED.sub(lambda quote: " " if is_machine(quote[0]) or symptom_in(quote[0]) else quote[0], text)
    for line in text.split("\n"):
        if line[:1].isspace() or not line.strip():
            continue
        if not _is_printed(line):
            yield line if is_human(without_symptoms(line)) or _CALLED.search(line) else ""
            continue
        begins = BEGINS.search(line)
        yield _head(line[: begins.start()]) if begins else ""
        yield remark_in(line)


def _head(said: str) -> str:
    """Return what somebody said before an error in its line; nothing where a log has printed that."""
    is_said = is_human(said) or _PROGRAM.fullmatch(said)
    return said if is_said and not NOISE.search(said) else ""


def _is_printed(line: str) -> bool:
    """Return whether a program printed a line, for more than the words in which people complain: `Connection refused`."""
    return is_machine(without_symptoms(line))
