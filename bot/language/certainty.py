"""How sure it is that a word of a sentence is a name: by how it is written, and by what stands beside it.

Only where a sentence has more names than places: `sooo billing-api is returning 500s` has one name and a word that we do not
know. What is least sure is told as unused then; two names that are as sure as each other are asked back.
"""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum

from bot.language import vocabulary as words
from bot.language.names import Name
from bot.language.scan import Scan

_ACTS = (
    words.AUX | words.NEGATION | words.CALL | words.SERVE | words.RECEIVE | words.COMPLAINT | words.HEALTH | words.TRAFFIC
    | words.PASSIVE | words.VERB | words.STILL | words.GENERIC | {"log", "logs"}
) - {"endpoint", "endpoints"}  # fmt: skip
_SHOUTED = re.compile(r"^[A-Z]+$|^[A-Z]{2,}s$|[a-z][A-Z]")  # names of Kubernetes are in lower case
_NOUNS = words.MAYBE_SERVICE | words.ACTION
_JOINS = frozenset(("and", "or", "->", "from", "to", "in", "behind", "ns", "namespace"))
# `a couple`, `like crazy`, `can't send mails`: what stands behind these is named by nobody.
_BEFORE_NOUN = (
    frozenset(("a", "an", "some", "any", "all", "its", "their", "more", "like", "as", "every", "other", "if"))
    | words.VERB | words.SERVE | words.RECEIVE
)  # fmt: skip


class Certainty(IntEnum):
    """How sure a name is one, least first."""

    LOOSE = 0
    PLACED = 1
    MARKED = 2


def certainty(scan: Scan, name: Name) -> Certainty:
    """Return how sure it is that a word names something."""
    token, behind = scan.tokens[name.at], scan.low(name.at + 1)
    begins = name.at == 0 or scan.tokens[name.at - 1].ends
    before = "" if begins else scan.low(name.at - 1)
    placed = bool(name.namespace) and before not in _BEFORE_NOUN  # not `running migrations in shop`
    is_said = words.is_adjective(token.low) or (words.may_be_verb(token.low) and before in words.COMPLAINT)
    if is_said and not token.is_marked:
        return Certainty.LOOSE  # `the headless svc es-data`, `has problems delivering to`
    if token.is_marked or name.kind or placed or "->" in (before, behind):
        return Certainty.MARKED
    if behind == "to" and scan.is_name(name.at + 2) and before in words.REQUEST | {"from"}:
        return Certainty.MARKED  # `check web to cart`
    fails = scan.is_name(name.at + 1) and bool(_SHOUTED.search(scan.tokens[name.at + 1].text))  # `web OOMs`
    follows = scan.is_name(name.at + 1) and not (fails or words.may_be_verb(behind))
    if (follows and not token.ends) or _SHOUTED.search(token.text) or token.low in _NOUNS:
        return Certainty.LOOSE
    if token.low in words.GENERIC:
        return Certainty.LOOSE
    if name.marker or words.is_place(token.low) or behind in words.TRAFFIC:
        return Certainty.PLACED
    ends = token.ends or name.at + 1 == len(scan.tokens)
    acts = (
        fails
        or words.may_be_verb(behind)
        or behind in _ACTS | _JOINS
        or scan.is_symptom(name.at + 1)
        or scan.is_number(name.at + 1)
    )
    if before in _BEFORE_NOUN or token.low in words.GENERIC:
        return Certainty.LOOSE
    stands_free = begins or not scan.is_name(name.at - 1)
    return Certainty.PLACED if stands_free and (acts or ends) else Certainty.LOOSE


def surest(scan: Scan, names: Sequence[Name], *, given: bool = False) -> tuple[Name, ...]:
    """Return names without the loose ones among surer ones, which the scan then has as unused.

    `given`: what is called is known from an error, so that loose words around it need not name anything.
    """
    if len(names) < 2:  # noqa: PLR2004 (one name has no rival)
        return tuple(names)
    loose = [each for each in names if certainty(scan, each) is Certainty.LOOSE and not _is_pair(each)]
    if len(loose) == len(names) and not given:
        return tuple(names)
    forget(scan, loose)
    scan.rivals += loose
    return tuple(each for each in names if each not in loose)


def _is_pair(name: Name) -> bool:
    """Return whether a name is one of two: `cart and orders`; of `network or app` neither is."""
    return name.joined and name.text.lower() not in words.GENERIC


def forget(scan: Scan, names: Iterable[Name]) -> None:
    """Add names to the words of the scan that are told as unused."""
    scan.unused += [scan.tokens[each.at] for each in names]
