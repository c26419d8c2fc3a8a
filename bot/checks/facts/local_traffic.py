"""What is said of Services that keep traffic on the caller's node (`internalTrafficPolicy: Local`), whoever finds it."""

from collections.abc import Iterable, Iterator

from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_words import why
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.result.finding import Detection, Evidence, Fix, Severity, Written
from bot.model.text import listing
from bot.model.views.caller import workload_ref


def calling_pods(case: Case) -> tuple[Pod, ...]:
    """Return the calling pod, or all live pods of the calling workload, as far as their node is known."""
    source = case.question.source
    if source is None:
        return ()
    wanted = workload_ref(source)
    if source.pod or wanted is None:
        found = [case.caller.pod] if case.caller.pod else []
    else:
        made = case.snapshot.pods_by_workload(source.namespace).get(wanted, ())
        found = [pod for pod in made if not pod.is_terminal]
    return tuple(pod for pod in found if pod.spec.node_name)


def policy_evidence(service: Service, cut: list[Pod]) -> tuple[Evidence, ...]:
    """Return the policy, and where those callers are that it cuts off."""
    policy = Evidence(service.ref, "spec.internalTrafficPolicy", "Local", "never falls back to other nodes")
    return (policy, *(Evidence(pod.ref, "spec.nodeName", pod.spec.node_name, "the caller") for pod in cut[:3]))


def cut_off(
    case: Case,
    service: Service,
    pods: Iterable[Pod],
    cut: list[Pod],
    *,
    keeps: str,
    lacks: str,
    elsewhere: str,
    risk: str,
) -> Detection:
    """Return the finding of callers on nodes where the Service has nothing; `pods` are its own.

    `keeps`, `lacks` and `elsewhere` are what it does, what is missing there, and who has it, in words.
    """
    callers, nodes = calling_pods(case), sorted({pod.spec.node_name for pod in cut})
    some = "" if len(cut) == len(callers) else f" ({len(cut)} of {len(callers)} calling pods are there)"
    return Detection(
        about=service.ref,
        message=f"{keeps} on the caller's node (internalTrafficPolicy: Local), and {listing(nodes)} has no {lacks}{some}; "
        f"{elsewhere}.",
        severity=Severity.FAIL if len(cut) == len(callers) else Severity.WARN,
        evidence=(*policy_evidence(service, cut), *_not_serving(case, pods, nodes)),
        check=look_at_policy(service),
        fix=(let_it_cross_nodes(service, risk),),
        key=tuple(nodes),
        written=policy_written(service),
        common=policy_of(service),
    )


def policy_written(service: Service) -> Written:
    """Return what says who last wrote the policy; it may have been harmless until then."""
    return Written(service.ref, ("spec", "internalTrafficPolicy"), begins=False)


def _not_serving(case: Case, pods: Iterable[Pod], nodes: Iterable[str]) -> Iterator[Evidence]:
    """Yield the pods of a Service on those nodes that do not serve, and why: often the real cause."""
    for pod in pods:
        if pod.spec.node_name in nodes:
            yield Evidence(
                pod.ref, "status.conditions[Ready]", pod.is_ready, f"on {pod.spec.node_name}: {why(case, pod)}"
            )


def look_at_policy(service: Service) -> tuple[str, ...]:
    """Show the policy, and which nodes have endpoints."""
    return (
        get_field(service.ref, "internalTrafficPolicy"),
        at_endpoints_whole(service.ref),
        kubectl("get", "nodes", "-o", "wide"),
    )


def let_it_cross_nodes(service: Service, risk: str) -> Fix:
    """Set the policy back to the API's default."""
    merge = {"spec": {"internalTrafficPolicy": "Cluster"}}
    return Fix(about=service.ref, merge=merge, risk=f"traffic then crosses nodes{risk}{managed_by(service)}")


def policy_of(service: Service) -> str:
    """Return what all findings of one such policy have in common."""
    return f"{service.ref} spec.internalTrafficPolicy"
