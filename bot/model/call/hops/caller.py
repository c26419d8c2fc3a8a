"""The caller: does the pod that calls run at all (failure-modes APP-025)? An unready pod calls all the same."""

from bot.model.call.proxies import proxy_settings
from bot.model.call.sight import NO_CALLER, Sight, gap_words, sound, unknown
from bot.model.call.steady import often_words, restart_words, restarts_often
from bot.model.case import Case
from bot.model.gaps import LIVE_STATE
from bot.model.kube.pods import ContainerStatus, Pod
from bot.model.result.status import Basis
from bot.model.views.configuration import variables


def caller(case: Case) -> Sight:
    """Return whether the calling pod was found and runs."""
    source = case.question.source
    if source is None:
        return NO_CALLER
    if not source.pod and not source.workload:
        return sound(f"any pod of {source.namespace} without special labels")
    if case.caller.pod is None:
        why = gap_words(case, "source", source.namespace) or gap_words(case, "pods", source.namespace)
        return unknown(why or f"no pod of {source} was found")
    if why := gap_words(case, LIVE_STATE):
        return unknown(why)
    return _running(case, case.caller.pod)


def _running(case: Case, pod: Pod) -> Sight:
    place = f"{pod.namespace}/{pod.name}"
    if pod.is_terminal or pod.status.phase != "Running":
        return unknown(f"the caller {place} does not run: {_reason(pod)}")
    if case.snapshot.is_lost(pod.spec.node_name):
        return unknown(f"whether the caller {place} runs is not known: its node {pod.spec.node_name} is lost")
    if down := _down(pod):
        return unknown(f"container {down.name} of the caller {place} does not run: {_state_words(down)}")
    if restarts_often(case.snapshot, pod):
        return unknown(f"the caller {place} {often_words(case.snapshot)}: {restart_words(pod)}")
    if why := _proxied(case, pod):
        return unknown(f"{place} has {why}: its HTTP calls may go through a proxy", Basis.CONFIG)
    return sound(f"{place} runs" + (f" on {pod.spec.node_name}" if pod.spec.node_name else ""))


def _down(pod: Pod) -> ContainerStatus | None:
    """Return a container that does not run: a proxy beside it may run all the same, and calls nobody by itself.

    What has done its work in a pod that does not restart it is not missed as long as another runs.
    """
    own = pod.status.container_statuses or ()
    down = [each for each in own if not each.state.running]
    if len(down) < len(own) and pod.spec.restart_policy != "Always":
        down = [each for each in down if not (each.state.terminated and each.state.terminated.exit_code == 0)]
    return down[0] if down else None


def _proxied(case: Case, pod: Pod) -> str:
    """Return the proxy variables by which HTTP calls go to a proxy, whatever the host; empty where none do (APP-023)."""
    for container in pod.serving_containers:
        found = proxy_settings(variables(container, case.caller.config_map), "http")
        if found and found.exempt == ():
            return f"{found.variable} and no NO_PROXY"
    return ""


def _state_words(status: ContainerStatus) -> str:
    """Return the kubelet's word for what a container does instead of running, e.g. `CrashLoopBackOff` or `Completed`."""
    waiting, ended = status.state.waiting, status.state.terminated
    return (waiting and waiting.reason) or (ended and ended.reason) or "waiting"


def _reason(pod: Pod) -> str:
    waiting = (each.state.waiting.reason for each in pod.container_statuses if each.state.waiting)
    return next(filter(None, waiting), None) or pod.status.reason or f"phase {pod.status.phase}"
