"""What policies say of the pod that measures: what they keep it from says nothing of the caller's way."""

from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.endpoints import Endpoint
from bot.model.policy.decisions import Connection
from bot.model.policy.index import PolicyIndex, policy_index
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.probe import Observation, Outcome, TcpConnect, Vantage
from bot.model.views.backends import Backends


class VantagePolicies(Struct, frozen=True, dict=True):
    """Policies between the vantage and the backends, which it calls without the Service."""

    vantage: Vantage
    backends: Backends
    observations: tuple[Observation, ...]

    @property
    def _policies(self) -> PolicyIndex:
        return policy_index(self.backends.snapshot)

    @cached_property
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

        Who measures from outside has no address that policies are sure to see (SNAT, a node): any isolation may stop it.
        """
        connection = self.connection(endpoint, protocol)
        if connection is None:
            return bool(self._policies.isolating(Direction.INGRESS, self.backends.party(endpoint)))
        return connection.decision != "allow" and not self.are_unenforced

    @cached_property
    def are_unenforced(self) -> bool:
        """A connection came about that policies deny: the network does not enforce them (NPL-011)."""
        connected = {
            each.place
            for each in self.observations
            if isinstance(each.probe, TcpConnect) and each.outcome is Outcome.ANSWERED
        }
        reached = (each for each in self.backends.all_usable if (each.address, each.port) in connected)
        decisions = (self.connection(each) for each in reached)
        return any(each is not None and each.decision == "deny" for each in decisions)

    @cached_property
    def blocked_endpoints(self) -> frozenset[tuple[str, int]]:
        """Addresses and ports of the endpoints asked about that policies may keep the measuring pod from."""
        found = {each for port in self.backends.ports for each in self.backends.endpoints(port)}
        return frozenset((each.address, each.port) for each in found if self.may_block(each))

    @cached_property
    def blocked_dns(self) -> frozenset[str]:
        """Addresses of the DNS pods that policies may keep the measuring pod from."""
        worker, policies = self.party, self._policies
        return frozenset(
            each.address
            for each in cluster_dns(self.backends.snapshot).usable
            if worker and policies.decide(worker, policies.address(each.address), each.port, "UDP").decision != "allow"
        )
