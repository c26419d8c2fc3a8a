"""Network policies between the caller and each endpoint, both ways: NetworkPolicies and the admin tiers.

A policy object of a kind that is not evaluated here (Cilium, Calico) leaves the hop unknown if it can select either end; it
is named. https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from bot.model.call.alias import aliased, target_of
from bot.model.call.callers_way import connected_by_caller, with_connections
from bot.model.call.plain import is_plain
from bot.model.call.sight import Sight, gap_words, no_service, off_path, sound, unknown, unread_caller
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.memo import memo
from bot.model.policy.decisions import Connection
from bot.model.policy.differences import differing
from bot.model.policy.enforcement import closes_unselected, enforcer
from bot.model.policy.opaque import POLICIES, may_reach, reaching
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction, Tier
from bot.model.policy.tunnels import tunnel_to
from bot.model.text import listing


def policy(case: Case) -> Sight:
    """Return whether policies are known to let this caller through to every endpoint."""
    service = case.service
    if service is None:
        return no_service(case)
    if service.is_external_name:
        return _behind_alias(case, service)
    return connected_by_caller(case) or with_connections(case, _by_objects(case, service))


def _behind_alias(case: Case, service: Service) -> Sight:
    """An alias is called at the addresses of what it stands for, and policies see those alone."""
    if known := aliased(case.snapshot, service):
        return unknown(f"what lies between the caller and {known} is another question: ask about {known.name} itself")
    caller, policies = case.caller.party, case.policies
    if caller and (policies.isolating(Direction.EGRESS, caller) or policies.governing(Direction.EGRESS, caller)):
        host = target_of(service)
        return unknown(f"policies restrict what {caller.name} may call, and which addresses {host} has is not known")
    return off_path("an ExternalName leads out of the Service's own network")


def _by_objects(case: Case, service: Service) -> Sight:
    strict = closes_unselected(case.snapshot)
    is_free = not may_reach(case.snapshot, POLICIES) and case.policies.is_free(service.namespace)
    # As it is with most, and a digest asks it of thousands.
    if is_free and not strict and case.question.source is None:
        return _UNRESTRICTED
    places = {case.caller.namespace, service.namespace}
    if why := unread_policies(case, places):
        return unknown(why)
    if why := unread_caller(case):
        return unknown(f"who calls is not known: {why}")
    own = targets(case)
    if not own:
        return _without_port(case)
    caller = case.caller.party or case.policies.anyone(case.caller.namespace)
    if why := undecided_policies(case, (caller, *(each.party for each in own))):
        return unknown(why)
    if strict and (why := _closed_by_default(case, caller, own)):
        return unknown(f"{why} ({strict})")
    if case.question.entry is not None and (why := _hides_caller(case, caller, own)):
        return unknown(why)
    if case.caller.party is None:
        return _without_caller(case, own)
    return _for_caller(case, caller, own)


def _without_port(case: Case) -> Sight:
    """No endpoint of a known port: a headless Service without ports is called at its pods' own."""
    parties = [case.policies.pod(each) for each in case.backends.pods]
    if not parties:
        return off_path("there is no endpoint to call")
    if any(case.policies.isolating(Direction.INGRESS, each) for each in parties):
        return unknown("policies isolate the pods, and no port is known that they could be judged for")
    return sound("no policy restricts who may call")


_UNRESTRICTED = sound("no policy restricts who may call")


def unread_policies(case: Case, namespaces: Iterable[str]) -> str:
    """Return in words which policies, of namespaces or of an admin tier, were not read; empty where all were."""
    for place in sorted(namespaces):
        if why := gap_words(case, "networkpolicies", place):
            return why
    return case.policies.unread_tiers


def undecided_policies(case: Case, parties: Iterable[Party]) -> str:
    """Return in words which policy objects that are not evaluated here can select one of these ends."""
    snapshot = case.snapshot
    named = reaching(snapshot, POLICIES, parties)
    if named.refs:
        return f"{listing([str(each) for each in named.refs], 3)} can decide here and cannot be evaluated yet"
    return named.unread


class Target(Struct, frozen=True):
    """A port of pods that policies cannot tell apart: the replicas of one template. `party` is one of them."""

    port: ServicePort
    number: int
    party: Party


@memo
def targets(case: Case) -> tuple[Target, ...]:
    """Return the usable endpoints of the ports asked about as policies see them, one of each kind that they tell apart.

    Where nobody is known to call, no address is held against a policy, and the pod's own party will do.
    """
    backends, caller, node = case.backends, case.caller.party, case.caller.node
    if case.in_table and caller is None and is_plain(case):
        return tuple(_of_plain(case))
    found: dict[tuple[object, ...], Target] = {}
    for port in case.ports:
        for each, pod in backends.behind(port):
            # Equal labels and containers are one object in a large snapshot, so replicas have the same ones.
            alike = (id(pod.metadata.labels), id(pod.spec.containers), pod.spec.host_network) if pod else each.address
            key = (port.name, port.protocol, each.port, alike, node and each.node == node)
            if key not in found:
                party = case.policies.pod(pod) if pod and caller is None else backends.party(each, port)
                found[key] = Target(port, each.port, party)
    return tuple(found.values())


def _of_plain(case: Case) -> Iterator[Target]:
    """Yield the same of a plain Service, whose endpoints are its pods: each kind as its lowest address."""
    kinds: dict[tuple[object, ...], Pod] = {}
    for pod in sorted(case.backends.selected, key=_address, reverse=True):
        kinds[id(pod.metadata.labels), id(pod.spec.containers), pod.spec.host_network] = pod
    first = sorted(kinds.values(), key=_address)
    for port in case.ports:
        for pod in first:
            if number := port.resolve(pod):
                yield Target(port, number, case.policies.pod(pod))


def _address(pod: Pod) -> str:
    return pod.status.pod_ip


def is_closed(case: Case, target: Target) -> bool:
    """Return whether policies isolate a target and admit nobody at all to its port, nor to one on which a mesh carries calls.

    A hostNetwork pod is none of theirs.
    """
    return _closes(case, target) and not through_mesh(case, target)


def _closes(case: Case, target: Target) -> bool:
    return case.policies.closes(target.party, target.number, target.port.protocol)


def through_mesh(case: Case, target: Target) -> str:
    """Return in words how a call that policies deny at the pod's port may come by a port of a mesh; empty where it does not.

    Without a known caller, a call of anybody.
    """
    caller, party, service = case.caller.party, target.party, case.service
    if service is None or target.port.protocol != "TCP":
        return ""
    tunnel = tunnel_to(case.snapshot, service, target.number, party, caller, guess=True)
    if tunnel is None:
        return ""
    if caller is None:
        is_shut = case.policies.closes(party, tunnel.port, "TCP")
    else:
        is_shut = case.policies.decide(caller, party, tunnel.port).decision == "deny"
    words = f"{tunnel.mesh} calls {party.name} on {tunnel.port}/TCP in place of {target.number}, which they do not deny"
    return "" if is_shut else words


def _closed_by_default(case: Case, caller: Party, own: tuple[Target, ...]) -> str:
    """Return in words which end no policy selects, where the engine closes those as well; empty where each is selected.

    https://docs.cilium.io/en/stable/security/policy/intro/#policy-enforcement-modes (always)
    """
    ends = [(Direction.INGRESS, each.party) for each in own]
    ends += [(Direction.EGRESS, caller)] if case.caller.party is not None else []
    for direction, end in ends:
        if not end.host_network and not case.policies.isolating(direction, end):
            return f"no policy selects {end.name} for {direction}, and what none admits is dropped here"
    return ""


def _hides_caller(case: Case, caller: Party, own: tuple[Target, ...]) -> str:
    """Return in words why policies cannot be held against the caller where another address than the ClusterIP is called.

    What enters so is masqueraded as the node that translates it, unless the policy is Local (https://kubernetes.io/docs/
    tutorials/services/source-ip/); and the caller's own policies see a node or a load balancer, not the pods.
    """
    entry, policies = case.question.entry, case.policies
    if any(policies.isolating(Direction.INGRESS, each.party) or policies.has_tiers for each in own):
        return f"policies select the pods, and through {entry} they may see the node instead of the caller"
    if policies.isolating(Direction.EGRESS, caller):
        return f"policies restrict what the caller may call, and {entry} is no pod to them"
    return ""


def _without_caller(case: Case, own: tuple[Target, ...]) -> Sight:
    """Nobody named: policies are judged for some caller; who is admitted is said."""
    if why := _by_tier(case, own):
        return unknown(why)
    isolated = [each for each in own if case.policies.isolating(Direction.INGRESS, each.party)]
    if not isolated:
        return _UNRESTRICTED
    for each in isolated:
        if _closes(case, each) and not case.measured.policies_unenforced:
            nobody = f"no policy admits anybody to {each.party.name} on {each.number}/{each.port.protocol}"
            return unknown("; ".join(filter(None, (nobody, through_mesh(case, each)))))
    return sound("policies admit some callers only; name the caller to have it judged")


def _by_tier(case: Case, own: tuple[Target, ...]) -> str:
    """Return in words where an admin tier does not let in a pod of the Service's namespace without special labels."""
    if not case.policies.has_tiers:
        return ""
    anybody = case.policies.anyone(case.caller.namespace)
    for each in own:
        found = case.policies.decide(anybody, each.party, each.number, each.port.protocol).ingress
        if found.governing and found.decision != "allow" and found.settled is not Tier.POLICY:
            return f"for {anybody.name}: {found.because[0]}"
    return ""


def _for_caller(case: Case, caller: Party, own: tuple[Target, ...]) -> Sight:
    decided = [case.policies.decide(caller, each.party, each.number, each.port.protocol) for each in own]
    for found in decided:
        if found.decision == "unknown":
            return unknown(f"undecided for {found.ingress.target.name}: {'; '.join(found.open_reasons[:2])}")
    for found in decided:
        for other in differing(case.snapshot, found)[:1]:
            said = f"by the API's text policies {found.decision} {found.ingress.target.name}, and {other}"
            return unknown(f"{said}; which engine runs here is not known")
    denied = [(each, target) for each, target in zip(decided, own, strict=True) if each.decision == "deny"]
    if denied and not case.measured.policies_unenforced:
        here, (first, target) = enforcer(case.snapshot), denied[0]
        doubt = f", but {here}" if here and not here.enforces else ""
        doubt = f"; {around}" if (around := through_mesh(case, target)) else doubt
        return unknown(f"policies deny {first.ingress.target.name}: {first.decisive[0]}{doubt}")
    return sound(_words(decided))


def _words(decided: list[Connection]) -> str:
    if not any(each.egress.isolated or each.ingress.isolated for each in decided):
        return "no policy selects either end"
    allowed = sorted({ref for each in decided for side in (each.egress, each.ingress) for ref in side.allowed_by})
    words = f"allowed by {listing([str(each) for each in allowed], 3)}" if allowed else "policies do not restrict it"
    notes = dict.fromkeys(note for each in decided for side in (each.egress, each.ingress) for note in side.notes)
    return "; ".join((words, *notes))
