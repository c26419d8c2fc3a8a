"""What was measured, and how much of it counts: a failure that policies against the vantage explain proves nothing."""

from msgspec import Struct

from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.endpoints import Endpoint
from bot.model.memo import derived
from bot.model.probe import (
    Call,
    DnsQuery,
    HttpGet,
    Observation,
    Outcome,
    Probe,
    Purpose,
    TcpConnect,
    TlsHandshake,
    Vantage,
)
from bot.model.views.backends import Backends
from bot.model.views.vantage_policies import VantagePolicies

# How a measurement ends that a policy against its vantage may have stopped.
_SILENCED = (Outcome.TIMEOUT, Outcome.REFUSED, Outcome.UNREACHABLE)
# How a mesh that takes no plain text ends it: the sidecar accepts the connection, and closes it at the first byte.
_RESETS = (Outcome.RESET, Outcome.ERROR)
_CALLS = frozenset(Purpose) - {Purpose.OTHER}


# What only who was asked says: something stood at the end of the way.
HEARD = (
    *(Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA, Outcome.SERVFAIL, Outcome.DNS_REFUSED),
    *(Outcome.SERVER_ERROR, Outcome.NOT_HTTP),
)


class Measurements(Struct, frozen=True, dict=True):
    """The observations of a case, made from `vantage`."""

    observations: tuple[Observation, ...]
    vantage: Vantage
    backends: Backends
    elsewhere: tuple[Observation, ...] = ()  # what the worker saw, where the caller itself measured

    @derived
    def policies(self) -> VantagePolicies:
        return VantagePolicies(self.vantage, self.backends, self.observations)

    @property
    def policies_unenforced(self) -> bool:
        """A connection came about that policies deny: the network does not enforce them (NPL-011)."""
        return bool(self.observations) and self.policies.are_unenforced

    # --- what counts

    @derived
    def _credible(self) -> tuple[Observation, ...]:
        """Observations of this cluster, and not of a network that only looks like it.

        Outside the cluster silence may only mean that the pod network is not reachable from here, and a refusal may
        come from a stranger with the same private address: they count only if something of the cluster did answer.
        """
        if self.vantage.is_in_cluster or any(each.outcome is Outcome.ANSWERED for each in self.observations):
            return tuple(each for each in self.observations if each.outcome is not Outcome.NOT_RUN)
        return ()

    @derived
    def counted(self) -> tuple[Observation, ...]:
        """Observations that prove something about the cluster, and not only about who measured: policies, no certificate."""
        return tuple(each for each in self._credible if not self._is_muted(each) and not self._lacks_certificate(each))

    @derived
    def muted(self) -> tuple[Observation, ...]:
        """Failures that policies against who measured explain, or may explain, or that only the caller's own way can."""
        return tuple(each for each in self._credible if self._is_muted(each))

    @derived
    def doubtful(self) -> tuple[Observation, ...]:
        """Failures of which nobody knows whether a policy or a mesh stopped them: see `bot.model.call.doubt`."""
        return tuple(each for each in self.muted if self._is_undecided(each.probe))

    def _is_undecided(self, probe: Probe) -> bool:
        if isinstance(probe, DnsQuery):
            servers = self.policies.undecided_dns
            return probe.server in servers if probe.purpose is Purpose.REPLICA else bool(servers)
        places = self.policies.undecided_endpoints
        through = probe.purpose in (Purpose.SERVICE, Purpose.ENTRY)
        return bool(places) if through else (probe.address, probe.port) in places

    @derived
    def mutual(self) -> frozenset[tuple[str, int]]:
        """Addresses and ports whose server wants a certificate of its clients, which who measured has not."""
        calls = (each for each in self.observations if isinstance(each.probe, Call | TlsHandshake))
        return frozenset(each.place for each in calls if each.wants_client_certificate)

    def _lacks_certificate(self, seen: Observation) -> bool:
        """Return whether a request failed as those without a certificate do: that is no fault, and says nothing of others."""
        if not isinstance(seen.probe, Call) or seen.place not in self.mutual:
            return False
        return seen.wants_client_certificate or (seen.probe.scheme == "https" and seen.outcome in _RESETS)

    @property
    def vantage_is_blocked(self) -> bool:
        """Some probe failed as policies against the measuring pod would have it."""
        return bool(self.muted)

    @property
    def network_unreachable(self) -> bool:
        """Probes were made and none of them counts."""
        return bool(self.observations) and not self._credible

    def _is_muted(self, seen: Observation) -> bool:
        """Return whether policies against the measuring pod explain a failure, which then says nothing of the caller's way.

        Most enforcers drop, some reject (failure-modes B.23), so a refusal is no better than silence here.
        """
        probe = seen.probe
        if self._is_of_the_way(seen):
            return True
        if seen.outcome not in _SILENCED and not (seen.outcome in _RESETS and self.policies.in_mesh):
            return False
        if isinstance(probe, DnsQuery):
            over_tcp = probe.transport == "tcp" or bool(seen.detail.get("truncated"))
            blocked = self.policies.blocked_dns_tcp if over_tcp else self.policies.blocked_dns
            if probe.purpose is not Purpose.REPLICA:
                return bool(blocked) and len(blocked) == len(cluster_dns(self.backends.snapshot).usable)
            return probe.server in blocked
        if probe.purpose is Purpose.ENTRY:
            return self.policies.may_block_address(probe.address, probe.port)
        endpoints = self.policies.blocked_endpoints
        if probe.purpose is Purpose.SERVICE:
            return bool(endpoints) and len(endpoints) == len(self.backends.all_usable)
        return (probe.address, probe.port) in endpoints

    def _is_of_the_way(self, seen: Observation) -> bool:
        """Return whether the worker had an answer where the caller had none: the way is at fault, not what was asked."""
        return seen.outcome in _SILENCED and _what(seen.probe) in self._answered_elsewhere

    @derived
    def _answered_elsewhere(self) -> frozenset[object]:
        return frozenset(_what(each.probe) for each in self.elsewhere if each.outcome in HEARD)

    @derived
    def of_the_way(self) -> tuple[Observation, ...]:
        """Failures of the caller where the worker, at the same time, had an answer."""
        return tuple(each for each in self._credible if self._is_of_the_way(each))

    # --- by probe

    def tcp(self, purpose: Purpose = Purpose.ENDPOINT) -> tuple[Observation, ...]:
        return tuple(
            each for each in self.counted if isinstance(each.probe, TcpConnect) and each.probe.purpose is purpose
        )

    def http(self, purpose: Purpose | None = None) -> tuple[Observation, ...]:
        """What requests gave, of whatever version of HTTP, gRPC among them; without those in another protocol than expected."""
        return tuple(
            each
            for each in self.counted
            if isinstance(each.probe, Call) and each.probe.purpose in ((purpose,) if purpose else _CALLS)
        )

    def tls(self) -> tuple[Observation, ...]:
        """What handshakes as a caller's gave."""
        found = (each for each in self.counted if isinstance(each.probe, TlsHandshake))
        return tuple(each for each in found if each.probe.purpose is not Purpose.OTHER)

    def queries(self, purpose: Purpose = Purpose.SERVICE) -> tuple[Observation, ...]:
        return tuple(
            each for each in self.counted if isinstance(each.probe, DnsQuery) and each.probe.purpose is purpose
        )

    def in_another_protocol(self, place: tuple[str, int]) -> Observation | None:
        """Return what an address and port, which did not understand what it was asked, understood instead."""
        for each in self.counted:
            if (
                isinstance(each.probe, HttpGet | TlsHandshake)
                and each.probe.purpose is Purpose.OTHER
                and each.place == place
                and each.outcome in (Outcome.ANSWERED, Outcome.SERVER_ERROR)
                and each.detail.get("tls") != "expected"
            ):
                return each
        return None

    def tcp_to(self, endpoint: Endpoint) -> Observation | None:
        """What connecting to one endpoint gave."""
        for each in self.tcp():
            if each.place == (endpoint.address, endpoint.port):
                return each
        return None


def _what(probe: Probe) -> object:
    """Return what a probe asks, whoever asks it and what for."""
    if isinstance(probe, DnsQuery):
        return "dns", probe.server, probe.port, probe.transport
    return type(probe), probe.address, probe.port
