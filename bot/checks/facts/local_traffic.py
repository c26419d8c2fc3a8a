"""What is said of Services that keep traffic on the caller's node (`internalTrafficPolicy: Local`), whoever finds it."""

from collections.abc import Iterable, Iterator

from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_words import why
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.result.finding import Evidence, Fix
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


def not_serving(case: Case, pods: Iterable[Pod], nodes: Iterable[str]) -> Iterator[Evidence]:
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
