"""A refusal of words that are none to ask about: types that a program printed, and the name of what is called itself."""

import re

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language.names import first_label
from bot.language.printed import is_machine
from bot.language.refusals import UnplacedError, of_known
from bot.language.slots import ADDRESS, Said
from bot.model.names import Known, Names
from bot.model.refs import is_dns_name

_HOST = re.compile(r"[a-z0-9]\.[a-z]|:\d")  # in it: what is called may be there
_CODE = re.compile(r"[(){}<>=&*$]|::|_")  # in no name
_CALLER = re.compile(r" from (?P<caller>\S+)")


def without_crumbs(error: UsageError, text: str, known: Known | None, names: Names | None) -> Said:
    """Return what a refusal was sure of, where it is only of such words. Raises the refusal else, without crumbs that call."""
    if isinstance(error, UnplacedError) and error.sure.target and error.words:
        sure = error.sure if _may_call(error.sure.caller) else replace(error.sure, caller="")
        own = "" if sure.caller else first_label(sure.target.lower())
        if all(each.lower() == own or _is_crumb(each, text, known, names) for each in error.words):
            return Said(sure)
    error.suggestions = with_callers(error.suggestions)
    raise (of_known(error, known) if known else error) from None


def with_callers(questions: tuple[str, ...]) -> tuple[str, ...]:
    """Return questions without callers that nothing can be called: the `gaierror(-2` and `connect_write` of a stack trace."""
    return tuple(dict.fromkeys(_CALLER.sub(_as_caller, each) for each in questions))


def _as_caller(found: re.Match[str]) -> str:
    return found[0] if _may_call(found["caller"]) else ""


def _may_call(caller: str) -> bool:
    return all(is_dns_name(each) or ADDRESS.match(each) for each in caller.split("/") if each)


def _is_crumb(word: str, text: str, known: Known | None, names: Names | None) -> bool:
    """Return whether a word stands only in what programs printed, and is written as no name is: `Err`, `Result::unwrap(`."""
    low = word.lower()
    is_type = _CODE.search(low) or (known is not None and word[:1].isupper())
    is_there = known is not None and low in known.services | known.workloads
    if not is_type or is_there or _HOST.search(low) or (names and names.has_near(low)):
        return False
    lines = [each for each in text.split("\n") if word in each]
    return bool(lines) and all(is_machine(each) for each in lines)
