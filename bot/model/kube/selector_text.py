"""Label selectors as text: `app=web,tier in (a, b),!old` (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/)."""

from bot.model.kube.selectors import LabelSelector, Requirement
from bot.model.pattern import pattern

_PARTS = pattern(r",(?![^(]*\))")
_SET = pattern(r"(?P<key>\S+)\s+(?P<how>in|notin)\s*\((?P<values>[^)]*)\)")
_PAIR = pattern(r"(?P<key>[^\s=!]+)\s*(?P<how>==|=|!=)\s*(?P<value>[^\s=!]*)")
_KEY = pattern(r"(?P<not>!?)\s*(?P<key>[^\s=!(),]+)")


def selector_in(text: str) -> LabelSelector | None:
    """Return the selector that a text writes; None where it is none."""
    found: list[Requirement] = []
    for part in _PARTS.split(text):
        requirement = _requirement(part.strip())
        if requirement is None:
            return None
        found.append(requirement)
    return LabelSelector(match_expressions=tuple(found))


def _requirement(text: str) -> Requirement | None:
    if found := _SET.fullmatch(text):
        values = tuple(each.strip() for each in found["values"].split(","))
        return Requirement(found["key"], "In" if found["how"] == "in" else "NotIn", values)
    if found := _PAIR.fullmatch(text):
        return Requirement(found["key"], "NotIn" if found["how"] == "!=" else "In", (found["value"],))
    if found := _KEY.fullmatch(text):
        return Requirement(found["key"], "DoesNotExist" if found["not"] else "Exists")
    return None
