"""Nothing of a sentence is dropped: a name that its reading leaves out is told as unused, or asked back."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.roles import Roles
from bot.language.scan import Scan
from bot.language.slots import Slots
from bot.language.tokens import Token

_SIDES = frozenset(("api", "ui", "frontend", "backend", "db", "database", "cache", "queue"))
_TELLS = frozenset(("reports", "says", "logs", "prints", "complains", "claims"))
_THINGS = frozenset(("services", "svcs", "pods", "workloads", "apps", "deployments"))
_PARTS = re.compile(r"[./:*]+")


def told_words(scan: Scan, roles: Roles, slots: Slots, *, given: str) -> list[Token]:
    """Return the words that are told as unused. Raises UsageError for names that have no place in what was read."""
    lost = [*(each.text for each in roles.lost), *(each.text for each in scan.tail if each.is_marked)]
    lost += [each.text for each in scan.unused if each.is_marked and not each.is_number]
    if lost:
        raise refusals.unused(lost, slots, subject=_is_subject(roles, given))
    _expect_one_word(scan, slots)
    _expect_no_owner(scan, slots)
    _expect_no_side(scan, slots)
    if dropped := _heard_of(scan, slots) or _owned(scan, slots):
        raise refusals.unused([dropped], slots, subject=_is_subject(roles, given))
    used = {slots.target, slots.caller}
    told = [*scan.unused, *scan.tail, *(each for each in scan.told if each.low not in used)]
    told += [] if slots.caller else scan.classes()
    if forgotten := _forgotten(scan, slots, told):
        raise refusals.unused(forgotten, slots, subject=_is_subject(roles, given))
    return told


def _is_subject(roles: Roles, given: str) -> bool:
    """Return whether what is called is only spoken of, and may be who calls: `did redis change? checkout fails`."""
    names = roles.targets
    return not given and len(names) == 1 and not (names[0].marker or names[0].namespace or names[0].kind)


def _heard_of(scan: Scan, slots: Slots) -> str:
    """Return the unused name of which who is taken for what is called tells: `checkout reports 'payment timeout'`."""
    if slots.caller:
        return ""
    names = [each for each in scan.tokens if each.low == slots.target]
    at = scan.tokens.index(names[0]) if names else len(scan.tokens)
    tells = next((step for step in range(at + 1, len(scan.tokens)) if scan.low(step) in _TELLS), 0)
    if not tells or any(each.is_name for each in scan.tokens[at + 1 : tells]):
        return ""
    heard = (each for each in scan.tokens[tells + 1 : tells + 3] if each in scan.unused and each.is_name)
    return next((each.text for each in heard if not words.may_be_verb(each.low)), "")


def _expect_no_owner(scan: Scan, slots: Slots) -> None:
    """Raise UsageError where the services of somebody are asked about: `team-pay's services` may be those of a namespace."""
    for one, two in zip(scan.tokens, scan.tokens[1:], strict=False):
        if one.owns and one.low == slots.target and two.low in _THINGS and not (slots.caller or slots.namespace):
            ways = (Slots("check", f"{one.low}/*"), slots)
            raise refusals.unplaced(one.text, ways)


def _expect_one_word(scan: Scan, slots: Slots) -> None:
    """Raise UsageError for two words behind an article that may be one name: `the api gateway` is no `api`."""
    for at in range(len(scan.tokens) - 1):
        if not scan.may_be_one_name(at):
            continue
        one, two = scan.low(at), scan.low(at + 1)
        ways: list[Slots] = []
        if slots.target in (one, two):
            caller = "" if slots.caller in (one, two) else slots.caller
            ways = [replace(slots, target=each, caller=caller) for each in (f"{one}-{two}", one, two)]
        elif slots.caller.rpartition("/")[2] in (one, two):
            place = slots.caller.rpartition("/")[0]
            names = (f"{one}-{two}", one, two)
            ways = [replace(slots, caller=f"{place}/{each}" if place else each) for each in names]
        elif not slots.caller and {scan.tokens[at], scan.tokens[at + 1]} <= set(scan.unused) and _is_from(scan, at):
            ways = [replace(slots, caller=each) for each in (f"{one}-{two}", one, two)]  # `… from the cron runner`
        if ways:
            raise refusals.one_name(one, two, ways)


def _is_from(scan: Scan, at: int) -> bool:
    """Return whether words are said to be where something comes from."""
    return "from" in (scan.low(at - 1), scan.low(at - 2))


def _expect_no_side(scan: Scan, slots: Slots) -> None:
    """Raise UsageError for `the api of partner-hub`, which is a Service of that namespace, or partner-hub itself."""
    for at, each in enumerate(scan.tokens[:-3]):
        side, place = scan.low(at + 1), scan.tokens[at + 3].low
        if (
            each.low == "the"
            and scan.low(at + 2) == "of"
            and side in _SIDES
            and (side, place) == (slots.target, slots.namespace)
        ):
            raise refusals.unplaced(place, (slots, replace(slots, target=place, namespace="")))


def _owned(scan: Scan, slots: Slots) -> str:
    """Return the thing whose owner was taken for what is called, though the thing may be: `team-b's cache`."""
    pairs = zip(scan.tokens, scan.tokens[1:], strict=False)
    things = (two for one, two in pairs if one.owns and not one.ends and one.low == slots.target and two.is_name)
    dropped = [*scan.unused, *scan.told, *scan.tail]
    return next((each.text for each in things if each in dropped and not words.may_be_verb(each.low)), "")


def _forgotten(scan: Scan, slots: Slots, told: Sequence[Token]) -> list[str]:
    """Return names that are neither in the question nor told as unused: whatever the rules above miss is refused."""
    asked = f"{slots.words()} {' '.join(slots.notes)}".lower()
    names = [each for each in scan.tokens if each.is_name and each not in told and each not in scan.generic]
    lost = [
        each.text
        for each in names
        if not all(part in asked for part in _PARTS.split(each.low) if part not in words.KIND)
    ]
    lost += [each for each in scan.namespaces if each.lower().removesuffix("/*") not in asked]
    return lost or ([] if slots.caller else [each.text for each in scan.doers()])
