"""Logs are no lists: which containers' last lines may say why a pod is not ready, and how they are fetched."""

from datetime import UTC, datetime

from bot.cluster.collector import NOT_FOUND, SnapshotBuilder
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.reading.called import failing
from bot.cluster.reading.need import Known, Need, Where
from bot.cluster.resources import LOGS, PODS
from bot.model.kube.pods import ContainerStatus, Pod
from bot.model.logs import LogTail, last_lines
from bot.model.snapshot import RECENT

LOGS_READ = 2  # of the pods of one Service
_LINES, _BYTES = 20, 32 << 10
# CoreDNS that is not ready says so at each readiness probe, every few seconds, and the reason twice a minute.
_DNS_LINES, _DNS_BYTES = 200, 128 << 10
_SECONDS = 3.0  # the API server asks the kubelet, and a dead node must not keep the answer waiting
# The kubelet's words in the place of a log whose container it is just replacing (pkg/kubelet/kuberuntime).
_IS_GONE = b"unable to retrieve container logs for "
_NO_LOG = (400, NOT_FOUND)  # the container has no previous run, or its node has thrown the log away


class LogOf(Where, frozen=True):
    """The log of a container of the pod `name`: of its run, or of the `previous` one; as much of its end as is fetched."""

    container: str = ""
    previous: bool = True
    lines: int = _LINES
    size: int = _BYTES


def crashed(pod: Pod) -> list[tuple[int, str]]:
    """Return restarts and name of each container that ended and has run before; one that is ready again, if it was lately."""
    since = datetime.now(UTC) - RECENT
    return [
        (each.restart_count, each.name)
        for each in pod.container_statuses
        if each.restart_count and ((not each.ready and _has_ended(each)) or each.restarted_since(since))
    ]


def _has_ended(status: ContainerStatus) -> bool:
    return bool(status.last_state.terminated or status.state.terminated)


def telling_run(pod: Pod) -> tuple[str, bool] | None:
    """Return the container whose log says why a pod is not ready, and whether its previous run's: a crash tells most."""
    if ended := sorted(crashed(pod), reverse=True):
        return ended[0][1], True
    running = [each.name for each in pod.container_statuses if each.state.running and not each.ready]
    return (running[0], False) if running else None


def of_failing(known: Known) -> tuple[Where, ...]:
    """Read the last words of the Service's crashed containers, those that restarted most; else of one that is not ready."""
    pods = failing(known)
    ended = sorted((-restarts, pod.name, name) for pod in pods for restarts, name in crashed(pod))
    if ended:
        return tuple(LogOf(known.question.namespace, pod, container=name) for _, pod, name in ended[:LOGS_READ])
    running = sorted((pod.name, run) for pod in pods if (run := telling_run(pod)))
    return tuple(LogOf(known.question.namespace, pod, container=run[0], previous=run[1]) for pod, run in running[:1])


def of_dns_that_is_not_ready(known: Known) -> tuple[Where, ...]:
    """Read what the DNS pods said that are not ready, but for those that were read as the Service's (DNS-004, DNS-006)."""
    read = {(each.namespace, each.pod) for each in known.reading.logs}
    pods = (each for each in known.dns.pods if not each.is_ready and (each.namespace, each.name) not in read)
    runs = [(pod, *run) for pod in pods if (run := telling_run(pod))]
    return tuple(
        LogOf(pod.namespace, pod.name, container=name, previous=past, lines=_DNS_LINES, size=_DNS_BYTES)
        for pod, name, past in runs[:LOGS_READ]
    )


async def read_log(reading: SnapshotBuilder, row: Need, where: Where) -> tuple[LogTail, ...]:
    """Read the last lines of a container's log. That there is none is no gap."""
    assert isinstance(where, LogOf)
    params = {
        "container": where.container,
        "previous": str(where.previous).lower(),
        "tailLines": str(where.lines),
        "limitBytes": str(where.size),
    }
    try:
        path = f"{PODS.path(where.namespace, where.name)}/log"
        text = await reading.cluster.read(path, params, seconds=_SECONDS)
    except (ApiError, NoConnectionError) as error:
        if not isinstance(error, ApiError) or error.status not in _NO_LOG:
            reading.leave(row.need, LOGS, where.namespace, error)
        return ()
    if text.startswith(_IS_GONE):
        return ()
    lines = last_lines(text.decode(errors="replace"), _LINES)
    tail = LogTail(where.namespace, where.name, where.container, previous=where.previous, lines=lines)
    reading.logs.append(tail)
    return (tail,)
