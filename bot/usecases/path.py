"""Routing and policy alone: may this source reach that target, and what decides so (`k8snet path`).

A Service is judged by all of its usable endpoints, at the pods' own ports. It is `allow` only if policies let the source
through to every one of them, `deny` only if to none. Anything between is `unknown`: which endpoint a connection meets is
chance, so neither word would be true; `because` counts them and names who denies.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.call.dns_policies import CACHE_PROTOCOL
from bot.model.call.resolve_target import ResolvedTarget, Target, resolve_target, source_party, unread_end
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.node_local import node_local_caches
from bot.model.gaps import OTHER_PODS, SIMILAR_SERVICES, Gap
from bot.model.kube.opaque import EgressFirewall
from bot.model.policy.decisions import Answer, Connection, Decision, joined
from bot.model.policy.differences import differing
from bot.model.policy.enforcement import enforcer
from bot.model.policy.index import policy_index
from bot.model.policy.opaque import MESH, POLICIES, is_walled, may_reach, reaching
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.question.question import Source
from bot.model.refs import Ref
from bot.model.result.diagnosis import OpenGap
from bot.model.result.path import EndpointDecision, PathAnswer, PathStep, Reasoned, Side
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

_OPEN = Side("unknown")
Lookup = tuple[Decision, ...]  # of one DNS pod, at the ends that count
# What is missing of these leaves no connection undecided.
_ELSEWHERE = ("events", "logs", "corefile", OTHER_PODS, SIMILAR_SERVICES)


def path(
    snapshot: Snapshot, source: Source | str, target: Target, port: int | str | None = None, protocol: str = "TCP"
) -> PathAnswer:
    """Answer for one source (a Source, or an IP) and one target (a Ref of a Service or Pod, or an IP).

    Where an end is not found and was not looked for, since that was refused, the answer is unknown and says what was.
    Raises UnknownNameError for a name that the snapshot does not have, UsageError for a port that cannot be meant.
    """
    from bot.usecases.path_hops import entered_open, path_hops  # noqa: PLC0415 (loads every check, which a batch need not wait for)

    unread = unread_end(snapshot, source, target)
    party = None if unread else source_party(snapshot, source)
    way = resolve_target(snapshot, party, target, port, protocol) if party else ResolvedTarget((), ended=_words(unread))
    decided = [_decide(snapshot, party, end, number, protocol) for end, number in way.ends] if party else []
    dns = _dns(snapshot, party) if party and way.by_name else None
    summed = _summed(decided)
    because, steps = _because(snapshot, way, decided), _steps(way, decided, dns)
    hops = path_hops(
        snapshot,
        (source, target),
        port,
        protocol,
        policy=Reasoned(summed.decision, because),
        dns=_lookups(dns) if dns else None,
    )
    still = entered_open(snapshot, (source, target), port, protocol, hops) if summed.decision == "allow" else ""
    return PathAnswer(
        source=party.name if party and isinstance(source, str) else str(source),
        target=str(target),
        port=port,
        protocol=protocol,
        decision="unknown" if still else summed.decision,
        egress=summed.egress,
        ingress=summed.ingress,
        because=(still, *because) if still else because,
        steps=steps,
        endpoints=tuple(_hop(each) for each in decided),
        dns=_lookup_side(dns) if dns else None,
        hops=hops,
        gaps=_gaps(snapshot),
    )


def _words(unread: tuple[Gap, ...]) -> str:
    return listing(list(dict.fromkeys(f"{each.what} could not be read ({each.why})" for each in unread)))


def _gaps(snapshot: Snapshot) -> tuple[OpenGap, ...]:
    """What was not read of what routing and policies depend on."""
    found = (OpenGap(each.what, each.why, grant=each.grant) for each in snapshot.gaps if each.need not in _ELSEWHERE)
    return tuple(dict.fromkeys(found))


# --- many at once


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """One end of a line of a batch."""

    namespace: str = ""
    pod: str = ""
    service: str = ""
    ip: str = ""


class Line(Struct, frozen=True):
    """One line of a batch (docs/json.md, "Batch")."""

    from_: Place = field(name="from")
    to: Place
    port: int | str | None = None
    protocol: str = ""
    id: Any = None


def batch(snapshot: Snapshot, lines: Iterable[str | bytes]) -> Iterator[dict[str, Any]]:
    """Answer JSON lines, one for one and in order; a line that cannot be answered is `unknown`, and says why.

    Blank lines are passed over. Sources and ways are looked up once, however many lines name them.
    """
    asker = _Batch(snapshot)
    for line in lines:
        if line.strip():
            yield asker.answer(line)


class _Batch:
    """The parties and ways of one batch, each found once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._decoder = msgspec.json.Decoder(Line)
        self._parties: dict[Place, Party] = {}
        self._ways: dict[tuple[Place, int | str | None, str, str], ResolvedTarget] = {}

    def answer(self, line: str | bytes) -> dict[str, Any]:
        try:
            asked = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _unanswered(_id_of(line), f"not a question of this format: {error}")
        try:
            return self._answer(asked)
        except UsageError as error:
            return _unanswered(asked.id, str(error))

    def _answer(self, asked: Line) -> dict[str, Any]:
        protocol = asked.protocol.upper() or self._offered(asked)
        if unread := unread_end(self._snapshot, _source(asked.from_), _target(asked.to)):
            return _unanswered(asked.id, _words(unread))
        source = self._party(asked.from_)
        way = self._way(source, asked.to, asked.port, protocol)
        decided = [_decide(self._snapshot, source, end, number, protocol) for end, number in way.ends]
        summed = _summed(decided)
        return {
            "id": asked.id,
            "decision": summed.decision,
            "egress": _told(summed.egress),
            "ingress": _told(summed.ingress),
            "because": list(_because(self._snapshot, way, decided)),
        }

    def _offered(self, asked: Line) -> str:
        """Return the protocol of a line that says none: the one in which the Service offers the port, else TCP."""
        to = asked.to
        known = self._snapshot.service(to.namespace, to.service) if to.service else self._snapshot.service_by_ip(to.ip)
        port = known.offered(asked.port) if known and asked.port is not None else None
        return port.protocol if port else "TCP"

    def _party(self, place: Place) -> Party:
        if place not in self._parties:
            self._parties[place] = source_party(self._snapshot, _source(place))
        return self._parties[place]

    def _way(self, source: Party, place: Place, port: int | str | None, protocol: str) -> ResolvedTarget:
        """The node of the source matters only to Services with a Local policy; it is cheap to tell apart by it."""
        key = (place, port, protocol, source.node)
        if key not in self._ways:
            self._ways[key] = resolve_target(self._snapshot, source, _target(place), port, protocol)
        return self._ways[key]


def _source(place: Place) -> Source | str:
    if place.service:
        raise UsageError("a Service calls nobody: `from` is a pod, a namespace or an IP")
    if not place.ip and not place.namespace:
        raise UsageError("`from` needs a namespace, a pod with its namespace, or an ip")
    return place.ip or Source(namespace=place.namespace, pod=place.pod)


def _target(place: Place) -> Target:
    if place.ip:
        return place.ip
    if not place.namespace or bool(place.pod) == bool(place.service):
        raise UsageError("`to` needs a namespace with a pod or a service, or an ip")
    return Ref("Pod", place.pod, place.namespace) if place.pod else Ref("Service", place.service, place.namespace)


def _id_of(line: str | bytes) -> Any:
    """The id of a line that is JSON at least."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return said.get("id") if isinstance(said, dict) else None


def _unanswered(known: Any, why: str) -> dict[str, Any]:
    side = _told(_OPEN)
    return {"id": known, "decision": "unknown", "egress": side, "ingress": side, "because": [why]}


def _told(side: Side) -> dict[str, Any]:
    return {
        "decision": side.decision,
        "isolated": side.isolated,
        "allowed_by": [msgspec.to_builtins(each) for each in side.allowed_by],
        "denied_by": [msgspec.to_builtins(each) for each in side.denied_by],
    }


# --- the decisions


def _decide(snapshot: Snapshot, source: Party, end: Party, port: int, protocol: str) -> Connection:
    """What policies say, except where an object that is not evaluated may decide."""
    found = policy_index(snapshot).decide(source, end, port, protocol)
    opaque = any(may_reach(snapshot, structs) for structs in (POLICIES, MESH))
    if not snapshot.gaps and not opaque:
        return found
    egress = _walled(snapshot, _open(snapshot, found.egress, source), end)
    ingress = _open(snapshot, found.ingress, end)
    return Connection(joined((egress.decision, ingress.decision)), egress, ingress)


def _walled(snapshot: Snapshot, decision: Decision, end: Party) -> Decision:
    """Unknown where an egress firewall of the caller's namespace may decide on what is outside of the pod network."""
    walls = (each for each in snapshot.all(EgressFirewall) if is_walled(each, decision.source, end))
    return next((_unsettled(decision, f"{each.ref} cannot be evaluated yet") for each in walls), decision)


def _open(snapshot: Snapshot, decision: Decision, party: Party) -> Decision:
    """Unknown where a policy object that cannot be evaluated yet can select this end (`bot.model.policy.opaque`)."""
    structs = (POLICIES, MESH) if decision.direction is Direction.INGRESS else (POLICIES,)
    for named in (reaching(snapshot, each, (party,)) for each in structs):
        why = (
            f"{listing([str(each) for each in named.refs], 3)} cannot be evaluated yet" if named.refs else named.unread
        )
        if why:
            return _unsettled(decision, why)
    return decision


def _unsettled(decision: Decision, why: str) -> Decision:
    return replace(decision, decision="unknown", isolating=(), governing=(), settled=None, exempt="", unsettled=why)


def _dns(snapshot: Snapshot, source: Party) -> list[Lookup]:
    """What policies at both ends say of lookups over UDP, to every DNS pod in use.

    Where a node-local cache asks the DNS pods, they have to admit the cache of the source's node in the place of the source.
    """
    cached = node_local_caches(snapshot) is not None
    own = [
        policy_index(snapshot).pod(each)
        for each in node_local_caches(snapshot) or ()
        if each.spec.node_name == source.node
    ]
    pairs = [(each, policy_index(snapshot).address(each.address)) for each in cluster_dns(snapshot).usable]
    found = [_decide(snapshot, source, end, each.port, "UDP") for each, end in pairs]
    if not cached:
        return [(each.egress, each.ingress) for each in found]
    asks = [
        [_decide(snapshot, each, end, usable.port, CACHE_PROTOCOL).ingress for each in own] for usable, end in pairs
    ]
    return [(each.egress, *more) for each, more in zip(found, asks, strict=True)]


def _lookups(dns: list[Lookup]) -> Reasoned:
    """What policies say of the source's lookups, over all DNS pods: the reasons of the ends that settle it."""
    decision = _shared(tuple(_joined(each) for each in dns))
    telling = (
        side for each in dns for side in each if decision in ("allow", side.decision) or _joined(each) != decision
    )
    return Reasoned(decision, tuple(dict.fromkeys(reason for each in telling for reason in each.because)))


def _joined(lookup: Lookup) -> Answer:
    return joined(tuple(each.decision for each in lookup))


def _lookup_side(dns: list[Lookup]) -> Side:
    return replace(_side(tuple(side for each in dns for side in each)), decision=_lookups(dns).decision)


class _Summed(Struct, frozen=True):
    decision: Answer
    egress: Side
    ingress: Side


def _summed(decided: list[Connection]) -> _Summed:
    return _Summed(
        decision=_shared(tuple(each.decision for each in decided)),
        egress=_side(tuple(each.egress for each in decided)),
        ingress=_side(tuple(each.ingress for each in decided)),
    )


def _shared(answers: tuple[Answer, ...]) -> Answer:
    """What holds for every endpoint; `unknown` where they differ."""
    return answers[0] if len(set(answers)) == 1 else "unknown"  # also without endpoints: there was nothing to decide


def _side(decisions: tuple[Decision, ...]) -> Side:
    if len(decisions) == 1:
        one = decisions[0]
        return Side(one.decision, one.isolated, one.allowed_by, one.denied_by)
    return Side(
        decision=_shared(tuple(each.decision for each in decisions)),
        isolated=any(each.isolated for each in decisions),
        allowed_by=tuple(sorted({ref for each in decisions for ref in each.allowed_by})),
        denied_by=tuple(sorted({ref for each in decisions for ref in each.denied_by})),
    )


def _because(snapshot: Snapshot, way: ResolvedTarget, decided: list[Connection]) -> tuple[str, ...]:
    """The reasons that settle it: those of the worst answer, each once; for endpoints that differ, how many do."""
    if way.ended:
        return (way.ended,)
    answers = [each.decision for each in decided]
    worst = joined(tuple(answers))
    telling = [each for each in decided if each.decision == worst]
    sides = [side for each in telling for side in (each.egress, each.ingress) if worst in (side.decision, "allow")]
    reasons = tuple(dict.fromkeys(sentence for side in sides for sentence in side.because))
    reasons = (*reasons, *_by_engine(snapshot, telling))
    if len(set(answers)) == 1:
        return reasons
    counted = {"deny": "denied", "unknown": "undecided", "allow": "allowed"}
    differ = [f"{answers.count(each)} {word}" for each, word in counted.items() if each in answers]
    return (
        f"of {count(len(answers), 'endpoint')}: {listing(differ)}; which one a connection meets is chance",
        *reasons,
    )


def _by_engine(snapshot: Snapshot, decided: list[Connection]) -> tuple[str, ...]:
    """The engines that would decide otherwise, where none is seen; and the one that enforces here, where it is."""
    differ = dict.fromkeys(str(other) for each in decided for other in differing(snapshot, each))
    here = enforcer(snapshot)
    has_policies = any(side.isolated or side.governing for each in decided for side in (each.egress, each.ingress))
    return (*differ, *((str(here),) if here and has_policies else ()))


def _steps(way: ResolvedTarget, decided: list[Connection], dns: list[Lookup] | None) -> tuple[PathStep, ...]:
    names: list[tuple[Answer, str]] = []
    if dns:
        lookups = _lookups(dns)
        names.append((lookups.decision, f"DNS: {listing(lookups.because, 2)}"))
    reached: list[tuple[Answer, str]] = [("allow", each) for each in way.said]
    if way.ended:
        return tuple(PathStep(decision, said) for decision, said in (*names, *reached, ("unknown", way.ended)))
    for word, sides in (("egress", [each.egress for each in decided]), ("ingress", [each.ingress for each in decided])):
        reasons = tuple(dict.fromkeys(reason for each in sides for reason in each.because))
        reached.append((_shared(tuple(each.decision for each in sides)), f"{word}: {listing(reasons, 3)}"))
    return tuple(PathStep(decision, said) for decision, said in (*names, *reached))


def _hop(connection: Connection) -> EndpointDecision:
    target = connection.ingress.target
    return EndpointDecision(
        name=target.name,
        address=target.ips[0] if target.ips else "",
        port=connection.ingress.port or 0,
        node=target.node,
        decision=connection.decision,
        egress=_side((connection.egress,)),
        ingress=_side((connection.ingress,)),
        because=connection.because,
    )
