"""Names outside of the cluster are not answered, since the servers that the cluster's DNS asks for them do not answer

## Meaning
The cluster's DNS knows its own zone and hands all other names on: `forward` in the Corefile names the servers, or the
file that does. These are silent or fail, policies keep the DNS pods from them, or nobody is named at all.

## Impact
Names of Services resolve. Outside names end with SERVFAIL after some four seconds, and so do Services of type
ExternalName that lead outside. A search domain of the company's or the node's is such a name, too: programs that stop at
it do not find Services either (DNS-033).

## How it is detected
An outside name gave SERVFAIL or nothing most times, and so did the root, whose nameservers every server outside knows, at
each DNS pod by itself, while names of the cluster were answered. Or the name has a server block of its own in the
Corefile, or a stub domain, and fails there. By the objects alone: an ExternalName whose target no plugin of the Corefile
takes, or that it hands to the cluster's own DNS, where it comes back, or to whose servers NetworkPolicies close the way
of all DNS pods. The log of a DNS pod that says the same (`i/o timeout`) makes it certain.

## When it stays silent
If outside names are answered, if an outside name does not exist, or if the root is answered and only one domain fails:
then it is that domain's own servers. If the DNS pods do not answer at all. A cluster that has no way outside on purpose
is told nothing until somebody needs one. For a Service of the cluster it is context and no verdict.

## Fix
Correct the addresses behind `forward`, or let the DNS pods out to them on port 53 over UDP and TCP. Where policies deny
that, the printed policy admits it.

## Known limits
The nameservers of `forward . /etc/resolv.conf` are those of the DNS pods' nodes, which the API does not have: the command
shows them. A server that takes longer than 1.5 seconds at each try is told like a silent one, as likely. CoreDNS (1.15)
keeps the SERVFAIL that it makes up itself for 5 seconds, or as long as `servfail` in its `cache` says: so a name that nobody
asked before is asked beside one that gave SERVFAIL, and where that one is answered, nobody is blamed here. How often its log
complains counts for nothing, since one line may stand for many lookups.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.checks.dns._upstream_words import commands, evidence, fix_of, servers_words
from bot.checks.engine.check import check
from bot.checks.facts.aliases import dangling, inside
from bot.checks.facts.dns_replicas import control_answered
from bot.model.call.alias import target_of
from bot.model.call.dns_policies import are_unenforced
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.configured import Answered, place_of
from bot.model.dns.corefile.reply import Source
from bot.model.dns.corefile.zones import fqdn
from bot.model.dns.loops import comes_back
from bot.model.dns.upstream import Complaint, complaints, handed_to, is_outside, servers_of
from bot.model.planning.fresh import answered_beside
from bot.model.policy.decisions import Decision
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Severity
from bot.model.text import count

_FAILED = (Outcome.SERVFAIL, Outcome.TIMEOUT)


class Failing(Struct, frozen=True):
    """Outside names that failed, the first of them, who is asked for it, and what the root gave at each server.

    `denied` are the decisions of policies that keep all DNS pods from the servers.
    """

    case: Case
    name: str
    by: Answered | None
    failed: tuple[Observation, ...]
    root: tuple[Observation, ...]
    said: tuple[Complaint, ...]
    denied: tuple[Decision, ...]

    @property
    def is_alias(self) -> bool:
        """The name is what the Service leads to, so that the call fails with it."""
        return self.name == _target(self.case)

    @property
    def is_own_zone(self) -> bool:
        """The name has a server block or stub domain of its own, and so servers of its own."""
        return self.by is not None and self.by.by.zone_of(self.name) != "."

    @property
    def dead(self) -> tuple[Observation, ...]:
        """What the DNS pods, asked by themselves, did not get from outside."""
        return tuple(each for each in self.root if each.outcome in _FAILED and each.query.pod)

    @property
    def is_everywhere(self) -> bool:
        return bool(self.root) and all(each.outcome in _FAILED for each in self.root)


def _leaves_cluster(case: Case) -> bool:
    """An outside name is asked: an alias's target, or what was measured."""
    return bool(case.observations) or (case.service is not None and case.service.is_external_name)


@check(
    "DNS-009",
    "upstream-nameservers-failing",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("dns", "corefile", "logs", "networkpolicies"),
    causes=(Effect.OUTSIDE_NAMES_FAIL,),
    fits=(Symptom.NXDOMAIN, Symptom.TIMEOUT, Symptom.SLOW),
    when=_leaves_cluster,
    silent_when_plain=True,
    only=(Occasion.OUTSIDE,),
)
def upstream_nameservers_failing(case: Case) -> Iterator[Detection]:
    found = _failing(case)
    if found is None or any(_is_good(each) for each in _asked(case) if fqdn(each.query.name) == found.name):
        return
    if found.by and found.by.reply.source is Source.NOBODY:
        yield _told(found, "no plugin of its Corefile takes that name", Severity.FAIL)
    elif loop := comes_back(case.snapshot, found.name):
        yield _told(found, f"{place_of(loop)} hands them back to the cluster's own DNS", Severity.FAIL)
    elif found.denied:
        names = ", ".join(dict.fromkeys(str(ref) for each in found.denied for ref in each.denied_by))
        yield _told(found, f"{names} keeps the DNS pods from {servers_words(found.by)}", Severity.FAIL)
    elif found.failed and control_answered(case):
        yield from _measured(found)
    elif found.is_alias and not _asked(case) and found.said and found.said[0].name == found.name:
        yield _told(found, f"{servers_words(found.by)} gave no answer, a DNS pod says", Severity.INFO)


def _measured(found: Failing) -> Iterator[Detection]:
    gave = found.failed[0].outcome
    first = f"{found.name.rstrip('.')} gave {gave}"
    if answered_beside(found.case, found.name):
        return  # the servers answer now
    if found.is_own_zone:
        yield _told(
            found, f"{servers_words(found.by)}, to which its zone is handed, do not answer: {first}", Severity.FAIL
        )
    elif found.is_everywhere:
        yield _told(found, f"{servers_words(found.by)} do not answer: {first}, and so did the root", Severity.FAIL)
    elif found.dead:
        asked = [each for each in found.root if each.query.pod]
        pods = f"{len(found.dead)} of {count(len(asked), 'DNS pod')}"
        yield _told(found, f"{servers_words(found.by)} do not answer {pods}: {first}", Severity.WARN)


def _failing(case: Case) -> Failing | None:
    """Return what is known of outside names; None where no name of this call is one, or all that were asked are well."""
    if case.question.address or case.dns.service is None:
        return None
    target = _target(case)
    failed = tuple(each for each in _asked(case) if each.outcome in _FAILED and not each.detail.get("aa"))
    name = target or next((fqdn(each.query.name) for each in failed), "")
    if not name:
        return None
    by = handed_to(case.snapshot, name, case.caller.resolv_conf.nameservers)
    pods = frozenset(each.name for each in case.dns.pods)
    said = tuple(complaints(case.snapshot.logs, pods, case.dns.service.namespace))
    return Failing(case, name, by, failed, case.measured.queries(Purpose.UPSTREAM), said, _denied(case, by))


def _target(case: Case) -> str:
    """Return the target of an alias, with its final dot, if it lies outside and nothing is wrong with it as a name."""
    service = case.service
    if service is None or not service.is_external_name or not target_of(service) or inside(case, target_of(service)):
        return ""
    target = fqdn(target_of(service))
    return target if is_outside(target, case.snapshot) and dangling(case, service) is None else ""


def _asked(case: Case) -> tuple[Observation, ...]:
    """Return what looking outside names up gave: an alias's target, or names of the caller's search."""
    asked = (*case.measured.queries(Purpose.TARGET), *case.measured.queries(Purpose.STEP))
    return tuple(each for each in asked if is_outside(each.query.name, case.snapshot))


def _is_good(seen: Observation) -> bool:
    return seen.outcome in (Outcome.ANSWERED, Outcome.NO_DATA, Outcome.NXDOMAIN)


def _denied(case: Case, by: Answered | None) -> tuple[Decision, ...]:
    """Return what denies all DNS pods all of the servers that a `forward` names; none where one way is open, or not known."""
    forward = by.reply.by if by else None
    servers = servers_of(forward) if forward and forward.name == "forward" else ()
    pods = [each for each in case.dns.pods if any(one.address in each.ips for one in case.dns.usable)]
    if not servers or not pods or are_unenforced(case):
        return ()
    policies = case.policies
    found = [
        policies.decide(policies.pod(pod), policies.address(address), port, "UDP").egress
        for pod in pods
        for address, port in servers
    ]
    return tuple(found) if all(each.decision == "deny" and each.denied_by for each in found) else ()


def _told(found: Failing, why: str, severity: Severity) -> Detection:
    case, asked = found.case, [each for each in found.root if each.query.pod]
    proven = bool(found.failed and found.said) or (bool(found.failed) and bool(found.denied))
    subject = f"Names outside of the cluster, {found.name.rstrip('.')} among them, are not answered"
    return Detection(
        about=_about(found),
        message=f"{subject}: {why}.",
        severity=severity if found.is_alias else Severity.INFO,
        confidence=Confidence.CERTAIN if proven else Confidence.LIKELY,
        evidence=tuple(
            evidence(case, found.by, (*found.failed[:2], *found.root[:3]), found.said[:1], found.denied[:1])
        ),
        check=tuple(commands(case, found.by)),
        fix=fix_of(case, found.by, found.denied),
        affected=Affected(len(found.dead), len(asked)) if found.dead and not found.is_everywhere else None,
        key=(found.by.by.zone_of(found.name) if found.by else "",),
    )


def _about(found: Failing) -> Ref:
    """Return the policy that denies, the Corefile that names the servers, else the workload of the DNS pods."""
    if found.denied:
        return found.denied[0].denied_by[0]
    service, pods = found.case.dns.service, found.case.dns.pods
    assert service is not None  # `_failing` gives nothing without
    workload = next((each.workload for each in pods if each.workload), None)
    return found.by.by.config.ref if found.by else workload or service.ref
