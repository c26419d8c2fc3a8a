"""What policies do to one case, endpoint by endpoint: the ground that the NPL checks share."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.facts.commands import describe
from bot.checks.policy._direction_words import before_peers
from bot.model.call.hops.policy import Target, is_closed, targets, through_mesh
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import ServicePort
from bot.model.memo import memo
from bot.model.policy.compiling import Policy
from bot.model.policy.decisions import Decision, host_bits_note, misses
from bot.model.policy.enforcement import enforcer
from bot.model.policy.rules import Action, Direction, Rule, Tier
from bot.model.probe import Observation, Outcome, TcpConnect
from bot.model.refs import Ref
from bot.model.result.finding import GRAVITY, Affected, Confidence, Evidence, Severity, Written
from bot.model.text import count, listing

_SILENT = (Outcome.TIMEOUT, Outcome.UNREACHABLE)
UNENFORCED = "A connection that policies deny came about all the same: they do not seem to be enforced here (NPL-011)."


class Blocked(Struct, frozen=True):
    """One endpoint that policies at one end keep the caller from. Without a caller, `decision` is that of nobody."""

    port: ServicePort
    endpoint: Endpoint
    decision: Decision


class BlockedGroup(Struct, frozen=True):
    """The endpoints that the same policies keep the caller from, in one direction."""

    blocked: tuple[Blocked, ...]
    severity: Severity
    of: int

    @property
    def decision(self) -> Decision:
        """The decision on the first of them, which stands for all."""
        return self.blocked[0].decision

    @property
    def policies(self) -> tuple[Policy, ...]:
        return self.decision.isolating

    @property
    def blamed(self) -> Policy:
        """The policy that was probably meant to admit: the first with a rule, else the first."""
        direction = self.decision.direction
        return next((each for each in self.policies if each.rules(direction)), self.policies[0])

    @property
    def affected(self) -> Affected | None:
        return Affected(len(self.blocked), self.of) if len(self.blocked) < self.of else None

    @property
    def numbers(self) -> tuple[tuple[int, str], ...]:
        """The pod ports in question, with their protocols."""
        return tuple(sorted({(each.endpoint.port, each.port.protocol) for each in self.blocked}))

    @property
    def pod_ports(self) -> str:
        return listing([f"{number}/{protocol}" for number, protocol in self.numbers])

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the pods, addresses where there is none."""
        return tuple(sorted({each.decision.target.name for each in self.blocked}))


def has_party(case: Case) -> bool:
    """Return whether the caller is one that policies can judge: `when` of checks that judge it."""
    return case.caller.party is not None


def blocked_groups(case: Case, direction: Direction) -> tuple[BlockedGroup, ...]:
    """The usable endpoints whose NetworkPolicies in this direction deny the known caller, grouped by these policies."""
    denied = (each for each in _decided(case, direction) if each.decision.decision == "deny")
    return grouped(case, [each for each in denied if each.decision.settled is Tier.POLICY])


def tier_groups(case: Case, direction: Direction) -> tuple[BlockedGroup, ...]:
    """The usable endpoints from which policies of admin tiers keep the known caller, grouped by these."""
    return grouped(
        case,
        [each for each in _decided(case, direction) if each.decision.decision == "deny" and each.decision.is_by_tier],
    )


def denying_rules(decision: Decision) -> tuple[Rule, ...]:
    """Return the rules of the admin tier that decided which deny."""
    rules = (each.rule for each in decision.matched if each.rule.tier is decision.settled)
    return tuple(each for each in rules if each.action is Action.DENY)


def open_groups(case: Case, direction: Direction) -> tuple[BlockedGroup, ...]:
    """The usable endpoints of which it is open whether NetworkPolicies admit the known caller; a warning at most."""
    found = [
        each for each in _decided(case, direction) if each.decision.decision == "unknown" and each.decision.isolated
    ]
    return tuple(
        replace(each, severity=max(each.severity, Severity.WARN, key=GRAVITY.__getitem__))
        for each in grouped(case, found)
    )


def _decided(case: Case, direction: Direction) -> Iterator[Blocked]:
    if case.service is None or case.caller.party is None or case.question.entry:
        return  # by another address than the ClusterIP the pods may see a node (`bot.model.call.hops.policy`)
    for port in case.ports:
        for each in case.backends.usable(port):
            found = case.connection(each, port)
            if found.decision == "deny" and through_mesh(case, Target(port, each.port, found.ingress.target)):
                continue  # on the port that they see then it is not denied
            yield Blocked(port, each, found.side(direction))


@memo
def closed(case: Case) -> tuple[BlockedGroup, ...]:
    """The usable endpoints whose policies admit nobody at all on their port: a fault without a known caller, too."""
    if not any(is_closed(case, each) for each in targets(case)):
        return ()
    ends = [(port, each, case.backends.party(each, port)) for port in case.ports for each in case.backends.usable(port)]
    found = [
        Blocked(port, each, case.connection(each, port).ingress)
        for port, each, target in ends
        if is_closed(case, Target(port, each.port, target))
    ]
    return grouped(case, found)


def grouped(case: Case, blocked: Iterable[Blocked]) -> tuple[BlockedGroup, ...]:
    """Group by isolating policies, and judge how much of the question's path they block."""
    found = tuple(blocked)
    if not found:
        return ()
    severity = _severity(case, found)
    groups: dict[tuple[Ref, ...], list[Blocked]] = {}
    for each in found:
        key = each.decision.denied_by or tuple(policy.ref for policy in each.decision.isolating)
        groups.setdefault(key, []).append(each)
    of = sum(len(case.backends.usable(port)) for port in {each.port.name: each.port for each in found}.values())
    return tuple(BlockedGroup(tuple(group), severity, of) for _, group in sorted(groups.items()))


def _severity(case: Case, blocked: tuple[Blocked, ...]) -> Severity:
    """All of it: fail; part of a port: warn; a whole port that nobody asked for, beside an open one: info."""
    if not _are_enforced(case):
        return Severity.INFO
    counts = {port: sum(each.port == port for each in blocked) for port in case.ports}
    usable = {port: len(case.backends.usable(port)) for port in case.ports}
    if all(counts[port] == usable[port] for port in case.ports):
        return Severity.FAIL
    whole = all(counts[port] in (0, usable[port]) for port in case.ports)
    return Severity.INFO if whole and case.question.port is None else Severity.WARN


def severity_of_meant(case: Case, group: BlockedGroup) -> Severity:
    """Return at least a warning where it is denied: a rule shows that this call was to come through, asked for or not."""
    if group.decision.decision != "deny" or not _are_enforced(case):
        return group.severity
    return min(group.severity, Severity.WARN, key=GRAVITY.__getitem__)


def _are_enforced(case: Case) -> bool:
    here = enforcer(case.snapshot)
    return not case.measured.policies_unenforced and (here is None or here.enforces)


def confidence(case: Case, group: BlockedGroup) -> Confidence:
    """Certain where a vantage that the same policies deny got no answer from these endpoints, and nothing else from any.

    Beside the caller itself the worker is heard: where policies admit it and it got no answer either, the endpoint is silent.
    """
    seen = [outcome for each in group.blocked if (outcome := _same_standing(case, each)) is not None]
    silent = seen and all(each in _SILENT for each in seen)
    is_dead = any(_is_silent_for_admitted(case, each) for each in group.blocked)
    return Confidence.CERTAIN if silent and not is_dead else Confidence.LIKELY


def _is_silent_for_admitted(case: Case, blocked: Blocked) -> bool:
    """Return whether the worker, which policies admit to this endpoint, got no answer while the caller itself measured."""
    other = case.measured_elsewhere
    connection = other.policies.connection(blocked.endpoint, blocked.port.protocol)
    seen = other.tcp_to(blocked.endpoint)
    return connection is not None and connection.decision == "allow" and seen is not None and seen.outcome in _SILENT


def measured_evidence(case: Case, group: BlockedGroup) -> tuple[Evidence, ...]:
    """Return what the caller itself saw of the first of these endpoints beside what the worker saw; nothing unless both did."""
    here, there = case.vantage, case.elsewhere.vantage
    for each in group.blocked if here.is_caller else ():
        place = (each.endpoint.address, each.endpoint.port)
        own, other = _connected(case.observations, place), _connected(case.elsewhere.observations, place)
        if own and other:
            note = f"from the caller {here.namespace}/{here.pod}; {other} from the worker {there.place}"
            pod = case.backends.pod_of(each.endpoint)
            about = pod.ref if pod else group.blamed.ref
            return (Evidence(about, f"tcp {place[0]}:{place[1]}", str(own), note),)
    return ()


def _same_standing(case: Case, blocked: Blocked) -> Outcome | None:
    """What connecting gave from a vantage that stands before these policies as the caller does."""
    connection = case.measured.policies.connection(blocked.endpoint, blocked.port.protocol)
    if connection is None:
        return None
    own = connection.side(blocked.decision.direction)
    if not case.vantage.is_caller and own.decision != "deny":
        return None
    return _connected(case.observations, (blocked.endpoint.address, blocked.endpoint.port))


def _connected(observations: Iterable[Observation], place: tuple[str, int]) -> Outcome | None:
    """Return what connecting to an address and port gave; None where nobody tried."""
    tried = (each for each in observations if isinstance(each.probe, TcpConnect) and each.place == place)
    return next((each.outcome for each in tried if each.outcome is not Outcome.NOT_RUN), None)


def reasons(group: BlockedGroup) -> str:
    """Return what the policies admit instead, e.g. `policy pay/allow-web admits only …; checkout carries app=checkout`."""
    decision, direction = group.decision, group.decision.direction
    rules = tuple(rule for policy in group.policies for rule in policy.rules(direction) or ())
    if not rules:
        return _no_rule(group)
    verb = before_peers(direction, only=True)
    admitted = [f"{each} {verb} {each.allows(direction)}" for each in group.policies if each.rules(direction)]
    return f"{'; '.join(admitted[:2])}; {misses(decision, rules)}"


def _no_rule(group: BlockedGroup) -> str:
    names = listing([f"{each.ref.namespace}/{each.ref.name}" for each in group.policies], 3)
    direction = group.decision.direction
    whom = "its pods" if direction is Direction.INGRESS else group.decision.source.name
    if len(group.policies) == 1:
        return f"policy {names} isolates {whom} and has no {direction.lower()} rule"
    return f"policies {names} isolate {whom} and have no {direction.lower()} rule"


def caller_name(case: Case) -> str:
    """The caller for people: its workload, else its pod, else its namespace."""
    ref = caller_ref(case)
    return f"a pod of {ref.name}" if ref.kind == "Namespace" else f"{ref.namespace}/{ref.name}"


def caller_ref(case: Case) -> Ref:
    if case.caller.pod:
        return case.caller.pod.workload or case.caller.pod.ref
    return case.caller.workload.ref if case.caller.workload else Ref("Namespace", case.caller.namespace)


def caller_evidence(case: Case) -> Evidence:
    note = f"namespace {case.caller.namespace}" if case.caller.party and case.caller.labels else "no labels are known"
    return Evidence(caller_ref(case), "metadata.labels", dict(case.caller.labels), note)


def policy_evidence(group: BlockedGroup) -> tuple[Evidence, ...]:
    """One line a policy: what it admits in this direction, and whom it isolates."""
    direction = group.decision.direction
    what = "what no rule admits" if direction is Direction.INGRESS else "what no rule lets out"
    isolates = f"isolates {listing(_isolated(group), 3)}; {what} is dropped"
    return tuple(
        Evidence(
            policy.ref,
            f"spec.{direction.lower()}",
            [str(rule) for rule in policy.rules(direction) or ()],
            "; ".join(filter(None, (isolates, host_bits_note(policy, direction)))),
        )
        for policy in group.policies
    )


def _isolated(group: BlockedGroup) -> tuple[str, ...]:
    if group.decision.direction is Direction.INGRESS:
        return group.targets
    return (group.decision.source.name,)


def written(policy: Policy) -> Written:
    """Return what says who last wrote a NetworkPolicy, and when; its creation where nobody changed it since."""
    return Written(policy.ref, ("spec",), made=policy.ref.kind == "NetworkPolicy")


def looks(group: BlockedGroup) -> tuple[str, ...]:
    return tuple(describe(each.ref) for each in group.policies[:3])


def isolated_pods(group: BlockedGroup) -> frozenset[str]:
    """The names that join causes and consequences: the pods that the policies isolate."""
    return frozenset(_isolated(group))


def endpoints_text(group: BlockedGroup, service: str) -> str:
    """E.g. `user-service`, or `2 of 3 endpoints of user-service`."""
    if group.affected is None:
        return service
    return f"{group.affected.endpoints} of {count(group.affected.of, 'endpoint')} of {service}"
