"""Whose DNS the calling pod asks (failure-modes DNS-014, DNS-015): the node's own does not know the cluster's names."""

from typing import Any

from msgspec import Struct

from bot.checks.facts.commands import get_fields
from bot.checks.facts.ownership import managed_by
from bot.model.call.callers_way import resolved_by_caller
from bot.model.case import Case
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import PodSpec
from bot.model.probe import Purpose
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written

# Kinds whose pod template may be changed; a Job's may not, and other owners' are not known.
_TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet")
_TEMPLATE = ("spec", "template", "spec")


class Caller(Struct, frozen=True):
    """The calling pod's settings: those of the pod itself, else of its workload's template."""

    about: Ref
    spec: PodSpec
    pods: frozenset[str]
    workload: KubeObject | None

    @property
    def names_servers(self) -> bool:
        """Its dnsConfig names servers, which may know the cluster's names (NodeLocal DNSCache is set up so)."""
        return bool(self.spec.dns_config and self.spec.dns_config.nameservers)


def caller_of_node_dns(case: Case) -> Caller | None:
    """Return the caller if its lookups would go to the node's servers alone, whatever the reason.

    None where the caller is unknown, asks by IP, or belongs to the cluster's DNS, which must ask the node's servers; and
    where the cluster's DNS is not run in the cluster: the node's servers may then be the ones that know its names.
    """
    caller = pinned_caller(case)
    return None if caller is None or caller.names_servers else caller


def pinned_caller(case: Case) -> Caller | None:
    """Return the caller whose settings decide which servers it asks; None where it has none, as `caller_of_node_dns` says."""
    caller, service = _caller(case), case.dns.service
    if resolved_by_caller(case):
        return None  # whichever servers it asks, they know the name
    if caller is None or service is None or case.question.address or not case.question.service:
        return None
    if case.caller.pod and case.caller.pod.is_static:
        return None  # how a control plane is made: on the host network, with its node's DNS
    own = service.namespace == case.caller.namespace and service.selector.matches(case.caller.labels)
    return None if own else caller


def own_answer(case: Case, caller: Caller) -> tuple[Evidence, ...]:
    """Return what the caller's own nameserver answered, where it was asked in the caller's pod."""
    asked = case.measured.queries(Purpose.OWN)[:1] if case.vantage.is_caller else ()
    return tuple(
        Evidence(
            caller.about,
            f"nameserver {each.query.server}",
            str(each.outcome),
            f"asked in the pod for {each.query.name}",
        )
        for each in asked
    )


def _caller(case: Case) -> Caller | None:
    pod, workload = case.caller.pod, case.caller.workload
    if pod is not None:
        owner = case.snapshot.workload(pod.workload) if pod.workload else None
        return Caller(pod.workload or pod.ref, pod.spec, frozenset({pod.name}), owner)
    if workload is not None:
        return Caller(workload.ref, workload.spec.template.spec, frozenset(), workload)
    return None


def found(
    case: Case,
    caller: Caller,
    because: str,
    evidence: tuple[Evidence, ...],
    policy: str,
    *,
    whose: str = "its node's",
    confidence: Confidence = Confidence.CERTAIN,
) -> Detection:
    """Return the finding. `because` is half a sentence, `policy` the dnsPolicy that mends it, `whose` the servers asked."""
    return Detection(
        about=caller.about,
        message=f"{caller.about} asks {whose} DNS servers, not the cluster's ({case.dns.address}), {because}: "
        f"they do not know {case.fqdn.removesuffix('.')}.",
        severity=Severity.FAIL,
        confidence=confidence,
        evidence=evidence,
        check=(look(caller),),
        fix=_fixes(caller, policy),
        pods=caller.pods,
        written=Written(caller.workload.ref, _TEMPLATE) if caller.workload else None,
    )


def look(caller: Caller) -> str:
    """Return the command that shows what decides whose DNS it asks."""
    is_pod = caller.pods and caller.about.kind not in _TEMPLATED
    ref = Ref("Pod", min(caller.pods), caller.about.namespace) if is_pod else caller.about
    place = ".spec" if is_pod else ".spec.template.spec"
    return get_fields(ref, {each: f"{place}.{each}" for each in ("hostNetwork", "dnsPolicy", "dnsConfig")})


def _fixes(caller: Caller, policy: str) -> tuple[Fix, ...]:
    return template_fix(caller, {"dnsPolicy": policy}, "which then ask the cluster's DNS for every name")


def template_fix(caller: Caller, spec: dict[str, Any], then: str) -> tuple[Fix, ...]:
    """Return the patch of the workload's pod template; none where it has none that may be changed. `then` ends its risk."""
    if caller.about.kind not in _TEMPLATED:
        return ()
    kept = managed_by(caller.workload) if caller.workload else ""
    patch = {"spec": {"template": {"spec": spec}}}
    return (Fix(about=caller.about, merge=patch, risk=f"makes new pods of {caller.about}, {then}{kept}"),)
