"""The one grammar for Slack, mentions and the command line: a sentence, flags, or any mixture of them, into a Command.

Rule: every text gives a Command or a UsageError with one clear sentence; nothing is evaluated, nothing is
guessed, and a word that has no meaning here is refused instead of dropped.

    why user-service in shop from checkout port 80   ≡   why user-service -n shop --from checkout --port 80
    check shop/*      dns user-service.shop      path checkout to user-service port 80      digest for shop, pay
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.question.muting import Muting, read_muting
from bot.model.question.question import Question, Source, Symptom
from bot.model.question.refusals import two_ends, two_namespaces
from bot.model.question.target import (
    Target,
    is_member_name,
    read_namespace,
    read_port,
    read_protocol,
    read_source,
    read_target,
)
from bot.model.question.timetable import Timetable, digest_first, expect_times, read_timetable
from bot.model.question.tokens import EXAMPLE, SYMPTOMS, ParsedWords, begins_slot, near_word, split_words
from bot.model.question.watching import Act, Watching, read_watching
from bot.model.text import shown

_LONGEST_WORD = 253  # a DNS name, and more than any kubeconfig context in use


class Verb(StrEnum):
    WHY = "why"
    CHECK = "check"
    DNS = "dns"
    PATH = "path"
    DIGEST = "digest"
    EXPLAIN = "explain"
    HELP = "help"
    RECENT = "recent"
    WATCH = "watch"
    USE = "use"
    MUTE = "mute"
    VERSION = "version"


class Command(Struct, frozen=True):
    """What is to be done. `question` holds the target; the rest is set where the verb has it.

    `namespaces` is the scope of a table or digest, empty for `everything` or the default one; `pod` is the target of
    a `path` that ends at a pod; `rest` are words of a grammar of their own (help, explain).
    """

    verb: Verb
    question: Question = Question()
    namespaces: tuple[str, ...] = ()
    everything: bool = False
    pod: Source | None = None
    fresh: bool = False
    from_caller: bool = False  # never by words: a person has agreed to it where they were told what it takes
    only_me: bool = False
    rest: tuple[str, ...] = ()
    watching: Watching | None = None  # of `watch` only
    muting: Muting | None = None  # of `mute` only
    timetable: Timetable | None = None  # of `digest` only: one at a time of day, or what is done about those


_VERBS = {str(each): each for each in Verb} | {"policy": Verb.PATH, "diagnose": Verb.WHY, "resolve": Verb.DNS}
_SHORT = {
    "silence": ["mute"],
    "snooze": ["mute"],
    "watches": ["watch", "list"],
    "unwatch": ["watch", "off"],
    "mutes": ["mute", "list"],
    "unmute": ["mute", "off"],
}
_SCOPE_FLAGS = {"-A": 0, "--all-namespaces": 0, "-n": 1, "--namespace": 1}  # with how many words after each
_FREE = (Verb.EXPLAIN, Verb.HELP, Verb.RECENT, Verb.VERSION)
_SCOPE_ALL = ("all", "*", "*/*", "everything")


def parse(text: str | Sequence[str]) -> Command:
    """Read one command, as a sentence or as the words of an argv. Raises UsageError, and nothing else, on any text."""
    words = split_words(text)
    if not words:
        raise UsageError("There is no question here.", hint=f"For example: {EXAMPLE}")
    verb, rest = _verb(digest_first([*_SHORT.get(words[0].lower(), words[:1]), *words[1:]]))
    if verb is Verb.WATCH:
        return _watch(rest)
    if verb is Verb.MUTE:
        return _mute(rest)
    if verb is Verb.USE:
        return _use(rest)
    if verb is Verb.DIGEST:
        timetable, rest = read_timetable(rest)
        expect_times(rest)
        return replace(_scoped(verb, ParsedWords(rest, target_first=False)), timetable=timetable)
    if verb in _FREE:
        return Command(verb, rest=tuple(rest))
    is_scope = verb is Verb.WHY and _names_scope(rest)
    said = ParsedWords(rest, target_first=verb in (Verb.WHY, Verb.DNS) and not is_scope)
    if verb is Verb.PATH:
        return _path(said)
    return _scoped(verb, said) if verb in (Verb.CHECK, Verb.DIGEST) else _asked(verb, said)


def _names_scope(words: list[str]) -> bool:
    """Return whether a scope stands where a Service would: `in shop`, `-A`, `-n shop from checkout`.

    A Service that is called like a word of ours (`in`, `from`) has no word after it, or a slot.
    """
    left = list(words)
    while left and left[0] in _SCOPE_FLAGS:
        if _SCOPE_FLAGS[left[0]] == 0:
            return True
        left = left[2:]
    is_value = len(left) > 1 and not begins_slot(left[1:])
    return is_value and (left[0].lower() == "in" or (len(left) < len(words) and begins_slot(left)))


def _verb(words: list[str]) -> tuple[Verb, list[str]]:
    first = words[0].lower()
    if first in _VERBS:
        return _VERBS[first], words[1:]
    if first.startswith("-"):
        raise UsageError(f"A question does not begin with {shown(words[0])}.", hint=f"For example: {EXAMPLE}")
    near = near_word(first, tuple(Verb))
    goes_on = len(words) == 1 or begins_slot(words[1:])
    if goes_on and not near:
        return Verb.WHY, words  # a bare name asks why
    if not near:
        raise UsageError("I found no Service name in that.", hint=f"Try: {EXAMPLE}")
    hint = f"Did you mean {near}?" + (f" For a Service of that name say: why {first}" if goes_on else "")
    raise UsageError(f"I do not understand {shown(words[0])}.", hint=hint)


def _asked(verb: Verb, said: ParsedWords) -> Command:
    """`why` and `dns`: one target."""
    if verb is Verb.WHY and (not said.target_first or _is_scope(said)):
        return _triage(said)
    if not said.loose:
        raise UsageError(
            f"{verb.capitalize()} what? A name is missing.",
            hint=f"For example: {verb} user-service in shop{_WHOLE if verb is Verb.WHY else ''}",
        )
    target = read_target(said.loose[0], outside=True)
    if target.pod:
        raise UsageError(
            f"{shown(said.loose[0])} is a pod; I answer for Services.",
            hint=f"To a pod there is: path SOURCE to {said.loose[0]}",
        )
    _nothing_left(verb, said.loose[1:])
    _no_slot(verb, said, "everything", "to")
    return _command(verb, said, _question(verb, said, target))


_WHOLE = "; for all of a namespace: why in shop"


def _is_scope(said: ParsedWords) -> bool:
    return not said.loose and bool({"everything", "namespace"} & said.slots.keys())


def _triage(said: ParsedWords) -> Command:
    """`why in shop`, `why -A`: no Service is named; who calls and the symptom narrow it."""
    _no_slot(Verb.WHY, said, "to", "port", "protocol", "resolver")
    listed = (*said.slots.get("namespace", "").split(","), *(part for each in said.loose for part in each.split(",")))
    namespaces = _namespaces(each for each in listed if each.lower() != "and")
    everything = "everything" in said.slots
    _one_scope(namespaces, everything=everything)
    source = _source(said, namespaces[0] if len(namespaces) == 1 else "", "")
    if source and not source.namespace and source.pod:
        raise UsageError(
            f"In which namespace is {shown(source.pod)}?",
            hint=f"Say the caller with its own: from NAMESPACE/{source.pod}",
        )
    question = Question(source=source, symptom=_symptom(said), cluster=_cluster(said))
    return _command(Verb.WHY, said, question, namespaces=namespaces, everything=everything)


def _namespaces(listed: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read_namespace(each.removesuffix("/*")) for each in listed if each))


def _one_scope(namespaces: tuple[str, ...], *, everything: bool) -> None:
    if everything and namespaces:
        raise UsageError(f"All namespaces, or only {', '.join(namespaces)}: which one?")


def _watch(words: list[str]) -> Command:
    """A call to watch, or the list of watches, or the end of some."""
    watching, left = read_watching(words)
    if watching.act is not Act.START and not left:
        return Command(Verb.WATCH, watching=watching)
    said = ParsedWords(left, target_first=True)
    _no_slot(Verb.WATCH, said, "only_me", "fresh")
    return replace(_asked(Verb.WATCH, said), watching=watching)


def _mute(words: list[str]) -> Command:
    """A finding, a Service, or both, that a channel's digests and watches keep quiet about; the list, or the end of some."""
    muting, left = read_muting(words)
    if not left:
        return Command(Verb.MUTE, muting=muting)
    said = ParsedWords(left, target_first=left[0].lower() not in _SCOPE_WORDS)
    _no_slot(
        Verb.MUTE, said, "everything", "to", "source", "port", "protocol", "symptom", "resolver", "only_me", "fresh"
    )
    if said.loose and said.loose[0].lower() in _SCOPE_ALL:
        raise UsageError("Not everything at once: name a finding's code, or a Service.", hint=_HINTS[Verb.MUTE])
    _nothing_left(Verb.MUTE, said.loose[1:])
    target = read_target(said.loose[0]) if said.loose else Target()
    if said.loose and not target.service:
        raise UsageError(f"{shown(said.loose[0])} is no Service.", hint=_HINTS[Verb.MUTE])
    return replace(_command(Verb.MUTE, said, _question(Verb.MUTE, said, target)), muting=muting)


_SCOPE_WORDS = ("in", "on", "-n", "--namespace", "namespace", "ns", "cluster", "--cluster")


def _use(words: list[str]) -> Command:
    """The namespace and cluster that this channel means where none is said; none at all, or which it is now."""
    said = ParsedWords(words, target_first=False)
    loose = [each for each in (*said.loose, said.slots.get("namespace", "")) if each]
    if [each.lower() for each in loose] in (["none"], ["off"], ["nothing"]):
        return Command(Verb.USE, rest=("none",))
    _nothing_left(Verb.USE, loose[1:])
    _no_slot(Verb.USE, said, "everything", "to", "source", "port", "protocol", "symptom", "only_me", "fresh")
    namespace = read_namespace(loose[0].removesuffix("/*")) if loose else ""
    return Command(Verb.USE, Question(namespace=namespace, cluster=_cluster(said)))


def _path(said: ParsedWords) -> Command:
    """FROM TO, FROM to TO, or TO from FROM."""
    loose = list(said.loose)
    source = said.slots.get("source") or (loose.pop(0) if loose else "")
    to = said.slots.get("to") or (loose.pop(0) if loose else "")
    if not source or not to:
        raise two_ends()
    _nothing_left(Verb.PATH, loose)
    _no_slot(Verb.PATH, said, "everything", "symptom", "resolver")
    said.slots["source"] = source
    target = read_target(to)
    question = _question(Verb.PATH, said, target)
    pod = Source(namespace=question.namespace, pod=target.pod) if target.pod else None
    return _command(Verb.PATH, said, question, pod=pod)


def _scoped(verb: Verb, said: ParsedWords) -> Command:
    """`check` and `digest`: a Service (check only), namespaces, or everything."""
    loose = [part for each in said.loose for part in each.split(",") if part and part.lower() != "and"]
    everything = "everything" in said.slots or any(each.lower() in _SCOPE_ALL for each in loose)
    names = [each for each in loose if each.lower() not in _SCOPE_ALL]
    if verb is Verb.CHECK and names and not all(each.endswith("/*") for each in names):
        _nothing_left(verb, names[1:])
        _no_slot(verb, said, "everything", "to")
        return _command(verb, said, _question(verb, said, read_target(names[0])))
    listed = [*names, *said.slots.get("namespace", "").split(",")]
    namespaces = _namespaces(listed)
    _one_scope(namespaces, everything=everything)
    _no_slot(verb, said, "source", "to", "port", "protocol", "symptom", "resolver")
    scope = Question(cluster=_cluster(said))
    return _command(verb, said, scope, namespaces=namespaces, everything=everything)


def _nothing_left(verb: Verb, words: Sequence[str]) -> None:
    if words:
        raise UsageError(
            f"I do not know what {shown(words[0])} means here.",
            hint=_HINTS[verb]
            if verb in (Verb.PATH, Verb.USE, Verb.MUTE)
            else "After the name say: in NAMESPACE, from POD, port N, on CLUSTER, protocol UDP, symptom timeout.",
        )


def _no_slot(verb: Verb, said: ParsedWords, *slots: str) -> None:
    """Refuse what has no meaning for this verb, instead of dropping it."""
    for slot in slots:
        if slot in said.slots:
            word = _SLOT_WORDS.get(slot, slot)
            raise UsageError(f"{shown(word)} has no meaning with {verb} here.", hint=_HINTS[verb])


_SLOT_WORDS = {"everything": "-A", "source": "from", "only_me": "only me"}
_HINTS = {
    Verb.WHY: f"For example: {EXAMPLE}",
    Verb.DNS: "For example: dns user-service.shop from shop/checkout",
    Verb.PATH: "For example: path shop/checkout to user-service port 80",
    Verb.CHECK: "For example: check user-service in shop, check -n shop, check -A",
    Verb.DIGEST: "For example: digest for shop, pay",
    Verb.USE: "For example: use shop on prod-eu, use none",
    Verb.MUTE: "For example: mute RTE-012 of user-service in shop for 2h",
    Verb.WATCH: "For example: watch user-service in shop for 30m",
}


def _command(
    verb: Verb,
    said: ParsedWords,
    question: Question,
    *,
    namespaces: tuple[str, ...] = (),
    everything: bool = False,
    pod: Source | None = None,
) -> Command:
    return Command(
        verb,
        question,
        namespaces=namespaces,
        everything=everything,
        pod=pod,
        fresh="fresh" in said.slots,
        only_me="only_me" in said.slots,
    )


_WEB = ("http", "https")


def _question(verb: Verb, said: ParsedWords, target: Target) -> Question:
    """Join what the target says with what the words say; two that differ are refused, never ranked."""
    place = read_namespace(word) if (word := said.slots.get("namespace")) else ""
    if verb is not Verb.PATH and is_member_name(target.name) and (place or "/" in said.slots.get("source", "")):
        target = replace(target, service="", namespace="")  # a pod of a Service beside the caller, or a Service itself
        namespace = "" if verb is Verb.DNS else place
    elif verb is Verb.WHY and target.scheme in _WEB and place not in ("", target.namespace) and _is_short(target):
        target, namespace = (
            replace(target, service="", namespace=""),
            place,
        )  # a public host of two labels, or SERVICE.NAMESPACE
    else:
        namespace = target.namespace or place
    if place not in ("", namespace) and verb is not Verb.DNS:
        raise two_namespaces(target.name, namespace, place)
    port, protocol = read_port(said.slots["port"]) if "port" in said.slots else (target.port, target.protocol)
    if target.port is not None and port != target.port:
        raise UsageError(f"Two ports are said, {shown(str(target.port))} and {shown(str(port))}: which one?")
    if "protocol" in said.slots:
        protocol = read_protocol(said.slots["protocol"])
    return Question(
        service=target.service,
        namespace=namespace,
        port=target.implied_port if port is None else port,
        protocol=protocol or target.protocol or "TCP",
        protocol_said=bool(protocol or target.protocol),
        source=_source(said, namespace, place),
        symptom=_symptom(said),
        cluster=_cluster(said),
        name=target.name,
        address=target.address,
        scheme=target.scheme,
        path=target.path,
        resolver=_resolver(said),
    )


def _is_short(target: Target) -> bool:
    return target.name.rstrip(".") == f"{target.service}.{target.namespace}"


def _source(said: ParsedWords, namespace: str, place: str) -> Source | None:
    """Return who calls: in the namespace called, or in another one that was said beside a name of its own (`dns`)."""
    if "source" in said.slots:
        return read_source(said.slots["source"], place or namespace)
    return Source(namespace=place) if place not in ("", namespace) else None


def _symptom(said: ParsedWords) -> Symptom | None:
    word = said.slots.get("symptom", "").lower()
    if not word:
        return None
    if word not in SYMPTOMS:
        raise UsageError(f"I know no symptom {shown(word)}.", hint=f"Say one of {', '.join(Symptom)}.")
    return Symptom(SYMPTOMS[word])


def _resolver(said: ParsedWords) -> str:
    """Return the name of a resolver of the table. Raises UsageError."""
    from bot.model.dns.search.table import RESOLVERS, WORDS  # noqa: PLC0415 (only where one is named)

    word = said.slots.get("resolver", "").lower()
    if not word:
        return ""
    if word not in WORDS:
        near = near_word(word, tuple(WORDS))
        known = f"I know {', '.join(each.name for each in RESOLVERS)}."
        raise UsageError(f"I know no resolver {shown(word)}.", hint=f"Did you mean {near}?" if near else known)
    return WORDS[word].name


def _cluster(said: ParsedWords) -> str:
    name = said.slots.get("cluster", "")
    if len(name) > _LONGEST_WORD or not name.isprintable():
        raise UsageError(f"{shown(name)} cannot be a cluster's name.")
    return name
