"""Did you mean: names near to a word that names nothing. Rule: it orders candidates and decides nothing.

Near is told from alike: `user-servce` is a slip of `user-service`, while `shard-1` and `shard-2`, or `user-service` and
`user-service-db`, are different things on purpose, however few letters they differ in.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.model.pattern import pattern

MOST_EDITS = 2
# One slip is allowed for every four letters: `api` and `app` are two words, not one mistyped.
LETTERS_PER_EDIT = 4
_BREAK = pattern(r"[-_./]+")
_DIGITS = pattern(r"\d+")
# What charts add to the name of a program for one of its Services.
_ROLES = frozenset(("master", "primary", "leader", "headless", "rw", "server", "svc", "service", "cluster", "client"))
_CUT_FROM = 16  # letters; a shorter beginning is a word of its own
_LONG = 6  # letters of a last label that is no top-level domain, but for few
# Short forms that teams mix in names of the same thing.
_LONG_FORMS = {"svc": "service", "srv": "service", "db": "database", "mgr": "manager", "auth": "authentication"}


def edits(one: str, other: str, most: int | None = None) -> int:
    """Count edits: insert, delete or replace a letter, or swap two neighbours (optimal string alignment).

    What is over `most` counts as `most + 1`.
    """
    from rapidfuzz.distance import OSA  # noqa: PLC0415 (costs 20 ms, which an answer without a typo need not wait for)

    return OSA.distance(one, other, score_cutoff=most)


@lru_cache(maxsize=4096)  # workloads of a namespace have the same label keys
def is_slip(word: str, meant: str) -> bool:
    """Return whether `word` is `meant` mistyped: at most two edits, fewer for short words, and not only in a number.

    Or cut off within a word, as charts cut names that grow too long (`trunc 24`).
    """
    if word == meant or _DIGITS.sub("#", word) == _DIGITS.sub("#", meant):
        return False
    if word.lower() == meant.lower() or _tokens(word) == _tokens(meant) or _is_cut_off(*sorted((word, meant), key=len)):
        return True
    allowed = min(MOST_EDITS, min(len(word), len(meant)) // LETTERS_PER_EDIT)
    return _may_be_near(word, meant, allowed) and edits(word, meant) <= allowed


def _is_cut_off(start: str, whole: str) -> bool:
    rest = whole[len(start) :]
    return len(start) >= _CUT_FROM and whole.startswith(start) and rest[:1].isalpha() and start[-1].isalpha()


def has_words(name: str, other: str) -> bool:
    """Return whether all words of another name stand in one, in their order."""
    words = iter(name.split("-"))
    return all(each in words for each in other.split("-"))


def are_kin(one: str, other: str) -> bool:
    """Return whether a name has all words of another one and more, two at least, as charts within a chart are named.

    Or one, and more that says only which of its kind it is (`redis` and `redis-master`).
    """
    shorter, longer = sorted((one, other), key=len)
    if shorter == longer or not has_words(longer, shorter):
        return False
    return "-" in shorter or _ROLES.issuperset({*longer.split("-")} - {shorter})


def _may_be_near(one: str, other: str, most: int) -> bool:
    """Return False where two words are surely more edits apart: each adds one letter at most, and takes one away.

    Most words are too long or of other letters, which is cheaper to see than how often each letter comes.
    """
    if abs(len(one) - len(other)) > most or not most:
        return False
    mine, its = set(one), set(other)
    if len(mine - its) > most or len(its - mine) > most:
        return False
    return _more(one, other, mine) <= most and _more(other, one, its) <= most


def _more(one: str, other: str, letters: set[str]) -> int:
    """Return how many letters of `one` are more than `other` has of them."""
    return sum([max(one.count(each) - other.count(each), 0) for each in letters])


def slips(word: str, names: Sequence[str]) -> list[str]:
    """Return the names, all of small letters, of which a word is a slip; of thousands only those that may be are looked at."""
    from rapidfuzz import process  # noqa: PLC0415 (as in `edits`)
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    low = word.lower()
    near = process.extract(low, names, scorer=OSA.distance, score_cutoff=MOST_EDITS, limit=None)
    spelled = _spellings(low).fullmatch
    alike = dict.fromkeys([*(each for each, _, _ in near), *filter(spelled, names)])
    return [each for each in alike if is_slip(word, each)]


def _spellings(word: str) -> re.Pattern[str]:
    """Return a pattern of all names with the same parts: each in its long or a short form, in singular or plural."""
    parts = ((part, *(short for short, long in _LONG_FORMS.items() if long == part)) for part in _tokens(word))
    return re.compile("[-_./]+".join(f"(?:{'|'.join(each)})s?" for each in parts))


def may_be_domain(name: str, namespaces: Iterable[str]) -> bool:
    """Return whether a name may be a domain of the world, or of a site under `.local`, rather than SERVICE.NAMESPACE.

    It is not where there is such a namespace, or nearly, or where no top-level domain is written so. Under `.local` anything
    may be (`shop.my-company.local`, by whoever's own DNS), but in a cluster's own zone.
    """
    labels = name.rstrip(".").split(".")
    of_site = len(labels) == 3 and labels[2] == "local" and labels[1] != "cluster"  # noqa: PLR2004 (SERVICE.SITE.local)
    if len(labels) != 2 and not of_site:  # noqa: PLR2004 (SERVICE.NAMESPACE)
        return False
    place = labels[1]
    is_known = any(place == each or is_slip(place, each) for each in namespaces)
    return not (is_known or (not of_site and (len(place) > _LONG or "-" in place)))


def suggest(word: str, names: Iterable[str], most: int = 4) -> tuple[str, ...]:
    """Return the names that `word` may stand for, nearest first: slips, other spellings, then longer and shorter forms.

    Longer and shorter forms are whole words before or after, e.g. a Helm release's prefix: `shop-user-service`.
    """
    ranked = sorted((rank, name) for name in set(names) if name != word and (rank := _rank(word, name)))
    return tuple(name for _, name in ranked[:most])


def _rank(word: str, name: str) -> tuple[int, int] | None:
    """How far a name is, as (class, edits); None where it is something else."""
    if not word:
        return None
    if is_slip(word, name):
        return (1, edits(word, name))
    distance = edits(word, name, MOST_EDITS)
    if distance <= MOST_EDITS and distance < min(len(word), len(name)):
        return (2, distance)
    mine, its = _tokens(word), _tokens(name)
    if _is_run(mine, its) or _is_run(its, mine):
        return (3, abs(len(mine) - len(its)))
    return None


@lru_cache(maxsize=4096)  # the same words again and again, as `is_slip`
def _tokens(word: str) -> tuple[str, ...]:
    """The parts of a name in their long and singular form."""
    parts = (part for part in _BREAK.split(word.lower()) if part)
    return tuple(_LONG_FORMS.get(part, part).removesuffix("s") for part in parts)


def _is_run(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Return whether `short` stands at the beginning or the end of `long`."""
    size = len(short)
    return 0 < size < len(long) and short in (long[:size], long[-size:])
