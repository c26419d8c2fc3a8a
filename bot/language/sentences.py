"""A sentence that a person says, as slots: who calls, what is called, where, and with what complaint.

`why is checkout timing out calling payments in pay?` is `why payments from checkout in pay symptom timeout`. What is called
stands behind a verb of calling or `to`; who calls stands before the verb, or behind `from`. A name that finds no place makes
the sentence unreadable: it is refused with that name, since an answer to half a question is a wrong answer.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.intent import WAYS, first_of, is_digest_asked
from bot.language.scan import HANGS, Name, Scan
from bot.language.slots import Slots, caller_word, owner_of_pod
from bot.language.symptoms import symptom_in
from bot.language.tokens import Token, tokens_of
from bot.model.refs import is_label
from bot.model.text import one_line

_INTO = frozenset(("to", "into", "onto", "against", "towards", "toward", "->", "call"))
_HANGS = HANGS | {"blocked"}
_ASKED = frozenset(
    ("you", "u", "someone", "somebody", "anyone", "anybody", "k8snet")
)  # whom `can you check` is said to
_PARTS = re.compile(r"[./:*]+")
_WEAK = frozenset(("of", "about", "behind", "at", "with", "for", "on"))


class Said(Struct, frozen=True):
    """What a sentence says, and the words in it that were not used."""

    slots: Slots
    unused: tuple[str, ...] = ()


class Roles(Struct, frozen=True):
    """Names by what they do in a sentence; `lost` have no place in it."""

    targets: tuple[Name, ...] = ()
    callers: tuple[Name, ...] = ()
    lost: tuple[Name, ...] = ()


def read_sentence(text: str, *, target: str = "") -> Said:
    """Return what a sentence says; `target` is one that is known from elsewhere (an error, an alert).

    Raises NoNameError where no Service is named, and UsageError for names that find no place or are too many.
    """
    tokens = tokens_of(text)
    scan = Scan(tokens)
    _expect_nothing_done(scan)
    roles = _roles(scan, given=bool(target))
    slots = _slots(text, scan, roles, target)
    lost = [*(each.text for each in roles.lost), *(each.text for each in scan.tail if each.is_marked)]
    lost += [each.text for each in scan.unused if each.is_marked and not each.is_number]
    if lost:
        raise refusals.unused(lost, slots.words())
    told = [*scan.unused, *scan.tail]
    if forgotten := _forgotten(scan, slots, told):
        raise refusals.unused(forgotten, slots.words())
    _expect_no_watch(scan, slots)
    return Said(slots, tuple(dict.fromkeys(one_line(each.text, limit=40) for each in told)))


def _forgotten(scan: Scan, slots: Slots, told: Sequence[Token]) -> list[str]:
    """Return names that are neither in the question nor told as unused: whatever the rules above miss is refused."""
    asked = f"{slots.words()} {' '.join(slots.notes)}".lower()
    names = [each for each in scan.tokens if each.is_name and each not in told and each not in scan.generic]
    lost = [each.text for each in names if not all(part in asked for part in _PARTS.split(each.low) if part)]
    return lost or ([] if slots.caller else [each.text for each in scan.doers()])


def _expect_nothing_done(scan: Scan) -> None:
    if scan.has(frozenset(("what", "what's", "anything", "whats"))) and scan.has(frozenset(("changed", "changes"))):
        raise refusals.NoNameError(
            "I do not keep what changed.", hint="Try: digest for shop, or why user-service in shop"
        )
    first = first_of(scan.tokens)
    watched = [each.text for each in scan.names if each.text.lower() != "watching"]
    if first == "stop" and scan.has(frozenset(("watching",))) and watched:
        ended = f"unwatch {watched[0]}"
        raise refusals.instead("Shall I end a watch?", ended, hint=f"Say: {ended}, or watch list")
    if is_digest_asked(scan.tokens):
        raise refusals.asks_digest()
    if first in words.ACTION:
        raise refusals.only_reads(first)


def _expect_no_watch(scan: Scan, slots: Slots) -> None:
    """Raise UsageError for who wants to be told later: `tell me when payments is back`."""
    said = [each.low for each in scan.tokens if not each.quoted]
    for at, word in enumerate(said[:-2]):
        asks = word in words.TELL and said[at + 1] in ("me", "us") and said[at + 2] in words.UNTIL
        if asks and said[at + 3 : at + 4] != ["you"] and scan.has(words.HEALTH, frozenset(("back",))):
            watch = replace(slots, verb="watch", symptom="").words()
            raise refusals.instead("Shall I watch it, and tell this thread when that changes?", watch, f"Say: {watch}")


def _roles(scan: Scan, *, given: bool) -> Roles:
    sorter = _Sorter(scan, given=given)
    for each in scan.names:
        sorter.take(each)
    return sorter.roles()


class _Sorter:
    """Sorts names into who calls and what is called; strong markers first, since weak ones depend on them."""

    def __init__(self, scan: Scan, *, given: bool) -> None:
        names = scan.names
        self.scan, self.given = scan, given
        self.targets = [each for each in names if each.marker in _INTO and not _is_served(each, names)]
        self.callers = [each for each in names if each.marker in _INTO and each not in self.targets]
        between = [each for each in names if each.marker == "between"]
        self.callers, self.targets = self.callers + between[:1], self.targets + between[1:]
        self.subjects = [each for each in names if not each.marker]
        self.lost: list[Name] = []
        first, second = (*self.subjects, *[Name("")] * 2)[:2]
        if first.text.lower() == "users" and second.verb in words.RECEIVE | words.SAY:  # people say so
            scan.unused.append(scan.tokens[self.subjects.pop(0).at])

    def take(self, name: Name) -> None:
        """Put a name with a weaker marker among callers, targets or what is lost."""
        if name.marker in ("", "between") or name.marker in _INTO:
            return
        if name.marker == "by" or (name.marker in ("in", "inside") and name.kind in words.KIND):
            self.callers.append(name)
        elif name.marker == "from":
            is_called = _is_source_of_errors(name, self.subjects, self.targets, given=self.given)
            (self.targets if is_called else self.callers).append(name)
        elif name.marker in _WEAK:
            self._weak(name)
        else:
            self.lost.append(name)

    def _weak(self, name: Name) -> None:
        subjects = [each for each in self.subjects if each.text.lower() != "users"]
        if name.marker == "on" and name.namespace and self.subjects and not self.targets:
            self.targets.append(name)  # no cluster lies in a namespace
            return
        known = bool(self.targets or self.given or subjects)
        if name.marker == "on" and known and name.verb in _HANGS and not self.targets:
            self.targets.append(name)
        elif name.marker == "on" and known and not self.scan.cluster:
            self.scan.cluster = name.text
        elif not known or (not self.targets and not self.given and self._has_trouble(name)):
            self.targets.append(name)
        else:
            is_proxied = subjects and subjects[0].text.lower().startswith(
                words.PROXIES
            )  # `nginx returns 504 for payments`
            (self.targets if is_proxied else self.callers if name.marker == "for" else self.lost).append(name)

    def _has_trouble(self, name: Name) -> bool:
        """Return whether a subject complains of a name: `has trouble with payments`, `says the certificate of payments is`."""
        tells = name.marker in ("for", "of") and name.verb in words.RECEIVE | words.SAY
        return name.marker == "with" or tells

    def roles(self) -> Roles:
        """Return what was sorted; subjects call where something is called, else they are what is called."""
        scan, subjects = self.scan, self.subjects
        if self.targets and subjects and subjects[0].text.lower() == "users" and self.targets[0].marker in _WEAK:
            scan.unused.append(scan.tokens[subjects.pop(0).at])
        if self.targets or self.given:
            called = {each.text.lower() for each in self.targets}
            callers = [*self.callers, *(each for each in subjects if each.text.lower() not in called)]
            return Roles(_once(self.targets), _once(callers), tuple(self.lost))
        if stand_in := _called_in_clause(scan, subjects):
            raise refusals.stands_for(stand_in)
        if len(subjects) > 1 and _is_pronoun_called(scan):
            return Roles(tuple(subjects[:1]), (*self.callers, *subjects[1:]), tuple(self.lost))
        return Roles(_once(subjects), _once(self.callers), tuple(self.lost))


def _once(names: Iterable[Name]) -> tuple[Name, ...]:
    """Return names without repetitions, the one with a namespace in the place of one without."""
    found: dict[str, Name] = {}
    for each in names:
        known = found.get(each.text.lower())
        if known is None or (each.namespace and not known.namespace):
            found[each.text.lower()] = each
    return tuple(found.values())


def _is_served(name: Name, names: Sequence[Name]) -> bool:
    """Return whether `to` names a caller, as in `payments returns 503 to checkout`."""
    subject = any(not each.marker and each.at < name.at for each in names)
    return name.marker == "to" and name.verb in words.SERVE and subject


def _is_source_of_errors(name: Name, subjects: Sequence[Name], targets: Sequence[Name], *, given: bool) -> bool:
    """Return whether `from` names what is called, as in `checkout gets timeouts from payments`."""
    if targets or given or name.after_traffic:
        return False
    if not subjects and name.verb in (words.CALL | words.PASSIVE) - words.RECEIVE:
        return False
    if name.verb in words.POLICY and subjects:
        return True
    told = any(
        each.verb == name.verb and each.at < name.at for each in subjects
    )  # `seeing payments down from checkout`
    return not subjects or (name.verb in words.RECEIVE and not told)


def _called_in_clause(scan: Scan, subjects: Sequence[Name]) -> str:
    """Return the pronoun that the only name of a sentence calls in its own clause: `can checkout reach this`."""
    for at, each in enumerate(scan.tokens[:-1]):
        word = scan.low(at + 1)
        if each.low in words.CALL and word in words.PRONOUN and not scan.tokens[at + 1].is_name:
            before = [one for one in subjects if one.at < at and not any(two.ends for two in scan.tokens[one.at : at])]
            if before and len(subjects) == 1:
                return word
    return ""


def _is_pronoun_called(scan: Scan) -> bool:
    return any(
        each.low in words.CALL | frozenset(("to",)) and scan.low(at + 1) in ("it", "them", "that", "this")
        for at, each in enumerate(scan.tokens)
    )


def _slots(text: str, scan: Scan, roles: Roles, given: str) -> Slots:
    _expect_one_place(scan, roles, given)
    places = [each for each in (*roles.targets, *roles.callers) if each.namespace]
    callers, targets = roles.callers, roles.targets
    if not targets and not given:
        return _scope(scan, callers)
    namespace, callers = _shared_place(scan, targets, callers)
    if not namespace and len(places) == 1 and places[0] in callers and _is_last(places[0], targets):
        namespace, callers = places[0].namespace, tuple(replace(each, namespace="") for each in callers)
    caller = callers[0] if callers else None
    target = targets[0] if targets else None
    if target and words.OURSELVES.match(target.text):
        raise refusals.stands_for(target.text)
    if target and target.text.lower() in words.ENVIRONMENT and not target.quoted:
        raise refusals.stands_for(target.text)
    slots = Slots(
        target=given or _written(target),
        namespace=(target.namespace if target else "") or namespace,
        caller=caller_word(caller.text, kind=caller.kind, namespace=caller.namespace) if caller else _anonymous(scan),
        port=scan.port,
        protocol=scan.protocol.upper(),
        cluster=scan.cluster,
    )
    slots = _as_service(slots, target)
    slots = replace(slots, symptom=_symptom(text, scan, slots))
    slots = replace(slots, verb=_verb(scan, slots, target))
    slots = replace(slots, symptom=slots.symptom if slots.verb == "why" else "")
    _expect_one(slots, targets, callers)
    return slots


def _expect_one_place(scan: Scan, roles: Roles, given: str) -> None:
    """Raise UsageError for `in shop or pay`: a question has one namespace."""
    if not scan.more_namespaces:
        return
    places = dict.fromkeys((*scan.namespaces[-1:], *scan.more_namespaces))
    target = given or _written(roles.targets[0] if roles.targets else None)
    asked = (Slots(target=target, namespace=each) if target else Slots("check", f"{each}/*") for each in places)
    raise refusals.several(places, "namespace", tuple(each.words() for each in asked))


def _expect_one(slots: Slots, targets: Sequence[Name], callers: Sequence[Name]) -> None:
    if len(targets) > 1:
        each = tuple(
            replace(slots, target=_written(one), namespace=one.namespace or slots.namespace).words() for one in targets
        )
        raise refusals.several((one.text for one in targets), "Service", each)
    if len(callers) > 1:
        each = tuple(replace(slots, caller=caller_word(one.text, namespace=one.namespace)).words() for one in callers)
        raise refusals.several((one.text for one in callers), "caller", each)


def _written(name: Name | None) -> str:
    """Return a name in lower case, as Kubernetes and DNS have it; a URL as it is, since its path may be in any case."""
    text = name.text if name else ""
    return text if "://" in text or "/" in text.partition(":")[2] else text.lower()


def _shared_place(scan: Scan, targets: Sequence[Name], callers: Sequence[Name]) -> tuple[str, tuple[Name, ...]]:
    """Return the namespace that was said apart from any name, and the callers in it where the target has its own."""
    elsewhere = any(each.namespace not in ("", scan.namespace) for each in targets)
    if not scan.namespace or not elsewhere:
        return scan.namespace, tuple(callers)
    if not callers or callers[0].namespace:
        raise refusals.unused([scan.namespace], Slots(target=targets[0].text, namespace=targets[0].namespace).words())
    return "", tuple(replace(each, namespace=scan.namespace) for each in callers)


def _is_last(name: Name, targets: Sequence[Name]) -> bool:
    return bool(targets) and all(each.at < name.at for each in targets)


def _anonymous(scan: Scan) -> str:
    """Return `shop/` for a caller that is any pod there: `nothing in shop can reach payments`."""
    if not scan.namespace:
        return ""
    for at, each in enumerate(scan.tokens[:-1]):
        if each.low in words.EVERYTHING and scan.low(at + 1) in ("in", "inside") and scan.names:
            return f"{scan.namespace}/" if scan.names[0].at > at and scan.names[0].marker in _INTO else ""
    return ""


def _as_service(slots: Slots, target: Name | None) -> Slots:
    """Read a pod's name as the Service of its workload, and a table `shop/*` as the namespace."""
    if slots.caller.endswith("/") and slots.namespace == slots.caller[:-1]:
        slots = replace(slots, namespace="")
    if target and target.kind in words.NAMESPACE and is_label(slots.target):
        return replace(slots, target=f"{slots.target}/*")
    owner = owner_of_pod(slots.target)
    if not owner:
        return slots
    place = slots.target.rpartition("/")[0]
    note = f"{slots.target} is a pod's name: its Service is taken to be {owner}"
    return replace(slots, target=f"{place}/{owner}" if place and place != "pod" else owner, notes=(note,))


def _scope(scan: Scan, callers: Sequence[Name]) -> Slots:
    """Read a sentence about all of a namespace; refuse one that names nothing that is called."""
    places = scan.namespaces
    if (
        places
        and not callers
        and (scan.has(words.EVERYTHING, words.NAMESPACE, frozenset(("what", "how", "whats", "what's"))))
    ):
        return Slots("check", target=f"{places[0].removesuffix('/*')}/*", cluster=scan.cluster)
    if callers:
        raise refusals.no_name(
            f"What does {callers[0].text} call? For example: why user-service from {callers[0].text}"
        )
    stand_in = next((each.low for each in scan.tokens if each.low in words.PRONOUN - words.DETERMINER), "")
    stand_in = stand_in or next(
        (each.low for each in scan.tokens if each.low in ("this", "that", "these", "those")), ""
    )
    if stand_in:
        raise refusals.stands_for(stand_in)
    if scan.has(frozenset(("dns",))):
        raise refusals.no_name("Which name? Try: dns user-service.shop from checkout")
    raise refusals.no_name()


def _symptom(text: str, scan: Scan, slots: Slots) -> str:
    """Return the complaint; words inside of names are none."""
    for name in (slots.target, slots.caller, slots.namespace, *(each.text for each in scan.names)):
        text = text.replace(name, " ") if len(name) > 1 else text
    if found := symptom_in(text):
        return found
    if scan.port not in words.TLS and words.TLS & set(text.lower().split()):
        return "tls"
    troubled = scan.has(words.NEGATION, words.COMPLAINT)
    about_names = scan.has(words.RESOLVE, frozenset(("dns", "lookups")))
    return "nxdomain" if troubled and about_names else ""


def _verb(scan: Scan, slots: Slots, target: Name | None) -> str:
    if slots.target.endswith("/*") or slots.target in ("*", "*/*"):
        return "check"
    first = _first_word(scan)
    if slots.caller and (scan.low(0) == "path" or (scan.has(WAYS) and scan.has(frozenset(("to",))))):
        return "path" if not slots.symptom and not scan.has(words.NEGATION, words.COMPLAINT) else "why"
    calm = (
        not slots.symptom
        and not scan.has(words.NEGATION, words.COMPLAINT)
        and first != "why"
        and not scan.has(frozenset(("why", "wtf")))
    )
    if not calm:
        return "why"
    if scan.has(words.RESOLVE) or (scan.has(frozenset(("dns",))) and not scan.has(words.HEALTH)):
        return "dns"
    if scan.has(frozenset(("dns",))) and target and target.marker in ("for", "of"):
        return "dns"
    if scan.has(frozenset(("if", "whether"))) and scan.has(words.HEALTH) and not slots.caller:
        return "check"
    if slots.caller and _asks_whether(scan, first):
        return "path"
    if not slots.caller and (
        first in ("is", "are", "how", "how's", "hows") or scan.has(frozenset(("health", "status", "state")))
    ):
        return "check" if scan.has(words.HEALTH) or first in ("how", "how's", "hows") else "why"
    return "why"


def _first_word(scan: Scan) -> str:
    """Return the word that a sentence begins with; `can you check why` begins with `why`."""
    skipped = words.FILLER | words.PERSON | words.REQUEST | frozenset(("tell", "me", "if", "know", "see", "to", "at"))
    said = [each.low for each in scan.tokens if not each.quoted]
    while said and (said[0] in skipped or (said[0] in words.AUX and len(said) > 1 and said[1] in _ASKED)):
        said = said[2:] if said[0] in words.AUX and said[0] not in skipped else said[1:]
    return said[0] if said else ""


def _asks_whether(scan: Scan, first: str) -> bool:
    whether = first in ("can", "could", "may", "does", "do", "should", "is", "are", "will", "would")
    return whether or scan.has(words.POLICY) or scan.has(frozenset(("whether",)))
