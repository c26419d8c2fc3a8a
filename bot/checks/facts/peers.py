"""Pods that look each other up by a headless Service to become ready, and have no name before they are."""

from bot.checks.facts.ownership import managed_by
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.question.question import Source
from bot.model.result.finding import Fix
from bot.model.views.caller import Caller
from bot.model.views.configuration import meant_services


def publish_unready(case: Case, service: Service) -> tuple[Fix, ...]:
    """Return the change that gives names to pods that are not ready, for pods that need them to get so.

    Those of a StatefulSet that names this Service, or that are told its name.
    """
    unready = case.backends.unready_pods
    governed = [
        each
        for each in case.snapshot.stateful_sets
        if each.namespace == service.namespace and each.spec.service_name == service.name
    ]
    told = unready and _is_told(case, unready[0], service)
    if not told and (not governed or len(unready) < 2):  # noqa: PLR2004 (a lone pod has no peer)
        return ()
    who = (unready[0].workload or unready[0].ref) if told else governed[0].ref
    risk = f"only if {who} needs its peers to start: callers then also get pods that are not ready"
    return (
        Fix(about=service.ref, merge={"spec": {"publishNotReadyAddresses": True}}, risk=risk + managed_by(service)),
    )


def waits_for_itself(case: Case) -> tuple[Fix, ...]:
    """Return that change where the caller is one of the pods behind a headless Service of which none is ready."""
    service, caller = case.service, case.caller.pod
    if service is None or not service.is_headless or service.spec.publish_not_ready_addresses or caller is None:
        return ()
    pods = case.backends.selected
    is_peer = any(each.ref == caller.ref for each in pods)
    return publish_unready(case, service) if is_peer and not any(each.is_ready for each in pods) else ()


def _is_told(case: Case, pod: Pod, service: Service) -> bool:
    """Return whether the pod's own variables or arguments name the Service that it is behind: it waits for itself."""
    found = Caller(case.snapshot, Source(namespace=pod.namespace, pod=pod.name)).hosts(service.name)
    return any((service.name, service.namespace) in meant_services(each.named.host, pod.namespace) for each in found)
