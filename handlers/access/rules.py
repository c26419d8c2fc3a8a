"""Access rules: which people may ask what about which namespaces, from which channels. Pure.

Without rules every member may ask everything. With rules what no rule allows is refused, and a namespace or cluster that is
refused reads exactly like one that does not exist: the decision looks at names and never at what a cluster holds.
"""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from bot.errors import SettingError, Slot, UnknownNameError, UsageError
from bot.model.question.request import Request
from bot.model.question.resolve import candidates
from bot.model.text import listing, shown

Who = Annotated[str, Meta(pattern=r"\A(everyone|user:[UW][A-Z0-9]+|group:S[A-Z0-9]+|channel:[CDG][A-Z0-9]+)\Z")]
Pattern = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9*?._-]{1,253}\Z")]
Verb = Annotated[str, Meta(pattern=r"\A(why|check|dns|path|digest|probe|\*)\Z")]
EVERYTHING = ("*",)
PROBE = "probe"  # the verb of a container in the caller's pod, beside that of the question


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever is one of `who` may ask these verbs about these namespaces of these clusters; `*` and `?` are wildcards."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    who: Annotated[tuple[Who, ...], Meta(min_length=1)]
    clusters: tuple[Pattern, ...] = EVERYTHING
    namespaces: tuple[Pattern, ...] = EVERYTHING
    verbs: tuple[Verb, ...] = EVERYTHING


def read_rules(text: bytes) -> tuple[Rule, ...]:
    """Read the rules of a file: a JSON list. Raises SettingError that names the place of a mistake."""
    try:
        return msgspec.json.decode(text, type=tuple[Rule, ...])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"The access rules cannot be read: {error}") from None


def groups_of(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the user groups (S…) that rules name."""
    return frozenset(each.removeprefix("group:") for rule in rules for each in rule.who if each.startswith("group:"))


def rules_for(rules: Iterable[Rule], who: frozenset[str], verb: str) -> tuple[Rule, ...]:
    """Return the rules that hold for one of `who` (`user:U…`, `group:S…`, `channel:C…`) and a verb."""
    everybody = who | {"everyone"}
    return tuple(each for each in rules if everybody & set(each.who) and {verb, "*"} & set(each.verbs))


def namespaces_open(rules: Iterable[Rule], cluster: str) -> Callable[[str], bool]:
    """Return which namespaces of a cluster these rules, which hold for an asker and verb, let them ask about."""
    patterns = tuple(dict.fromkeys(each for rule in rules if _fits(cluster, rule.clusters) for each in rule.namespaces))
    return lambda namespace: _fits(namespace, patterns)


def is_cluster_open(rules: Iterable[Rule], cluster: str) -> bool:
    """Return whether these rules let somebody ask about a cluster."""
    return any(_fits(cluster, rule.clusters) for rule in rules)


def narrowed(request: Request, rules: tuple[Rule, ...], served: tuple[str, ...], default: str) -> Request:
    """Return the request as the rules, which hold for its asker and verb, allow it: with a scope where it named none.

    It says which namespaces' names its answer may suggest, too.

    Raises UsageError for what is not allowed, UnknownNameError for a cluster as if it were not served.
    """
    if not rules:
        raise UsageError(
            f"You may not ask for {request.kind} here.", hint="Access rules decide that; ask who runs k8snet."
        )
    visible = tuple(each for each in served if any(_fits(each, rule.clusters) for rule in rules))
    asked = request.question.cluster or default
    if asked not in visible:
        raise UnknownNameError(f"I serve no cluster {shown(asked)}.", suggestions=visible, slot=Slot.CLUSTER)
    patterns = tuple(dict.fromkeys(each for rule in rules if _fits(asked, rule.clusters) for each in rule.namespaces))
    if "*" in patterns:
        return request
    for namespace in _named(request):
        if not _fits(namespace, patterns):
            raise UsageError(f"There is no namespace {shown(namespace)} that you may ask about.", hint=_hint(patterns))
    return replace(_with_namespace(request, patterns), visible=patterns)


def expect_container(request: Request, rules: tuple[Rule, ...], default: str) -> None:
    """Raise UsageError unless these rules, which hold for its asker and `probe`, reach the namespace of the caller's pod."""
    source = request.question.source
    is_open = namespaces_open(rules, request.question.cluster or default)
    if source is None or not is_open(source.namespace):
        raise UsageError(
            "You may not have a container added to that pod.",
            hint="Access rules decide that (verb probe); ask who runs k8snet.",
        )


def _named(request: Request) -> tuple[str, ...]:
    """Return every namespace that a request names, also in a longer host name."""
    question = request.question
    hosts = () if question.service else tuple(namespace for _, namespace in candidates(question.name))
    ends = (
        question.namespace,
        question.source.namespace if question.source else "",
        request.pod.namespace if request.pod else "",
    )
    return tuple(dict.fromkeys(each for each in (*ends, *request.namespaces, *hosts) if each))


def _with_namespace(request: Request, patterns: tuple[str, ...]) -> Request:
    """Fill in the namespace that was not said where only one is meant; nothing outside of the rules may be found by name."""
    question = request.question
    plain = all(each.isascii() and not set(each) & set("*?") for each in patterns)
    if question.address:
        raise UsageError("Addresses may lie in any namespace, and you may not ask about all.", hint=_hint(patterns))
    if request.is_of_one or question.name or request.pod:
        if question.namespace or (question.source and question.source.namespace):
            return request  # a Service without a namespace is looked for in the caller's
        if (default := question.default_namespace) and _fits(default, patterns):
            assumed = (*question.assumed, f"namespace: {default}, the default here")
            return replace(request, question=replace(question, namespace=default, assumed=assumed))
        if len(patterns) == 1 and plain:
            return replace(request, question=replace(question, namespace=patterns[0]))
        raise UsageError("Say in which namespace.", hint=_hint(patterns))
    if request.namespaces:
        return request
    if not plain:
        raise UsageError("Say for which namespaces.", hint=_hint(patterns))
    return replace(request, namespaces=patterns, everything=False)


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, each) for each in patterns)


def _hint(patterns: tuple[str, ...]) -> str:
    return f"You may ask about {listing(patterns, most=10)}."
