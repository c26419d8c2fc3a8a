"""Probes, which are data before they are run, and what they saw."""

from enum import StrEnum
from typing import Any

from msgspec import Struct, convert, field

from bot.model.certificate import Certificate

_FIRST_ERROR = 400  # of HTTP


class Outcome(StrEnum):
    """How a measurement ended. Refused against timed out is the heart of a diagnosis."""

    ANSWERED = "answered"  # dns: NOERROR with addresses; tcp: connected; http: any status below 500
    NO_DATA = "nodata"  # dns: NOERROR without addresses
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    DNS_REFUSED = "dns-refused"  # rcode REFUSED, or another rcode: see detail
    REFUSED = "refused"  # ECONNREFUSED: something answered that nothing listens
    TIMEOUT = "timeout"  # nothing came back
    UNREACHABLE = "unreachable"  # EHOSTUNREACH, ENETUNREACH: a router or host firewall said no
    RESET = "reset"
    SERVER_ERROR = "server-error"  # http 5xx
    NOT_HTTP = "not-http"  # bytes came that are not HTTP, or not the version of it that was spoken
    NOT_TLS = "not-tls"  # bytes came that are not TLS
    ERROR = "error"  # anything else, in words in detail
    NOT_RUN = "not-run"  # the deadline of the run came first


class Purpose(StrEnum):
    """What a probe is for."""

    SERVICE = "service"  # dns: a name, through the DNS Service; tcp: the ClusterIP
    STEP = "step"  # dns: a name of the caller's search, or the other type of it, through the DNS Service
    OWN = "own"  # dns: a name, through the first nameserver of the caller's own resolv.conf
    TARGET = "target"  # dns: the target of an ExternalName, through the DNS Service
    REPLICA = "replica"  # dns: a name, asked of a DNS pod itself
    SIZE = "size"  # dns: a name of many addresses, at one size of UDP answers or over TCP, through the DNS Service
    UPSTREAM = "upstream"  # dns: the root's nameservers, which the cluster's DNS has to ask of others
    FRESH = "fresh"  # dns: a name below the one given that nobody asked before, so that no cache answers it
    CACHE = "cache"  # dns: the name, asked of the node-local cache of the node that caller and measuring pod share
    ENTRY = (
        "entry"  # tcp: the address that was asked for, where it is not the ClusterIP: a node port, a load balancer's
    )
    ENDPOINT = "endpoint"  # tcp: an endpoint itself; http: what its pod's readiness probe asks
    CANDIDATE = "candidate"  # tcp: another port the application may listen on
    MOVED = "moved"  # http: the path of the readiness probe, on the Service's port
    ASKED = "asked"  # http: the question's path
    ROOT = "root"  # http: `/`
    OTHER = "other"  # tls, http: what is spoken where the expected protocol was not understood


# What fits unfragmented through every usual link (DNS Flag Day 2020, https://www.dnsflagday.net/2020/).
EDNS_PAYLOAD = 1232


class DnsQuery(Struct, frozen=True, tag="dns", tag_field="probe", omit_defaults=True):
    """Ask one server for one name. `payload` is the longest UDP answer that is asked for by EDNS, in bytes; 0: without EDNS."""

    name: str
    server: str
    port: int = 53
    type: str = "A"
    transport: str = "udp"
    purpose: Purpose = Purpose.SERVICE
    pod: str = ""
    tries: int = 1
    payload: int = EDNS_PAYLOAD


class TcpConnect(Struct, frozen=True, tag="tcp", tag_field="probe", omit_defaults=True):
    """Connect to an address and port."""

    address: str
    port: int
    purpose: Purpose = Purpose.ENDPOINT
    pod: str = ""
    tries: int = 1


class HttpGet(Struct, frozen=True, tag="http", tag_field="probe", omit_defaults=True):
    """GET a path that the pod itself declares for readiness, or `/`. TLS certificates are not judged here.

    `version` is `1.1`, or `2`: HTTP/2 without asking first (h2c), within TLS by ALPN.
    """

    address: str
    port: int
    path: str = "/"
    host: str = ""
    scheme: str = "http"
    purpose: Purpose = Purpose.ENDPOINT
    pod: str = ""
    tries: int = 1
    version: str = "1.1"


class TlsHandshake(Struct, frozen=True, tag="tls", tag_field="probe", omit_defaults=True):
    """Shake hands as a caller of `name` (SNI) would, trusting whatever certificate comes, and hang up."""

    address: str
    port: int
    name: str = ""
    purpose: Purpose = Purpose.ENDPOINT
    pod: str = ""
    tries: int = 1


class GrpcHealth(Struct, frozen=True, tag="grpc", tag_field="probe", omit_defaults=True):
    """Ask grpc.health.v1.Health/Check, which reads only, for a service name; empty: the server as a whole."""

    address: str
    port: int
    service: str = ""
    host: str = ""
    scheme: str = "http"
    purpose: Purpose = Purpose.ENDPOINT
    pod: str = ""
    tries: int = 1

    @property
    def path(self) -> str:
        return f"/grpc.health.v1.Health/Check({self.service})"


Probe = DnsQuery | TcpConnect | HttpGet | TlsHandshake | GrpcHealth
Call = HttpGet | GrpcHealth  # a request that an application answers


def asked_address(probe: Probe) -> str:
    """Return the address that a probe is sent to: a lookup's is its nameserver's."""
    return probe.server if isinstance(probe, DnsQuery) else probe.address


class Observation(Struct, frozen=True):
    """What one probe saw. Of several tries `outcomes` keeps all, `outcome` the worst that a majority agrees on."""

    probe: Probe
    outcome: Outcome
    ms: float = 0.0
    outcomes: tuple[Outcome, ...] = ()
    answers: tuple[str, ...] = ()  # dns: addresses
    status: int = 0  # http
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> DnsQuery:
        """The lookup that this is the answer to. Raises AssertionError for another probe."""
        assert isinstance(self.probe, DnsQuery)
        return self.probe

    @property
    def get(self) -> Call:
        """The request that this is the answer to. Raises AssertionError for another probe."""
        assert isinstance(self.probe, Call)
        return self.probe

    @property
    def place(self) -> tuple[str, int]:
        """The address and port that were connected to. Raises AssertionError for a lookup."""
        assert not isinstance(self.probe, DnsQuery)
        return self.probe.address, self.probe.port

    @property
    def certificate(self) -> Certificate | None:
        """The certificate that was shown in a TLS handshake, where one was read."""
        found = self.detail.get("certificate")
        return convert(found, Certificate) if found else None

    @property
    def wants_client_certificate(self) -> bool:
        """The server demands a certificate of its clients (mutual TLS), or hung up as one that does: it may answer others."""
        return bool(self.detail.get("client_certificate"))

    @property
    def is_ready(self) -> bool:
        """Return whether the kubelet would call this a success: a status from 200 to 399, or SERVING."""
        is_well = self.detail.get("health", "SERVING") == "SERVING" and self.status < _FIRST_ERROR
        return self.outcome is Outcome.ANSWERED and is_well

    @property
    def failed_tries(self) -> int:
        return sum(each is not Outcome.ANSWERED for each in self.outcomes or (self.outcome,))


class VantageKind(StrEnum):
    """From where was measured."""

    WORKER = "worker"
    CALLER = "caller"
    NONE = "none"


class Vantage(Struct, frozen=True, omit_defaults=True):
    """Where probes are made. A worker's probe never speaks for another pod's policies: its own labels say which."""

    kind: VantageKind = VantageKind.NONE
    namespace: str = ""
    pod: str = ""
    node: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    searches: tuple[str, ...] = ()  # the search list in its own /etc/resolv.conf, as its kubelet wrote it

    @property
    def is_in_cluster(self) -> bool:
        """Set only for a pod: elsewhere a time-out may just mean that the pod network is not reachable from here."""
        return bool(self.pod)

    @property
    def is_caller(self) -> bool:
        """Whether the caller itself measured."""
        return self.kind is VantageKind.CALLER

    @property
    def place(self) -> str:
        """Return NAMESPACE/POD, or that it is this machine."""
        return f"{self.namespace}/{self.pod}" if self.pod else "on this machine"

    @property
    def who(self) -> str:
        """Who measured, in a word."""
        return "caller" if self.is_caller else "worker"


class Measurement(Struct, frozen=True):
    """What was seen, and from where."""

    observations: tuple[Observation, ...] = ()
    vantage: Vantage = Vantage()
