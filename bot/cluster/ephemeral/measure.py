"""Puts the container into a caller's pod, waits for its end, and reads what it saw from its log."""

import asyncio
import time
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from bot.cluster.ephemeral import refusals
from bot.cluster.ephemeral.caller_pod import OS_LABEL, CallerPod
from bot.cluster.ephemeral.container import addition, name_of
from bot.cluster.ephemeral.refusals import NotMeasuredError
from bot.cluster.errors import ApiError, BrokenError, decoded
from bot.cluster.resources import NODES, PODS
from bot.cluster.transport import Cluster, Sending
from bot.errors import ClusterUnreachableError, K8snetError
from bot.model.kube.pods import ContainerStatus
from bot.model.probe import Probe
from bot.model.probe_order import SEARCH_VERSION, VERSION, ProbeOrder, Search, order_text
from bot.model.probe_result import LONGEST_RESULT, ProbeResult, read_result
from bot.model.result.changes import OUR_MANAGER

_REQUEST_SECONDS = 5.0  # of one request; the whole has `Manner.seconds`
_LOOK_SECONDS = (0.2, 0.3, 0.5, 1.0)  # between looks at the pod, the last one again and again
_LOG_LOOKS = 3  # a log may arrive a moment after its container's end
_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Manner(Struct, frozen=True):
    """With which image, and for how many seconds from the asking to the result: starting a container takes its time."""

    image: str
    seconds: float


class _Verdict(Struct, frozen=True):
    allowed: bool = False


class _Review(Struct, frozen=True):
    status: _Verdict = _Verdict()


async def measure_in_pod(
    cluster: Cluster,
    namespace: str,
    pod: str,
    probes: tuple[Probe, ...],
    *,
    run_id: str,
    manner: Manner,
    seconds: float,
    search: Search | None = None,
) -> ProbeResult:
    """Return what these probes, and a search, see from a pod, or why nothing was seen.

    `seconds` is what they have for themselves.

    Asked again with the same `run_id`, it reads the result of the container that is there. Never raises for what the
    cluster does.
    """
    place = _Place(cluster, namespace, pod, name_of(run_id), time.time() + manner.seconds, manner)
    try:
        if not await may_add(cluster, namespace, pod, place.seconds):
            raise refusals.not_permitted(namespace)
        await _ensure(place, order_text(_order(probes, search, seconds, place.until)))
        return await _result(place, await _ended(place), probes)
    except NotMeasuredError as error:
        return ProbeResult(why=str(error), grant=error.hint)
    except (ApiError, ClusterUnreachableError) as error:
        gone = isinstance(error, ApiError) and error.status == refusals.NOT_FOUND
        return ProbeResult(why="the pod is gone" if gone else str(refusals.not_reached(error)))


def _order(probes: tuple[Probe, ...], search: Search | None, seconds: float, until: float) -> ProbeOrder:
    return ProbeOrder(SEARCH_VERSION if search else VERSION, probes, seconds, until, search)


class _Place(Struct):
    """The pod, the container in it, and the Unix time until which it is waited for."""

    cluster: Cluster
    namespace: str
    pod: str
    container: str
    until: float
    manner: Manner
    uid: str = ""

    @property
    def path(self) -> str:
        return PODS.path(self.namespace, self.pod)

    @property
    def seconds(self) -> float:
        """Seconds of the next request."""
        return max(0.1, min(_REQUEST_SECONDS, self.until - time.time()))

    async def read(self) -> CallerPod:
        found: CallerPod = await self.cluster.read(
            self.path, seconds=self.seconds, decode=partial(decoded, kind=CallerPod)
        )
        return found


async def may_add(cluster: Cluster, namespace: str = "", pod: str = "", seconds: float = _REQUEST_SECONDS) -> bool:
    """Return whether this account may add a container to a pod; without names: to every one. Raises as `Cluster.send`.

    The API server answers such a review and keeps it nowhere.
    """
    asked = {"namespace": namespace, "verb": "patch", "resource": "pods", "subresource": "ephemeralcontainers"}
    body = msgspec.json.encode(
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {**asked, "name": pod}},
        }
    )
    decode = partial(decoded, kind=_Review)
    review: _Review = await cluster.send(_REVIEW, Sending("POST", body), seconds=seconds, decode=decode)
    return review.status.allowed


async def _ensure(place: _Place, order: str) -> None:
    """Add the container, unless this question has done so before. Raises NotMeasuredError."""
    pod = await place.read()
    place.uid = pod.metadata.uid
    pod.expect_alive()
    if place.container in pod.ours:
        return
    pod.expect_room(await _os_of(place, pod.spec.node_name))
    sending = addition(pod, place.container, place.manner.image, order)
    try:
        writer = {"fieldManager": OUR_MANAGER}
        await place.cluster.send(f"{place.path}/ephemeralcontainers", sending, seconds=place.seconds, params=writer)
    except (ApiError, ClusterUnreachableError) as error:
        was_answered = isinstance(error, ApiError) and not isinstance(error, BrokenError) and error.status
        if not was_answered and place.container in (await place.read()).ours:
            return  # it was taken, and only the answer did not come
        raise (refusals.not_taken(error) if isinstance(error, ApiError) else refusals.not_reached(error)) from error


async def _os_of(place: _Place, node: str) -> str:
    """Return the operating system that a node's label names; empty where it may not be read."""
    try:
        return str((await place.cluster.get(NODES, "", node)).labels.get(OS_LABEL, "")) if node else ""
    except K8snetError:
        return ""


async def _ended(place: _Place) -> ContainerStatus:
    """Wait until the container has ended. Raises NotMeasuredError where it does not come up, or not in time."""
    looks = list(_LOOK_SECONDS)
    status: ContainerStatus | None = None
    while time.time() < place.until:
        pod = await place.read()
        status = pod.container(place.container)
        if status and status.state.terminated:
            return status
        pod.expect_alive(place.uid)
        refusals.expect_starting(status)
        await asyncio.sleep(looks.pop(0) if len(looks) > 1 else looks[0])
    raise refusals.too_late(status, place.manner.seconds)


async def _result(place: _Place, status: ContainerStatus, probes: tuple[Probe, ...]) -> ProbeResult:
    """Return what the container's log says. Raises NotMeasuredError where it says nothing."""
    found = ProbeResult()
    for _ in range(_LOG_LOOKS):
        found = read_result(await _log(place), probes)
        if not found.why:
            return found
        await asyncio.sleep(_LOOK_SECONDS[0])
    if found.observations or found.steps:
        return found
    raise refusals.ended_badly(status, found.why)


async def _log(place: _Place) -> str:
    params: dict[str, Any] = {"container": place.container, "limitBytes": str(LONGEST_RESULT)}
    try:
        text: bytes = await place.cluster.read(f"{place.path}/log", params, seconds=_REQUEST_SECONDS)
    except ApiError as error:
        raise NotMeasuredError(f"its log could not be read: {error}") from error
    return text.decode(errors="replace")
