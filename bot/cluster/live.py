"""One question → one Snapshot of a live cluster, by targeted lists, read in parallel.

At most 20 requests, or 12 where the shared part is still fresh; up to five more where DNS must be looked for, since it is
not in kube-system, and one for each kind of an optional API that is served. What this question does not need is not read:
workloads and similar pods only where something is wrong with the Service's own. What would only add a hint is left out when
the requests are used up. A question has its seconds: what is not here by then is a gap.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from bot.cluster import deadline
from bot.cluster.collector import NOT_FOUND, SnapshotBuilder, together, what
from bot.cluster.crash_logs import crashed, telling_run
from bot.cluster.deadline import Run
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.namespaced import read_scope
from bot.cluster.needs import SIMILAR_PODS
from bot.cluster.node_agents import read_node_agents
from bot.cluster.optional import read_optional, undiscovered
from bot.cluster.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    EVENTS,
    LOGS,
    PODS,
    POLICIES,
    REPLICA_SETS,
    REPLICATION_CONTROLLERS,
    RESOURCES,
    SERVICES,
    SLICES,
    STATEFUL_SETS,
    WORKLOADS,
    Resource,
    checked,
)
from bot.cluster.shared_cache import ClusterShared, ClusterWide
from bot.cluster.transport import Cluster
from bot.errors import UnknownNameError
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.gaps import OTHER_PODS, SIMILAR_SERVICES, Gap
from bot.model.kube.pods import Pod
from bot.model.kube.services import SERVICE_NAME_LABEL, Service
from bot.model.logs import LogTail, last_lines
from bot.model.question.question import Question, Source
from bot.model.question.refusals import no_caller
from bot.model.question.resolve import candidates, resolve, resolve_source
from bot.model.refs import is_label
from bot.model.snapshot import Snapshot
from bot.model.views.caller import workload_ref

__all__ = ["RESOURCES", "ClusterWide", "read", "read_scope"]

# Requests for one question, without and with a fresh shared part; those for optional kinds are counted apart.
COLD, WARM = 20, 12
# Requests that reading a caller may make: the pod, or the workload and its pods; then what runs on its node.
_OF_POD, _OF_WORKLOAD = 2, 3
LOG_LINES, LOG_BYTES, LOGS_READ = 20, 32 << 10, 2
# CoreDNS that is not ready says so at each readiness probe, every few seconds, and the reason twice a minute.
DNS_LOG_LINES, DNS_LOG_BYTES = 200, 128 << 10
LOG_SECONDS = 3.0  # the API server asks the kubelet, and a dead node must not keep the answer waiting
# The kubelet's words in the place of a log whose container it is just replacing (pkg/kubelet/kuberuntime).
_LOG_IS_GONE = b"unable to retrieve container logs for "
_NO_LOG = (400, NOT_FOUND)  # the container has no previous run, or its node has thrown the log away
# Workloads of one kind, and Services, in one request: as many as Kubernetes is tested with in a namespace.
# https://github.com/kubernetes/community/blob/master/sig-scalability/configs-and-limits/thresholds.md
_MOST_WORKLOADS, _MOST_SERVICES = 2000, 5000
_MOST_ELSEWHERE = 2000  # Services of all namespaces
_USED_UP = "left out, since the requests for one question are used up"
_POD_PAGES, _EVENT_PAGES = 4, 2
# Kubernetes Events of everyday life are most of them. `type!=Normal` would drop too much: "Killing" is Normal.
_ROUTINE = ("Scheduled", "Pulling", "Pulled", "Created", "Started", "SuccessfulCreate", "SuccessfulDelete", "Completed")
_NO_ROUTINE = ",".join(f"reason!={each}" for each in _ROUTINE)


async def read(
    cluster: Cluster,
    question: Question,
    *,
    default_namespace: str = "",
    cache: ClusterWide | None = None,
    seconds: float = 0.0,
) -> tuple[Question, Snapshot]:
    """Return the question with Service and namespace filled in, and all that its checks need, redacted.

    `default_namespace` is the channel's; empty: that of the kubeconfig context. A `cache` is kept by the caller from one
    question to the next. What may not be read, or is not here after `seconds` (0: no limit of the whole), is a Gap. Raises
    AmbiguousNameError, UnknownNameError, and ClusterUnreachableError where nothing answers at all or the credentials are
    refused.
    """
    cache = cache or ClusterWide()
    most = WARM if cache.is_fresh else COLD
    with deadline.running(Run(seconds)) as run:
        plan = _Plan(SnapshotBuilder(cluster), question, default_namespace or cluster.default_namespace, run, most)
        plan.cache = cache
        await together(plan.read(), plan.shared())
        run.require_answer()
        await plan.dns()
        now = datetime.now(UTC)
        return plan.question, plan.reading.snapshot(now, requests=run.requests, host=plan.question.service)


class _Plan:
    """The order of reading for one question."""

    def __init__(self, reading: SnapshotBuilder, question: Question, default: str, run: Run, most: int) -> None:
        self.reading, self.question, self.default = reading, question, default
        self._run, self._most = run, most
        self._owed = 0  # requests that reading the caller may still make
        self.cache = ClusterWide()
        self._sharing: asyncio.Future[ClusterShared] | None = None

    async def shared(self) -> None:
        """Read, or take from the cache, what every question shares."""
        self._sharing = self._sharing or asyncio.ensure_future(self.cache.read(self.reading.cluster))
        shared = await self._sharing
        self.reading.add(shared.objects, shared.gaps, shared.listed)

    async def read(self) -> None:
        source = self.question.source
        said = self.question.namespace or (source and source.namespace)
        if self.question.address or (self.question.service and not said):
            await self._find()
            self._run.require_answer()
        if self.question.name and not self.question.service:
            await self._meant(self.question.name)
        self.question = resolve(self.question, self._so_far(), self.default)
        source = self.question.source
        if source and not source.namespace:
            self.question = replace(self.question, source=replace(source, namespace=self.question.namespace))
        self._owed = (_OF_WORKLOAD if source.workload else _OF_POD) if source else 0
        await together(self._service(), *self._around(), self._source(), self._optional())

    def _so_far(self) -> Snapshot:
        return self.reading.snapshot(datetime.now(UTC))

    def _room(self) -> int:
        """How many more requests this question may make."""
        return max(0, self._most - self._run.requests + self._run.apart - self._owed)

    async def _meant(self, name: str) -> None:
        """Read the Services that a longer name may mean."""
        get = self.reading.get
        await together(*(get("services", SERVICES, place, service) for service, place in candidates(name)))

    async def _find(self) -> None:
        """Look for the Service in all namespaces; where that is forbidden, in the default one."""
        address, name = self.question.address, self.question.service
        fields = f"spec.clusterIP={checked(address)}" if address else f"metadata.name={checked(name)}"
        found = await self.reading.list(SIMILAR_SERVICES, SERVICES, fields=fields, most=1)
        if not found and address:  # no ClusterIP: a load balancer, an external IP or a node port
            await self.reading.list(SIMILAR_SERVICES, SERVICES._replace(page=_MOST_SERVICES), most=1)
            await self.shared()
        if found or self.reading.has(SIMILAR_SERVICES):
            return
        place = self.default or "default"
        if not await self.reading.list("services", SERVICES, place, fields=fields, most=1):
            self._not_found_everywhere(place)

    def _not_found_everywhere(self, place: str) -> None:
        """Nobody said in which namespace the Service is: that it is not in the default one does not say that it is nowhere."""
        gap = next(each for each in self.reading.gaps if each.need == SIMILAR_SERVICES)
        if self.question.address:
            raise UnknownNameError(
                f"Which Service has the IP {self.question.address} is not known: {gap.what} could not be read ({gap.why}).",
                hint="Ask for the Service by name and namespace.",
            )
        self.reading.gaps.append(Gap("services", place, "services of all namespaces", gap.why, gap.grant))

    def _around(self) -> list[Any]:
        """What depends on names alone: slices, policies at both ends, Kubernetes Events."""
        question, take = self.question, self.reading.list
        ends = dict.fromkeys((question.namespace, question.source.namespace if question.source else question.namespace))
        deeds = [
            *(take("networkpolicies", POLICIES, end) for end in ends),
            *(take("events", EVENTS, end, fields=_NO_ROUTINE, most=_EVENT_PAGES) for end in ends),
        ]
        if question.service:
            labels = f"{SERVICE_NAME_LABEL}={checked(question.service)}"
            deeds.append(take("endpointslices", SLICES, question.namespace, labels=labels))
        return deeds

    async def _optional(self) -> None:
        """Policy, gateway and mesh objects of the APIs that are served here; their requests are counted apart."""
        source = self.question.source
        places = (self.question.namespace, source.namespace if source else self.question.namespace)
        try:
            apis = await self.cache.served.read(self.reading.cluster)
        except (ApiError, NoConnectionError) as error:
            self.reading.gaps.append(undiscovered(error))
            return
        with deadline.apart():
            await read_optional(self.reading, apis, tuple(dict.fromkeys(places)))

    # --- the Service and its pods

    async def _service(self) -> None:
        service = await self._own()
        if service is None:
            await self._similar_services()
        elif service.is_external_name:
            await self._target(service)
        else:
            await self._pods(service)

    async def _own(self) -> Service | None:
        question = self.question
        known = self._so_far().service(question.namespace, question.service)
        if known or not question.service:
            return known
        fields = f"metadata.name={checked(question.service)}"
        found = await self.reading.list("services", SERVICES, question.namespace, fields=fields, most=1)
        return next(iter(found), None)

    async def _target(self, service: Service) -> None:
        """The Service that an alias may mean, in full or in short: it tells a wrong name from a short one (DNS-026)."""
        name, _, rest = service.spec.external_name.removesuffix(".").lower().partition(".")
        namespace = rest.partition(".")[0] or service.namespace
        is_ours = "." not in rest or rest.split(".")[1] == "svc"
        if is_ours and is_label(name) and is_label(namespace):
            await self.reading.get(SIMILAR_SERVICES, SERVICES, namespace, name)

    async def _similar_services(self) -> None:
        """The name is wrong, or it is in another namespace: read what it may have been meant for."""
        question, take = self.question, self.reading.list
        if not question.service:
            return
        fields = f"metadata.name={question.service}"
        hints = [
            take(SIMILAR_SERVICES, SERVICES, fields=fields, most=1),
            take(SIMILAR_SERVICES, SERVICES._replace(page=_MOST_SERVICES), question.namespace, most=1),
        ]
        if self._room() > len(hints):
            hints.append(take(SIMILAR_SERVICES, SERVICES._replace(page=_MOST_ELSEWHERE), most=1))
        else:
            self.reading.gaps.append(Gap(SIMILAR_SERVICES, "", what(SERVICES, ""), _USED_UP))
        await together(*hints)

    async def _pods(self, service: Service) -> None:
        pods: tuple[Pod, ...] = ()
        if service.selector.pairs:
            labels = str(service.selector)
            pods = await self.reading.list("pods", PODS, service.namespace, labels=labels, most=_POD_PAGES)
        unready = [each for each in pods if not each.is_ready]
        if not any(not each.is_terminal for each in pods):
            await self._similar_pods(service)
        elif unready:
            await together(self._owners(unready), self._revisions(service, unready), self._logs(unready))

    async def _similar_pods(self, service: Service) -> None:
        """Nothing is selected: read what may have been meant, and the workloads that should have made pods."""
        take, place = self.reading.list, service.namespace
        needed = [self._workloads(DEPLOYMENTS, place)]
        if self._room() > len(needed):
            needed.append(take("pods", PODS, place, most=1, cut_need=OTHER_PODS))
        else:
            self.reading.gaps.append(Gap(OTHER_PODS, place, what(PODS, place), _USED_UP))
        elsewhere = [(PODS, "", str(service.selector))] if service.selector.pairs else []
        # By worth: the pods may be in another namespace (RTE-002); a DaemonSet without any pod is the rarest of all.
        hints = [(STATEFUL_SETS, place, ""), *elsewhere, (REPLICATION_CONTROLLERS, place, ""), (DAEMON_SETS, place, "")]
        room = max(0, self._room() - len(needed))
        for resource, where, _ in hints[room:]:
            # A StatefulSet at zero would be the cause (APP-017), and not the selector.
            need = "workloads" if resource is STATEFUL_SETS else SIMILAR_PODS
            self.reading.gaps.append(Gap(need, place, what(resource, where), _USED_UP))
        for resource, where, labels in hints[:room]:
            found = self._workloads(resource, where) if where else take(SIMILAR_PODS, resource, labels=labels, most=1)
            needed.append(found)
        await together(*needed)

    def _workloads(self, resource: Resource, namespace: str) -> Coroutine[Any, Any, tuple[Any, ...]]:
        """All workloads of a kind in a namespace, in one request."""
        return self.reading.list("workloads", resource._replace(page=_MOST_WORKLOADS), namespace, most=1)

    async def _owners(self, pods: list[Pod]) -> None:
        """The workloads of these pods: by name while they are few, since the namespace's list may be long."""
        owners = sorted({each.workload for each in pods if each.workload and each.workload.kind in WORKLOADS})
        kinds = sorted({each.kind for each in owners})
        if len(owners) > len(kinds) + 1:
            await together(*(self._workloads(WORKLOADS[each], owners[0].namespace) for each in kinds))
            return
        get = self.reading.get
        await together(*(get("workloads", WORKLOADS[each.kind], each.namespace, each.name) for each in owners))

    async def _revisions(self, service: Service, pods: list[Pod]) -> None:
        """The ReplicaSets of these pods' Deployment, which alone know of revisions whose pods are all gone.

        They carry the labels of their pods' template, hence those that the Service selects (deployment controller).
        """
        owned = any(each.kind == "ReplicaSet" for pod in pods for each in pod.metadata.owner_references or ())
        if owned and self._room() > 1:
            labels = str(service.selector)
            await self.reading.list("workloads", REPLICA_SETS, service.namespace, labels=labels, most=1)

    async def _logs(self, pods: list[Pod]) -> None:
        """The last words of crashed containers, those that restarted most first."""
        room = max(0, self._room() - 2)  # the owners and their revisions are read at the same time
        ended = sorted((-restarts, pod.name, name) for pod in pods for restarts, name in crashed(pod))
        place = self.question.namespace
        await together(*(self._log(place, pod, name) for _, pod, name in ended[: min(LOGS_READ, room)]))

    async def dns(self) -> None:
        """Why the DNS is not ready, if it is not: its workloads, and what its pods said (DNS-001, DNS-004, DNS-006)."""
        known = cluster_dns(self._so_far())
        if known.service and known.service.selector.pairs and not known.usable and self._room():
            await self.reading.list("workloads", DEPLOYMENTS, known.service.namespace, most=1)
        read = {(each.namespace, each.pod) for each in self.reading.logs}
        unready = [each for each in known.pods if not each.is_ready and (each.namespace, each.name) not in read]
        runs = [(pod, *run) for pod in unready if (run := telling_run(pod))]
        room = min(LOGS_READ, self._room())
        size = DNS_LOG_LINES, DNS_LOG_BYTES
        await together(*(self._log(pod.namespace, pod.name, name, size, past) for pod, name, past in runs[:room]))

    async def _log(
        self,
        namespace: str,
        pod: str,
        container: str,
        size: tuple[int, int] = (LOG_LINES, LOG_BYTES),
        previous: bool = True,
    ) -> None:
        """Read the last lines of a container's log; `size` is lines and bytes that are fetched."""
        params = {
            "container": container,
            "previous": str(previous).lower(),
            "tailLines": str(size[0]),
            "limitBytes": str(size[1]),
        }
        try:
            text = await self.reading.cluster.read(f"{PODS.path(namespace, pod)}/log", params, seconds=LOG_SECONDS)
        except (ApiError, NoConnectionError) as error:
            if not isinstance(error, ApiError) or error.status not in _NO_LOG:
                self.reading.leave("logs", LOGS, namespace, error)
            return
        if text.startswith(_LOG_IS_GONE):
            return
        lines = last_lines(text.decode(errors="replace"), LOG_LINES)
        self.reading.logs.append(LogTail(namespace, pod, container, previous=previous, lines=lines))

    # --- the caller

    async def _source(self) -> None:
        """The calling pod; or the calling workload with its pods, whose labels and nodes are what counts."""
        source = self.question.source
        if source and source.pod:
            await self._source_pod(source)
        elif source and source.workload:
            await self._source_workload(source)

    async def _source_pod(self, source: Source) -> None:
        """A name that no pod has may be a workload's: people name Deployments."""
        self._owed = 1
        pod = await self.reading.get("source", PODS, source.namespace, source.pod)
        if pod or self._source_is_open():
            if pod:
                self._owed = 0
                await read_node_agents(self.reading, pod)
            return
        kinds = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)
        await together(*(self.reading.get("source", each, source.namespace, source.pod) for each in kinds))
        self.question = resolve_source(self.question, self._so_far())
        if self.question.source and self.question.source.workload:
            await self._source_workload(self.question.source)
        elif not self._source_is_open():
            raise await self._no_such_source(source)

    async def _source_workload(self, source: Source) -> None:
        ref = workload_ref(source)
        if ref is None or ref.kind not in WORKLOADS:
            why = "I read pods, Deployments, StatefulSets, DaemonSets and ReplicaSets"
            self.reading.gaps.append(Gap("source", source.namespace, str(source), why))
            return
        known = self._so_far().workload(ref)
        self._owed = 2  # a request is counted as soon as it is begun
        workload = known or await self.reading.get("source", WORKLOADS[ref.kind], ref.namespace, ref.name)
        if workload is None and not self._source_is_open():
            raise await self._no_such_source(source)
        self._owed = 1
        if workload and workload.pod_selector:
            labels = str(workload.pod_selector)
            pods = await self.reading.list("source", PODS, ref.namespace, labels=labels, most=1, cut_need=SIMILAR_PODS)
            for pod in sorted((each for each in pods if not each.is_terminal), key=lambda each: each.name)[:1]:
                self._owed = 0
                await read_node_agents(self.reading, pod)

    def _source_is_open(self) -> bool:
        """The caller may exist: something of it could not be read."""
        return any(each.need == "source" for each in self.reading.gaps)

    async def _no_such_source(self, source: Source) -> UnknownNameError:
        take, namespace = self.reading.list, source.namespace
        lists = await together(
            take(SIMILAR_PODS, PODS, namespace, most=1), take(SIMILAR_PODS, DEPLOYMENTS, namespace, most=1)
        )
        return no_caller(source, {each.name for found in lists for each in found})
