"""The case: question, snapshot and observations, and the views that are made from them. All that a check may look at."""

from msgspec import Struct

from bot.model.dns.cluster_dns import ClusterDns, cluster_dns
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import Service, ServicePort
from bot.model.memo import derived
from bot.model.policy.decisions import Connection
from bot.model.policy.index import PolicyIndex, policy_index
from bot.model.probe import DnsQuery, Measurement, Observation, Vantage
from bot.model.question.entry import Entry, EntryKind
from bot.model.question.question import Question
from bot.model.refs import Ref, family_of, service_fqdn
from bot.model.snapshot import Snapshot
from bot.model.views.backends import Backends
from bot.model.views.caller import Caller, caller_of
from bot.model.views.measurements import Measurements


class Case(Struct, frozen=True, dict=True):
    question: Question
    snapshot: Snapshot
    observations: tuple[Observation, ...] = ()
    vantage: Vantage = Vantage()
    followed: tuple[Ref, ...] = ()  # the Services whose pods wait, one for the other, for this one
    elsewhere: Measurement = Measurement()  # what the worker saw, where the caller itself has measured
    own_conf: ResolvConf | None = None  # the caller's own, where it was read in its pod
    route: Ref | None = None  # the Ingress or route that sends the call on; None: the Service is called by its own name
    in_table: bool = False  # one of many Services, in a table or digest, where what is merely possible is context
    called: Question | None = None  # what was asked, where that name is an alias or a public host, and led here

    @property
    def sent(self) -> Question:
        """The question whose name programs send as Host and SNI: that of the alias or public host that led here, if any."""
        return self.called or self.question

    @property
    def service_ref(self) -> Ref:
        return Ref("Service", self.question.service, self.question.namespace)

    @derived
    def service(self) -> Service | None:
        return self.snapshot.service(self.question.namespace, self.question.service)

    @derived
    def ports(self) -> tuple[ServicePort, ...]:
        """The Service's ports that the question is about: the one asked for, else all of that protocol (else all)."""
        if self.service is None:
            return ()
        if self.question.port is not None:
            find = self.service.port if self.question.protocol_said else self.service.offered
            port = find(self.question.port, self.question.protocol)
            return (port,) if port else ()
        fitting = tuple(each for each in self.service.ports if each.protocol == self.question.protocol)
        return fitting or self.service.ports

    @property
    def fqdn(self) -> str:
        return service_fqdn(self.question.service, self.question.namespace, self.snapshot.zone)

    @derived
    def caller(self) -> Caller:
        return caller_of(self.question, self.snapshot, self.own_conf)

    @property
    def proxy_node(self) -> str:
        """The node whose service proxy translates the call: the one whose port is called, else the caller's, if known."""
        entry = self.question.entry
        return entry.node if entry and entry.node else self.caller.node

    @derived
    def backends(self) -> Backends:
        entry, address = self.question.entry, self.question.address
        if entry is not None:
            called = f"IPv{family_of(entry.address)}"
            local = self.service is not None and self.service.keeps_external_local and self._enters_elsewhere(entry)
            return Backends(self.snapshot, self.service, self.ports, self.proxy_node, called, local)
        is_own = address and self.service and address in self.service.cluster_ips
        called = f"IPv{family_of(address)}" if is_own else ""
        return Backends(self.snapshot, self.service, self.ports, self.caller.node, called, host=self.host)

    @property
    def host(self) -> str:
        """The label before the Service's in the name that was asked, as POD.SERVICE has one; empty where there is none."""
        if "." not in self.question.name:
            return ""
        host, *labels = self.question.name.lower().rstrip(".").split(".")
        service, namespace = self.question.service, self.question.namespace
        is_whole = labels[:2] == [service, namespace] or (labels == [service] and host != service)
        return host if service and is_whole else ""

    def _enters_elsewhere(self, entry: Entry) -> bool:
        """It enters at a node that is not the caller's own, where kube-proxy would send a pod's traffic everywhere."""
        return entry.kind is EntryKind.NODE_PORT and entry.node != self.caller.node

    @derived
    def measured(self) -> Measurements:
        """What was seen of this call. Of a name alone lookups are: what lies behind it is judged as a case of its own."""
        seen = self.observations
        if self.service is None or self.service.is_external_name:
            seen = tuple(each for each in seen if isinstance(each.probe, DnsQuery))
        return Measurements(seen, self.vantage, self.backends, self.elsewhere.observations)

    @derived
    def measured_elsewhere(self) -> Measurements:
        """What the worker saw beside the caller, which settles what the caller's own place has to do with it."""
        return Measurements(self.elsewhere.observations, self.elsewhere.vantage, self.backends)

    @derived
    def dns(self) -> ClusterDns:
        return cluster_dns(self.snapshot)

    @derived
    def policies(self) -> PolicyIndex:
        return policy_index(self.snapshot)

    def connection(self, endpoint: Endpoint, port: ServicePort | None = None) -> Connection:
        """What policies say of the caller and an endpoint; without a known caller, of a pod without labels."""
        known = self._connections.get((endpoint, port))
        if known is None:
            caller = self.caller.party or self.policies.anyone(self.caller.namespace)
            protocol = port.protocol if port else self.question.protocol
            party = self.backends.party(endpoint, port)
            known = self._connections[endpoint, port] = self.policies.decide(caller, party, endpoint.port, protocol)
        return known

    @derived
    def _connections(self) -> dict[tuple[Endpoint, ServicePort | None], Connection]:
        """What `connection` gave: each check of policies asks for all of them."""
        return {}
