"""A sentence that a person says, as slots: who calls, what is called, where, and with what complaint.

`why is checkout timing out calling payments in pay?` is `why payments from checkout in pay symptom timeout`. What is called
stands behind a verb of calling or `to`; who calls stands before the verb, or behind `from`. A name that finds no place makes
the sentence unreadable: it is refused with that name, since an answer to half a question is a wrong answer.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.contrast import is_ill_about
from bot.language.dropped import told_words
from bot.language.intent import WAYS, first_of, is_digest_asked
from bot.language.names import Name
from bot.language.roles import Roles, roles_of
from bot.language.scan import Scan
from bot.language.slots import Said, Slots, caller_word, owner_of_pod
from bot.language.symptoms import symptom_in
from bot.language.tokens import tokens_of
from bot.model.kube.kinds import WORKLOAD_WORDS
from bot.model.question.target import is_member_name, read_target
from bot.model.refs import is_label
from bot.model.text import one_line

_INTO = frozenset(("to", "into", "onto", "against", "towards", "toward", "->", "call"))
_DONE_TO = frozenset(
    ("of", "is", "was", "has", "finished", "failed", "fails", "broke", "went")
)  # `the deploy of web broke`
_ASKED = frozenset(
    ("you", "u", "someone", "somebody", "anyone", "anybody", "k8snet")
)  # whom `can you check` is said to
_CALLS = frozenset(("from", "by", "to", "for"))
_CODE = re.compile(r"[A-Z]{3}-\d{3}")  # of a finding, RTE-001
_EXPLAINS = frozenset(("explain", "explains", "mean", "means", "what", "what's"))
_DID = frozenset(("did", "has", "have", "had", "didn't", "hasn't", "who"))
_PAIR = 2
CLUSTER_DNS = "kube-dns.kube-system"  # of every CoreDNS, too: https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/
_CAMEL_CASE = re.compile(r"[A-Za-z]*[a-z][A-Z][A-Za-z]*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_sentence(text: str, *, target: str = "") -> Said:
    """Return what a sentence says; `target` is one that is known from elsewhere (an error, an alert).

    Raises NoNameError where no Service is named, and UsageError for names that find no place or are too many.
    """
    scan = Scan(tokens_of(text))
    if not target:
        _expect_nothing_done(scan)
    roles = roles_of(scan, given=target)
    slots = _slots(text, scan, roles, target)
    told = told_words(scan, roles, slots, given=target)
    _expect_no_watch(scan, slots)
    callers = [each.text for each in roles.callers if not each.kind]
    return Said(
        slots,
        tuple(dict.fromkeys(one_line(each.text, limit=40) for each in told)),
        (*scan.doubtful, *(each.text for each in told if each.aside), *callers),
        tuple(each.text for each in scan.rivals),
    )


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
    if first == "watch" and scan.names:
        watch = f"watch {scan.names[0].text.lower()}"
        raise refusals.instead("Shall I watch it, and tell this thread when that changes?", watch, f"Say: {watch}")
    codes = [each.text.upper() for each in scan.tokens if _CODE.fullmatch(each.text)]
    if codes and scan.has(_EXPLAINS):
        raise refusals.instead("Shall I explain that finding?", f"explain {codes[0]}", hint=f"Say: explain {codes[0]}")
    if is_digest_asked(scan.tokens):
        raise refusals.asks_digest()
    is_past = scan.low(0) in _DID  # `did someone delete cart?` orders nothing
    orders = first in words.ACTION and not (is_past or scan.has_pair(first, _DONE_TO) or scan.has_aside(first))
    if orders and not (first in ("run", "execute") and scan.has(words.REQUEST, WAYS, frozenset(("why",)))):
        raise refusals.only_reads(first)


def _expect_no_watch(scan: Scan, slots: Slots) -> None:
    """Raise UsageError for who wants to be told later: `tell me when payments is back`."""
    said = [each.low for each in scan.tokens if not each.quoted]
    for at, word in enumerate(said[:-2]):
        asks = word in words.TELL and said[at + 1] in ("me", "us") and said[at + 2] in words.UNTIL
        if asks and said[at + 3 : at + 4] != ["you"] and scan.has(words.HEALTH, frozenset(("back",))):
            watch = replace(slots, verb="watch", symptom="").words()
            raise refusals.instead("Shall I watch it, and tell this thread when that changes?", watch, f"Say: {watch}")


def _slots(text: str, scan: Scan, roles: Roles, given: str) -> Slots:
    _expect_one_place(scan, roles, given)
    places = [each for each in (*roles.targets, *roles.callers) if each.namespace]
    callers, targets = roles.callers, roles.targets
    if not targets and not given:
        return _scope(scan, callers)
    try:
        namespace, callers = _shared_place(scan, targets, callers)
    except refusals.UnplacedError as error:
        read = Slots(port=scan.port, symptom=_symptom(text, scan, error.sure))
        raise refusals.beside(error, read) from None
    if not namespace and len(places) == 1 and places[0] in callers and _is_last(places[0], targets):
        namespace, callers = places[0].namespace, tuple(replace(each, namespace="") for each in callers)
    caller = callers[0] if callers else None
    target = targets[0] if targets else None
    of_pods = scan.has(frozenset(("endpoints", "pods", "replicas", "instances", "addresses")))
    them = scan.has_pair("one", frozenset(("of",))) and scan.has_pair("of", frozenset(("them", "these", "those")))
    if them and not (callers or of_pods):
        raise refusals.stands_for("one of them")
    if target and words.OURSELVES.match(target.text):
        raise refusals.stands_for(target.text)
    if target and target.text.lower() in words.ENVIRONMENT and not target.quoted:
        raise refusals.stands_for(target.text)
    slots = Slots(
        target=given or _written(target),
        namespace=(target.namespace if target else "") or namespace,
        caller=_caller(caller) if caller else _anonymous(scan),
        port=scan.port,
        protocol=scan.protocol.upper(),
        cluster=scan.cluster,
    )
    slots = _as_service(slots, target)
    slots = replace(slots, symptom=_symptom(text, scan, slots))
    slots = replace(slots, verb=_verb(scan, slots, target))
    if slots.verb == "dns" and slots.target.partition("/")[0] in WORKLOAD_WORDS and "://" not in slots.target:
        raise refusals.no_name(f"Which name does it look up? Try: dns user-service.shop from {slots.target}")
    slots = replace(slots, symptom=slots.symptom if slots.verb == "why" else "")
    _expect_one(slots, targets, callers, is_whole=not roles.lost)
    return slots


def _caller(name: Name) -> str:
    if name.kind in words.NAMESPACE and not name.namespace and is_label(name.text.lower()):
        return f"{name.text.lower()}/"  # `can the batch namespace reach payments`
    return caller_word(name.text, kind=name.kind, namespace=name.namespace)


def _expect_one_place(scan: Scan, roles: Roles, given: str) -> None:
    """Raise UsageError for `in shop or pay`: a question has one namespace."""
    if not scan.more_namespaces:
        return
    places = dict.fromkeys((*scan.namespaces[-1:], *scan.more_namespaces))
    target = given or _written(roles.targets[0] if roles.targets else None)
    asked = (Slots(target=target, namespace=each) if target else Slots("check", f"{each}/*") for each in places)
    raise refusals.several(places, "namespace", tuple(each.words() for each in asked))


def _expect_one(slots: Slots, targets: Sequence[Name], callers: Sequence[Name], *, is_whole: bool) -> None:
    """Raise UsageError for several Services or callers; `is_whole`: every other name has a place."""
    if len(targets) > 1:
        each = tuple(
            replace(slots, target=_written(one), namespace=one.namespace or slots.namespace).words() for one in targets
        )
        if len(targets) == _PAIR and not callers and not targets[1].joined:  # `cart has 2 of 3 pods, web gets 503`
            each += tuple(
                replace(slots, target=_written(one), caller=caller_word(two.text)).words()
                for one, two in (targets, targets[::-1])
            )
        sure = _without_target(slots, targets) if is_whole else None
        raise refusals.several((one.text for one in targets), "Service", each, sure)
    if len(callers) > 1:
        each = tuple(replace(slots, caller=caller_word(one.text, namespace=one.namespace)).words() for one in callers)
        sure = _without_caller(slots, callers) if is_whole else None
        raise refusals.several((one.text for one in callers), "caller", each, sure)


def _without_target(slots: Slots, targets: Sequence[Name]) -> Slots | None:
    """Return a question without what it calls; None where that is two things, or one has a namespace that would be lost."""
    return None if any(each.namespace or each.joined for each in targets) else replace(slots, target="")


def _without_caller(slots: Slots, callers: Sequence[Name]) -> Slots | None:
    """Return a question without its caller; None where one surely calls, or is said with more than its name."""
    said = any(each.namespace or each.kind or each.joined or each.quoted or each.marker in _CALLS for each in callers)
    return None if said else replace(slots, caller="")


def _written(name: Name | None) -> str:
    """Return a name in lower case, as Kubernetes and DNS have it; a URL as it is, since its path may be in any case."""
    text = name.text if name else ""
    return text if "://" in text or "/" in text.partition(":")[2] else text.lower()


def _shared_place(scan: Scan, targets: Sequence[Name], callers: Sequence[Name]) -> tuple[str, tuple[Name, ...]]:
    """Return the namespace that was said apart from any name, and the callers in it where the target has its own."""
    elsewhere = any((each.namespace or own_namespace(each.text)) not in ("", scan.namespace) for each in targets)
    if not scan.namespace or not elsewhere:
        return scan.namespace, tuple(callers)
    if not callers and _anonymous(scan):
        return "", ()
    if not callers and scan.namespace not in scan.doubtful:
        scan.origin = scan.namespace  # `… for everyone in ns shop`
        return "", ()
    if not callers or callers[0].namespace:
        raise refusals.unused([scan.namespace], Slots(target=targets[0].text, namespace=targets[0].namespace))
    if scan.namespace in scan.doubtful and words.is_place(scan.namespace):
        return scan.namespace, tuple(callers)  # it may be a cluster
    return "", tuple(replace(each, namespace=scan.namespace) for each in callers)


def own_namespace(target: str) -> str:
    """Return the namespace that is said in a name: `ldap.idm:389`. That of `mongo-0.mongo` may be a Service."""
    if is_member_name(target):
        return ""
    try:
        return read_target(target, outside=True).namespace
    except UsageError:
        return ""


def _is_last(name: Name, targets: Sequence[Name]) -> bool:
    return bool(targets) and all(each.at < name.at for each in targets)


def _anonymous(scan: Scan) -> str:
    """Return `shop/` for a caller that is any pod there: `nothing in shop can reach payments`."""
    if scan.origin:
        return f"{scan.origin}/"
    if not scan.namespace:
        return ""
    for at, each in enumerate(scan.tokens[:-1]):
        begins = at - 1 - (scan.low(at - 1) in words.FILLER)  # `a fresh pod`
        anyone = each.low in words.EVERYTHING or (each.low in words.WORKLOAD and scan.low(begins) in ("a", "any"))
        if anyone and scan.low(at + 1) in ("in", "inside") and scan.names:
            called = scan.low(begins - 1) == "from" or (
                scan.names[0].at > at and scan.names[0].marker in _INTO | {"from", "by"}
            )
            return f"{scan.namespace}/" if called else ""
    return ""


def _as_service(slots: Slots, target: Name | None) -> Slots:
    """Read a pod's name as the Service of its workload, and a table `shop/*` as the namespace."""
    if slots.caller.endswith("/") and slots.namespace == slots.caller[:-1]:
        slots = replace(slots, namespace="")
    if target and target.kind in words.NAMESPACE and is_label(slots.target):
        return replace(slots, target=f"{slots.target}/*")
    if slots.target in words.CLUSTER_DNS and slots.namespace in ("", "kube-system"):
        note = f"{slots.target} was read as the Service of the cluster's DNS"
        return replace(slots, target=CLUSTER_DNS, namespace="", notes=(note,))
    owner = owner_of_pod(slots.target)
    if not owner:
        return slots
    place = slots.target.rpartition("/")[0]
    note = f"{slots.target} is a pod's name: its Service is taken to be {owner}"
    return replace(slots, target=f"{place}/{owner}" if place and place != "pod" else owner, notes=(note,))


def _scope(scan: Scan, callers: Sequence[Name]) -> Slots:
    """Read a sentence about all of a namespace; refuse one that names nothing that is called."""
    places = scan.namespaces
    if places and scan.origin and not callers:
        place, origin = places[0].removesuffix("/*"), scan.origin
        raise refusals.several_readings((f"why in {place} from {origin}/", f"why in {place}"))
    if places and scan.port and not callers:
        asked = Slots(target=places[0], port=scan.port).words()
        raise refusals.instead(f"Is {places[0]} the Service?", asked, hint=f"Say: {asked}")
    if not callers and scan.has(words.NOTHING) and scan.has(words.RESOLVE):
        raise refusals.no_name("Which name? Try: dns user-service.shop from checkout")
    if scan.has(frozenset(("dns",))) and scan.has(words.HEALTH):
        raise refusals.no_name("Which name? Try: dns user-service.shop from checkout")
    if (
        places
        and not callers
        and (scan.has(words.EVERYTHING, words.NAMESPACE, frozenset(("what", "how", "whats", "what's"))))
    ):
        return Slots(_verb_of_all(scan), target=f"{places[0].removesuffix('/*')}/*", cluster=scan.cluster)
    is_of_all = scan.has(words.EVERYTHING, frozenset(("what", "whats", "what's", "which")))
    if not (places or callers) and is_of_all and scan.has(words.EVERYWHERE):
        return Slots(_verb_of_all(scan), target="*", cluster=scan.cluster)
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
    """Return the complaint; words inside of names are none, but those of `HighLatency` are."""
    shouted = " ".join(_CAMEL.sub(" ", each) for each in _CAMEL_CASE.findall(text))
    for name in (slots.target, slots.caller, slots.namespace, *(each.text for each in scan.names)):
        text = text.replace(name, " ") if len(name) > 1 else text
    if found := symptom_in(text) or symptom_in(shouted):
        return found
    if scan.port not in words.TLS and words.TLS & set(text.lower().split()):
        return "tls"
    troubled = scan.has(words.NEGATION, words.COMPLAINT) and not _is_said_not(scan, "dns")
    return "nxdomain" if troubled and is_ill_about(scan, words.RESOLVE | {"dns", "lookups"}) else ""


def _is_said_not(scan: Scan, word: str) -> bool:
    """Return whether a word is ruled out: `it's not DNS this time`."""
    return any(scan.low(at) == word and scan.low(at - 1) == "not" for at in range(len(scan.tokens)))


def _verb_of_all(scan: Scan) -> str:
    """Return `why` where all of a namespace is said to be broken, for its causes; `check` for a look at it."""
    is_troubled = scan.has(words.NEGATION, words.COMPLAINT, frozenset(("why", "wtf")))
    is_table = scan.low(0) == "check" or any(each.text.endswith("/*") for each in scan.tokens)
    return "why" if is_troubled and not is_table else "check"


def _verb(scan: Scan, slots: Slots, target: Name | None) -> str:
    if slots.target.endswith("*"):
        return _verb_of_all(scan)
    first = _first_word(scan)
    if slots.caller and (scan.low(0) == "path" or (scan.has(WAYS) and scan.has(frozenset(("to", "between"))))):
        return "path" if not slots.symptom and not scan.has(words.NEGATION, words.COMPLAINT) else "why"
    calm = (
        not slots.symptom
        and not scan.has_pair("permission", frozenset(("denied",)))
        and not scan.has(words.NEGATION, words.COMPLAINT)
        and first != "why"
        and not scan.has(frozenset(("why", "wtf")))
    )
    if not calm:
        return "why"
    if scan.low(0) == "check" and not slots.caller and scan.low(1) not in words.QUESTION | {"if", "whether"}:
        return "check"
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
    said = [each.low for each in scan.tokens if not each.quoted and not each.low.startswith("@")]
    while said and (said[0] in skipped or (said[0] in words.AUX and len(said) > 1 and said[1] in _ASKED)):
        said = said[2:] if said[0] in words.AUX and said[0] not in skipped else said[1:]
    return said[0] if said else ""


def _asks_whether(scan: Scan, first: str) -> bool:
    whether = first in ("can", "could", "may", "does", "do", "should", "is", "are", "will", "would")
    return whether or scan.has(words.POLICY) or scan.has(frozenset(("whether",)))
