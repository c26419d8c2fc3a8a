"""What policies say of the pod that measures: what they keep it from says nothing of the caller's way."""

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.endpoints import Endpoint
from bot.model.memo import derived
from bot.model.policy.decisions import Answer, Connection
from bot.model.policy.index import PolicyIndex, policy_index
from bot.model.policy.opaque import MESH, POLICIES, reaching
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose, TcpConnect, Vantage
from bot.model.views.backends import Backends

# What only a DNS server says: a refused connection may come from who enforces policies.
_HEARD = (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA, Outcome.SERVFAIL, Outcome.DNS_REFUSED)


class VantagePolicies(Struct, frozen=True, dict=True):
    """Policies between the vantage and the backends, which it calls without the Service."""

    vantage: Vantage
    backends: Backends
    observations: tuple[Observation, ...]

    @property
    def _policies(self) -> PolicyIndex:
        return policy_index(self.backends.snapshot)

    @derived
    def party(self) -> Party | None:
        """The pod that measures, as policies see it; None outside of the cluster."""
        if not self.vantage.is_in_cluster:
            return None
        known = self.backends.snapshot.pod(self.vantage.namespace, self.vantage.pod)
        if known:
            return self._policies.pod(known)
        party = self._policies.anyone(self.vantage.namespace, self.vantage.labels, self.vantage.pod)
        return replace(party, node=self.vantage.node)

    def connection(self, endpoint: Endpoint, protocol: str = "TCP") -> Connection | None:
        """What policies say of the pod that measures and an endpoint; None outside of the cluster."""
        if self.party is None:
            return None
        return self._policies.decide(self.party, self.backends.party(endpoint), endpoint.port, protocol)

    def may_block(self, endpoint: Endpoint, protocol: str = "TCP") -> bool:
        """Policies deny the measuring pod this endpoint, or may do so: its silence then proves nothing.

        What was not read, or cannot be evaluated, may always do so.
        Who measures from outside has no address that policies are sure to see (SNAT, a node): any isolation may stop it.
        """
        if self.is_undecided(endpoint, protocol):
            return True
        connection = self.connection(endpoint, protocol)
        if connection is None:
            return bool(self._policies.isolating(Direction.INGRESS, self.backends.party(endpoint)))
        return connection.decision != "allow" and not self.are_unenforced

    def may_block_address(self, address: str, port: int) -> bool:
        """Policies may keep the measuring pod from another address than an endpoint's: a node's, a load balancer's.

        Behind it the pods may see it as a node, so that any policy that isolates one of them may stop it, too.
        """
        targets = (self.backends.party(each) for each in self.backends.all_usable)
        if any(self._policies.isolating(Direction.INGRESS, each) for each in targets):
            return True
        return self.party is not None and (
            self._policies.decide(self.party, self._policies.address(address), port).egress.decision != "allow"
        )

    def is_undecided(self, endpoint: Endpoint, protocol: str = "TCP") -> bool:
        """Return whether an object that was not read, or cannot be evaluated yet, may stop a probe of this endpoint."""
        target = self.backends.party(endpoint)
        ends = (self.party, target) if self.party else (target,)
        found = [reaching(self.backends.snapshot, each, ends) for each in (POLICIES, MESH)]
        if any(each.refs or each.unread for each in found):
            return True
        connection = self.connection(endpoint, protocol)
        return connection.decision == "unknown" if connection else bool(self._policies.open_for(target))

    @derived
    def undecided_endpoints(self) -> frozenset[tuple[str, int]]:
        """Addresses and ports of the endpoints asked about of which nobody knows whether a probe may reach them."""
        found = ((each, port.protocol) for port in self.backends.ports for each in self.backends.endpoints(port))
        return frozenset((each.address, each.port) for each, protocol in found if self.is_undecided(each, protocol))

    @derived
    def in_mesh(self) -> bool:
        """Whether a mesh may refuse plain text at some endpoint asked about."""
        parties = [self.backends.party(each) for port in self.backends.ports for each in self.backends.endpoints(port)]
        mesh = reaching(self.backends.snapshot, MESH, parties)
        return bool(mesh.refs or mesh.unread)

    @derived
    def are_unenforced(self) -> bool:
        """A connection came about that policies deny: the network does not enforce them (NPL-011)."""
        connected = {
            each.place
            for each in self.observations
            if isinstance(each.probe, TcpConnect) and each.outcome is Outcome.ANSWERED
        }
        reached = (each for each in self.backends.all_usable if (each.address, each.port) in connected)
        decisions = (self.connection(each) for each in reached)
        return any(each is not None and each.decision == "deny" for each in decisions) or self._heard_denied_dns

    @property
    def _heard_denied_dns(self) -> bool:
        """A DNS pod answered the measuring pod, whatever it said, though policies deny it that lookup."""
        worker, policies = self.party, self._policies
        heard = {
            (each.query.server, each.query.port, each.query.transport.upper())
            for each in self.observations
            if isinstance(each.probe, DnsQuery) and each.probe.purpose is Purpose.REPLICA and each.outcome in _HEARD
        }
        return worker is not None and any(
            policies.decide(worker, policies.address(server), port, protocol).decision == "deny"
            for server, port, protocol in heard
        )

    @derived
    def blocked_endpoints(self) -> frozenset[tuple[str, int]]:
        """Addresses and ports of the endpoints asked about that policies may keep the measuring pod from."""
        found = {each for port in self.backends.ports for each in self.backends.endpoints(port)}
        return frozenset((each.address, each.port) for each in found if self.may_block(each))

    def _dns(self, protocol: str) -> dict[str, Answer]:
        """What policies say of the pod that measures and each DNS pod, by address; as of endpoints for who is outside."""
        worker, policies = self.party, self._policies
        servers = {each.address: (policies.address(each.address), each.port) for each in self._dns_servers}
        if worker is None:
            may_stop = {
                address: bool(policies.isolating(Direction.INGRESS, pod)) for address, (pod, _) in servers.items()
            }
            return {address: "deny" if stops else "allow" for address, stops in may_stop.items()}
        return {
            address: policies.decide(worker, pod, port, protocol).decision for address, (pod, port) in servers.items()
        }

    @property
    def _dns_servers(self) -> tuple[Endpoint, ...]:
        return cluster_dns(self.backends.snapshot).usable

    @derived
    def _dns_udp(self) -> dict[str, Answer]:
        return self._dns("UDP")

    @derived
    def blocked_dns(self) -> frozenset[str]:
        """Addresses of the DNS pods that policies may keep the measuring pod from, over UDP."""
        return frozenset(address for address, decision in self._dns_udp.items() if decision != "allow")

    @derived
    def blocked_dns_tcp(self) -> frozenset[str]:
        """The same over TCP, or over UDP: a cut answer is asked for over both."""
        denied = (address for address, decision in self._dns("TCP").items() if decision != "allow")
        return self.blocked_dns | frozenset(denied)

    @derived
    def undecided_dns(self) -> frozenset[str]:
        """Addresses of the DNS pods of which nobody knows whether policies let the measuring pod to them."""
        return frozenset(address for address, decision in self._dns_udp.items() if decision == "unknown")
