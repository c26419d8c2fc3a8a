"""The case: question, snapshot and observations, and what follows from them. All that a check may look at."""

from datetime import datetime, timedelta
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from bot.model.caller import calling_namespace, calling_party, calling_pod, calling_workload
from bot.model.dns.cluster_dns import ClusterDns
from bot.model.kube.endpoints import Endpoint, endpoints_of, local_to, usable
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kube.workloads import Workload
from bot.model.policy.decisions import Connection
from bot.model.policy.index import PolicyIndex
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.probe import DnsQuery, HttpGet, Observation, Outcome, TcpConnect, Vantage
from bot.model.question.question import Question
from bot.model.refs import Ref, service_fqdn
from bot.model.service_ends import end_party, pod_behind
from bot.model.snapshot import Snapshot

# Kubernetes Events and restarts older than this are history, not evidence (failure-modes A.6).
RECENT = timedelta(hours=1)

# How a measurement ends that a policy against its vantage may have stopped.
_SILENCED = (Outcome.TIMEOUT, Outcome.REFUSED, Outcome.UNREACHABLE)


class Case(Struct, frozen=True, dict=True):
    question: Question
    snapshot: Snapshot
    observations: tuple[Observation, ...] = ()
    vantage: Vantage = Vantage()

    # --- the Service

    @property
    def service_ref(self) -> Ref:
        return Ref("Service", self.question.service, self.question.namespace)

    @cached_property
    def service(self) -> Service | None:
        return self.snapshot.service(self.question.namespace, self.question.service)

    @cached_property
    def ports(self) -> tuple[ServicePort, ...]:
        """The Service's ports that the question is about: the one asked for, else all of that protocol (else all)."""
        if self.service is None:
            return ()
        if self.question.port is not None:
            port = self.service.port(self.question.port, self.question.protocol)
            return (port,) if port else ()
        fitting = tuple(each for each in self.service.ports if each.protocol == self.question.protocol)
        return fitting or self.service.ports

    def endpoints(self, port: ServicePort) -> tuple[Endpoint, ...]:
        """Every endpoint of a port, ready or not."""
        key = (port.name, port.protocol)
        known = self._endpoints.get(key)
        if known is None:
            found = endpoints_of(self.snapshot.slices_of(self.service), port) if self.service else ()
            known = self._endpoints[key] = found
        return known

    @cached_property
    def _endpoints(self) -> dict[tuple[str, str], tuple[Endpoint, ...]]:
        """What `endpoints` gave by the port's name and protocol, which tell it in slices: a dozen checks ask for it."""
        return {}

    def usable(self, port: ServicePort) -> tuple[Endpoint, ...]:
        """Endpoints that take the caller's traffic: with a Local policy only those on the caller's node, if it is known."""
        if self.service and self.service.local_only and self.source_node:
            return local_to(self.endpoints(port), self.source_node)
        return self.usable_anywhere(port)

    def usable_anywhere(self, port: ServicePort) -> tuple[Endpoint, ...]:
        """Endpoints that take traffic from somewhere: as `usable`, without regard to the caller's node."""
        key = (port.name, port.protocol)
        known = self._usable.get(key)
        if known is None:
            known = self._usable[key] = usable(self.endpoints(port))
        return known

    @cached_property
    def _usable(self) -> dict[tuple[str, str], tuple[Endpoint, ...]]:
        """What `usable_anywhere` gave, as `_endpoints`."""
        return {}

    @cached_property
    def all_usable(self) -> tuple[Endpoint, ...]:
        """`usable` over the ports asked about, each address and port once."""
        return tuple(sorted({each for port in self.ports for each in self.usable(port)}))

    @cached_property
    def selected(self) -> tuple[Pod, ...]:
        """Pods that the Service selects, finished ones included."""
        return self.snapshot.pods_selected(self.service.namespace, self.service.selector) if self.service else ()

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """Pods that the Service selects and that may be endpoints."""
        return tuple(each for each in self.selected if not each.is_terminal)

    @cached_property
    def unready_pods(self) -> tuple[Pod, ...]:
        return tuple(each for each in self.pods if not each.is_ready and not each.is_terminating)

    def pod_of(self, endpoint: Endpoint) -> Pod | None:
        """The pod behind an endpoint: by its targetRef, else by its IP."""
        return pod_behind(self.snapshot, self.service, endpoint)

    @cached_property
    def has_no_endpoint(self) -> bool:
        """Some port asked about has nothing that takes traffic."""
        return bool(self.ports) and any(not self.usable_anywhere(port) for port in self.ports)

    # --- the source

    @cached_property
    def source_pod(self) -> Pod | None:
        return calling_pod(self.question.source, self.snapshot)

    @cached_property
    def source_workload(self) -> Workload | None:
        return calling_workload(self.question.source, self.snapshot)

    @property
    def source_is_known(self) -> bool:
        """The asker said who calls. Otherwise what depends on the caller is a hint, not a verdict."""
        return self.question.source is not None

    @property
    def source_namespace(self) -> str:
        """The caller's namespace; without a caller, the Service's own."""
        return calling_namespace(self.question)

    @property
    def source_labels(self) -> dict[str, str]:
        """Labels of the caller: its pod's, else its workload's template's, else none."""
        if self.source_pod:
            return self.source_pod.labels
        return self.source_workload.template_labels if self.source_workload else {}

    @property
    def source_node(self) -> str:
        return self.source_pod.spec.node_name if self.source_pod else ""

    # --- policies

    @property
    def policies(self) -> PolicyIndex:
        return self.snapshot.policy_index

    @cached_property
    def caller(self) -> Party | None:
        """Who calls, as policies see it; None where nobody said, or what was said is not in the snapshot."""
        return calling_party(self.question.source, self.snapshot)

    @cached_property
    def vantage_party(self) -> Party | None:
        """The pod that measures, as policies see it; None outside of the cluster."""
        if not self.vantage.is_in_cluster:
            return None
        known = self.snapshot.pod(self.vantage.namespace, self.vantage.pod)
        if known:
            return self.policies.pod(known)
        party = self.policies.anyone(self.vantage.namespace, self.vantage.labels, self.vantage.pod)
        return replace(party, node=self.vantage.node)

    def target_party(self, endpoint: Endpoint, port: ServicePort | None = None) -> Party:
        """An endpoint as policies see it: its pod, reached by this address; else the address itself.

        With `port` it is reached through the Service's ClusterIP, which a policy's ipBlock may have in place of the pod.
        """
        return end_party(self.snapshot, self.service, endpoint, port)

    def connection(self, endpoint: Endpoint, port: ServicePort | None = None) -> Connection:
        """What policies say of the caller and an endpoint; without a known caller, of a pod without labels."""
        caller = self.caller or self.policies.anyone(self.source_namespace)
        protocol = port.protocol if port else self.question.protocol
        return self.policies.decide(caller, self.target_party(endpoint, port), endpoint.port, protocol)

    def vantage_connection(self, endpoint: Endpoint, protocol: str = "TCP") -> Connection | None:
        """What policies say of the pod that measures and an endpoint, which it calls without the Service."""
        if self.vantage_party is None:
            return None
        return self.policies.decide(self.vantage_party, self.target_party(endpoint), endpoint.port, protocol)

    def blocked_for_vantage(self, endpoint: Endpoint, protocol: str = "TCP") -> bool:
        """Policies deny the measuring pod this endpoint, or may do so: its silence then proves nothing.

        Who measures from outside has no address that policies are sure to see (SNAT, a node): any isolation may stop it.
        """
        connection = self.vantage_connection(endpoint, protocol)
        if connection is None:
            return bool(self.policies.isolating(Direction.INGRESS, self.target_party(endpoint)))
        return connection.decision != "allow" and not self.policies_unenforced

    @cached_property
    def policies_unenforced(self) -> bool:
        """A connection came about that policies deny: the network does not enforce them (NPL-011)."""
        connected = {
            (each.probe.address, each.probe.port)
            for each in self.observations
            if isinstance(each.probe, TcpConnect) and each.outcome is Outcome.ANSWERED
        }
        reached = (each for each in self.all_usable if (each.address, each.port) in connected)
        decisions = (self.vantage_connection(each) for each in reached)
        return any(each is not None and each.decision == "deny" for each in decisions)

    # --- DNS

    @property
    def dns(self) -> ClusterDns:
        return self.snapshot.dns

    @property
    def fqdn(self) -> str:
        return service_fqdn(self.question.service, self.question.namespace, self.snapshot.zone)

    # --- what was measured

    @cached_property
    def _credible(self) -> tuple[Observation, ...]:
        """Observations of this cluster, and not of a network that only looks like it.

        Outside the cluster silence may only mean that the pod network is not reachable from here, and a refusal may
        come from a stranger with the same private address: they count only if something of the cluster did answer.
        """
        if self.vantage.is_in_cluster or any(each.outcome is Outcome.ANSWERED for each in self.observations):
            return tuple(each for each in self.observations if each.outcome is not Outcome.NOT_RUN)
        return ()

    @cached_property
    def counted(self) -> tuple[Observation, ...]:
        """Observations that prove something about the cluster, and not only about the policies against who measured."""
        return tuple(each for each in self._credible if not self._muted(each))

    @property
    def vantage_is_blocked(self) -> bool:
        """Some probe failed as policies against the measuring pod would have it."""
        return len(self.counted) < len(self._credible)

    def _muted(self, seen: Observation) -> bool:
        """Tell a failure that policies against the measuring pod explain: it says nothing of the caller's way.

        Most enforcers drop, some reject (failure-modes B.23), so a refusal is no better than silence here.
        """
        probe = seen.probe
        if seen.outcome not in _SILENCED:
            return False
        if isinstance(probe, DnsQuery):
            if self.vantage_party is None:
                return False
            if probe.purpose != "replica":
                return bool(self._blocked_dns) and len(self._blocked_dns) == len(self.dns.usable)
            return probe.server in self._blocked_dns
        if probe.purpose == "service":
            return bool(self._blocked) and len(self._blocked) == len(self.all_usable)
        return (probe.address, probe.port) in self._blocked

    @cached_property
    def _blocked(self) -> frozenset[tuple[str, int]]:
        """Endpoints of the asked ports that policies keep the measuring pod from."""
        found = {each for port in self.ports for each in self.endpoints(port)}
        return frozenset((each.address, each.port) for each in found if self.blocked_for_vantage(each))

    @cached_property
    def _blocked_dns(self) -> frozenset[str]:
        """DNS pods that policies keep the measuring pod from."""
        worker = self.vantage_party
        return frozenset(
            each.address
            for each in self.dns.usable
            if worker
            and self.policies.decide(worker, self.policies.address(each.address), each.port, "UDP").decision != "allow"
        )

    @property
    def network_unreachable(self) -> bool:
        """Probes were made and none of them counts."""
        return bool(self.observations) and not self._credible

    def tcp(self, purpose: str = "endpoint") -> tuple[Observation, ...]:
        return tuple(
            each for each in self.counted if isinstance(each.probe, TcpConnect) and each.probe.purpose == purpose
        )

    def http(self, purpose: str = "") -> tuple[Observation, ...]:
        return tuple(
            each
            for each in self.counted
            if isinstance(each.probe, HttpGet) and (not purpose or each.probe.purpose == purpose)
        )

    def queries(self, purpose: str = "service") -> tuple[Observation, ...]:
        return tuple(
            each for each in self.counted if isinstance(each.probe, DnsQuery) and each.probe.purpose == purpose
        )

    def tcp_to(self, endpoint: Endpoint) -> Observation | None:
        """What connecting to one endpoint gave."""
        for each in self.tcp():
            if (each.probe.address, each.probe.port) == (endpoint.address, endpoint.port):  # type: ignore[union-attr]
                return each
        return None

    # --- time

    def is_recent(self, moment: datetime | None) -> bool:
        return moment is not None and self.snapshot.taken_at - moment <= RECENT

    def age(self, moment: datetime) -> timedelta:
        return self.snapshot.taken_at - moment
