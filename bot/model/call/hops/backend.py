"""The backends: the pods behind the endpoints, by their own status."""

from bot.model.call.hops.endpoints import behind, foreign, is_api_server
from bot.model.call.sight import Sight, gap_words, no_service, off_path, sound, unknown
from bot.model.call.steady import often_words, restarts_often
from bot.model.case import Case
from bot.model.gaps import LIVE_STATE
from bot.model.kube.pods import Pod
from bot.model.kube.replicas import is_short, wanted_pods
from bot.model.kube.services import Service
from bot.model.kube.workloads import DaemonSet
from bot.model.memo import memo
from bot.model.probe import Outcome
from bot.model.result.status import Basis
from bot.model.text import count, listing


@memo
def backend(case: Case) -> Sight:
    """Return whether pods that are known stand behind the Service and are ready."""
    service = case.service
    if service is None:
        return no_service(case)
    if service.is_external_name:
        return off_path("an ExternalName has no pods of its own")
    if is_api_server(service):
        return _api_server(case)
    if service.selector.pairs and (why := gap_words(case, "pods", service.namespace)):
        return unknown(why)
    if why := gap_words(case, LIVE_STATE):
        return unknown(why)
    pods = _pods(case, service)
    if not pods:
        left = foreign(case)
        return off_path("the endpoints are no pods") if left else unknown("no pod of the Service was found")
    return _of_pods(case, service, pods)


def _of_pods(case: Case, service: Service, pods: list[Pod]) -> Sight:
    ready = [each for each in pods if each.is_ready]
    if not ready and not _accept(case, service):
        told = "; the Service sends to them all the same" if service.spec.publish_not_ready_addresses else ""
        return unknown(f"0 of {count(len(pods), 'pod')} ready{told}", Basis.CONFIG)
    shaky = [each.name for each in ready if restarts_often(case.snapshot, each)]
    if shaky:
        return unknown(f"{listing(shaky, 2)} is ready, and {often_words(case.snapshot)}", Basis.CONFIG)
    if len(ready) < len(pods) and (why := gap_words(case, "workloads", service.namespace)):
        return unknown(f"{len(ready)} of {count(len(pods), 'pod')} ready, and how many should be is not known: {why}")
    words = f"{len(ready)} of {_wanted_words(case, service, pods)} ready"
    if _lacks_pods(case, service, pods) and (why := gap_words(case, "events", service.namespace)):
        return unknown(f"{words}, and why there are no more is not known: {why}")
    if (ended := _ended(case)) and (why := gap_words(case, "events", service.namespace)):
        return unknown(f"{words}, and why {listing(ended, 2)} ended is not known: {why}")
    return sound(words)


def _accept(case: Case, service: Service) -> bool:
    """Return whether all that unready pods are called at was seen to accept: only what is published is called at all."""
    if not service.spec.publish_not_ready_addresses:
        return False
    tried = [case.measured.tcp_to(each) for each in case.backends.all_usable]
    return bool(tried) and all(each is not None and each.outcome is Outcome.ANSWERED for each in tried)


def _ended(case: Case) -> list[str]:
    """Return the pods that ended within the hour although they are always restarted, and without a reason (APP-022).

    Somebody ended them. The kubelet may lose the reason of an eviction, and then only its Event tells.
    """
    lost = (
        each
        for each in case.backends.selected
        if each.is_terminal and not each.status.reason and each.workload and each.spec.restart_policy == "Always"
    )
    ends = {each.name: [c.state.terminated for c in each.container_statuses if c.state.terminated] for each in lost}
    return sorted(name for name, known in ends.items() if any(case.snapshot.is_recent(e.finished_at) for e in known))


def _lacks_pods(case: Case, service: Service, pods: list[Pod]) -> bool:
    """Return whether a workload has not made all of its pods, and is below its minimum: these may be refused (APP-021)."""
    if case.backends.one:
        return False
    for each in case.snapshot.workloads_behind(service):
        own = [pod for pod in pods if pod.workload == each.ref]
        if own and len(own) < wanted_pods(each) and is_short(each, own):
            return True
    return False


def _wanted_words(case: Case, service: Service, pods: list[Pod]) -> str:
    """Return the number that counts: that of the pods there are, or of those that their workloads want, if these are more."""
    if case.backends.one:  # the name of one pod was asked
        return count(len(pods), "pod")
    makers = {each.workload for each in pods}
    known = [each for each in case.snapshot.workloads_behind(service) if each.ref in makers]
    wanted = sum(each.wanted_replicas for each in known if not isinstance(each, DaemonSet))
    if len(known) < len(makers) or wanted <= len(pods):
        return count(len(pods), "pod")
    return f"{wanted} wanted pods"


def _pods(case: Case, service: Service) -> list[Pod]:
    """The live pods that the selector finds; without a selector those that the endpoints name, as Patroni writes them."""
    if service.selector.pairs:
        return [each for each in case.backends.pods if not each.is_terminating]
    if foreign(case):
        return []
    found = {pod.name: pod for endpoint, pod in behind(case) if pod is not None and endpoint.pod}
    return [each for each in found.values() if not each.is_terminating and not each.is_terminal]


def _api_server(case: Case) -> Sight:
    """The API server behind `default/kubernetes`: live it has just answered this run, or was just heard by a watch."""
    if case.snapshot.requests or case.snapshot.watch_age is not None:
        return sound("the API server has just answered", Basis.PROBED)
    return sound("the API server writes these endpoints itself")
