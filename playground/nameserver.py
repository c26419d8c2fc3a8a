"""A name server that answers from a Snapshot as CoreDNS does (failure-modes C.2; DNS specification 1.1.0).

Rule: same rcode, AA flag, records and SOA as CoreDNS with `pods insecure` and `ttl 30`, which
tests/probes/test_nameserver_against_coredns.py asks the same. There is no world outside: a name of another zone is
NXDOMAIN without AA, as an upstream would say it.
https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from collections.abc import Iterator
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset
from msgspec import Struct

from bot.model.kube.services import Service, SliceEndpoint, SlicePort
from bot.model.snapshot import Snapshot

TTL = 30
_SPECIFICATION = "1.1.0"


class Records(Struct, frozen=True):
    """What a name has of the asked type; `exists` without a record is NODATA. A record is (owner, type, data)."""

    exists: bool
    records: tuple[tuple[str, str, str], ...] = ()


NOTHING = Records(exists=False)
NO_DATA = Records(exists=True)


class Word(Struct, frozen=True):
    """A ready endpoint of a Service with its host label and the ports of its slice."""

    host: str
    address: str
    ports: tuple[SlicePort, ...]


class Port(Struct, frozen=True):
    """A port as an SRV record tells it."""

    number: int
    name: str
    protocol: str
    target: str


class NameServer:
    """Answers queries from one Snapshot. `answer` is pure; sockets are playground.network's."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.zone = snapshot.zone.rstrip(".")
        self._namespaces = {each.name for each in snapshot.namespaces} | {each.namespace for each in snapshot.services}

    def answer(self, wire: bytes, *, limit: int = 65535) -> bytes:
        """Answer one message, truncated to `limit` bytes (for UDP also to what EDNS offers). Raises DNSException."""
        query = dns.message.from_wire(wire)
        reply = self.reply(query)
        most = min(limit, max(query.payload, 512)) if limit < 65535 else limit  # noqa: PLR2004 (largest TCP message)
        return reply.to_wire(max_size=most, prefer_truncation=True)

    def reply(self, query: dns.message.Message) -> dns.message.Message:
        """Build the answer to a query of one question."""
        reply = dns.message.make_response(query, recursion_available=True)
        asked = query.question[0]
        name = str(asked.name).lower().rstrip(".")
        kind = dns.rdatatype.to_text(asked.rdtype)
        found = self._reverse(name, kind) if name.endswith(".arpa") else self._in_zone(name, kind)
        if found is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            return reply
        reply.flags |= dns.flags.AA
        for owner, type_ in dict.fromkeys(each[:2] for each in found.records):
            data = [each[2] for each in found.records if each[:2] == (owner, type_)]
            reply.answer.append(dns.rrset.from_text(owner, TTL, "IN", type_, *data))
        if not found.exists:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if not found.records:
            reply.authority.append(dns.rrset.from_text(f"{self.zone}.", TTL, "IN", "SOA", self._soa))
        return reply

    @property
    def _soa(self) -> str:
        serial = int(self.snapshot.taken_at.timestamp())
        return f"ns.dns.{self.zone}. hostmaster.{self.zone}. {serial} 7200 1800 86400 {TTL}"

    # --- the cluster's zone

    def _in_zone(self, name: str, kind: str) -> Records | None:
        """None: not this server's zone."""
        if name != self.zone and not name.endswith(f".{self.zone}"):
            return None
        labels = name.removesuffix(self.zone).rstrip(".").split(".") if name != self.zone else []
        match labels:
            case ["dns-version"] if kind == "TXT":
                return Records(exists=True, records=((f"{name}.", "TXT", f'"{_SPECIFICATION}"'),))
            case [] | ["svc"] | ["pod"]:
                return NO_DATA if kind != "TXT" else NOTHING
            case [namespace, "svc" | "pod"]:
                return NO_DATA if namespace in self._namespaces and kind != "TXT" else NOTHING
            case [dashed, namespace, "pod"]:
                return self._pod(name, dashed, namespace, kind)
            case [*left, service, namespace, "svc"]:
                known = self.snapshot.service(namespace, service)
                return self._service(name, tuple(left), known, kind) if known else NOTHING
        return NOTHING

    def _service(self, name: str, left: tuple[str, ...], service: Service, kind: str) -> Records:
        if service.is_external_name:
            return self._external(name, service, kind) if not left else NOTHING
        match left:
            case ():
                return self._bare(name, service, kind)
            case (host,):
                found = [each for each in self._ready(service) if each.host == host]
                if kind == "SRV":
                    return _srv(name, [(each.port or 0, f"{name}.") for word in found for each in word.ports])
                return _addresses(name, kind, [each.address for each in found]) if found else NOTHING
            case (port, protocol) if port.startswith("_") and protocol.startswith("_"):
                return self._srv(name, service, port[1:], protocol[1:], kind)
        return NOTHING

    def _bare(self, name: str, service: Service, kind: str) -> Records:
        """A ClusterIP Service resolves whatever its endpoints do; a headless one is NXDOMAIN without ready ones."""
        if kind == "SRV":
            found = self._srv(name, service, "", "", kind)
            return NO_DATA if not found.exists and self._ready(service) else found
        if not service.is_headless:
            return _addresses(name, kind, list(service.cluster_ips))
        ready = [each.address for each in self._ready(service)]
        return _addresses(name, kind, ready) if ready else NOTHING

    def _external(self, name: str, service: Service, kind: str) -> Records:
        """A CNAME and, for a name of this zone, its records; a target that is an IP is no name."""
        target = service.spec.external_name.rstrip(".")
        if _is_ip(target):
            return NOTHING
        if kind not in ("A", "AAAA", "CNAME"):
            return NO_DATA
        alias = (f"{name}.", "CNAME", f"{target}.")
        if kind == "CNAME":
            return Records(exists=True, records=(alias,))
        inside = self._in_zone(target.lower(), kind)
        if inside is None:
            return Records(exists=True, records=(alias,))
        return Records(exists=True, records=(alias, *inside.records)) if inside.records else NO_DATA

    def _srv(self, name: str, service: Service, port: str, protocol: str, kind: str) -> Records:
        """Headless Services give the pod's port and each endpoint's name, others their own (DNS-025)."""
        fitting = [
            each for each in self._ports(service) if not port or (each.name == port and each.protocol == protocol)
        ]
        if kind == "SRV" or not fitting:
            return _srv(name, [(each.number, each.target) for each in fitting])
        return self._bare(name, service, kind)

    def _ports(self, service: Service) -> Iterator[Port]:
        fqdn = f"{service.name}.{service.namespace}.svc.{self.zone}."
        if not service.is_headless:
            yield from (Port(each.port, each.name, each.protocol.lower(), fqdn) for each in service.ports)
            return
        for word in self._ready(service):
            for each in word.ports:
                yield Port(each.port or 0, each.name or "", (each.protocol or "TCP").lower(), f"{word.host}.{fqdn}")

    def _ready(self, service: Service) -> list[Word]:
        """Endpoints that are ready; nil counts as ready, and there is no fallback to draining ones (B.3, B.4)."""
        return [
            Word(_host_label(each), (each.addresses or ("",))[0], found.ports or ())
            for found in self.snapshot.slices_of(service)
            for each in found.endpoints or ()
            if each.addresses and each.conditions.ready is not False
        ]

    def _pod(self, name: str, dashed: str, namespace: str, kind: str) -> Records:
        """`pods insecure`: any IP, as long as the namespace exists."""
        address = dashed.replace("-", "." if dashed.count("-") == 3 else ":")  # noqa: PLR2004 (an IPv4 address has 3 dots)
        if namespace not in self._namespaces or not _is_ip(address):
            return NOTHING
        return _srv(name, [(0, f"{name}.")]) if kind == "SRV" else _addresses(name, kind, [address])

    # --- reverse

    def _reverse(self, name: str, kind: str) -> Records | None:
        """A virtual IP's or ready endpoint's name; other addresses and types fall through to the upstream."""
        if kind != "PTR":
            return None
        try:
            address = dns.reversename.to_address(dns.name.from_text(name))
        except dns.exception.DNSException:
            return None
        names: list[str] = []
        for service in self.snapshot.services:
            fqdn = f"{service.name}.{service.namespace}.svc.{self.zone}."
            names += [fqdn] if address in service.cluster_ips else []
            names += [f"{each.host}.{fqdn}" for each in self._ready(service) if each.address == address]
        records = tuple((f"{name}.", "PTR", each) for each in dict.fromkeys(names))
        return Records(exists=True, records=records) if records else None


def _addresses(name: str, kind: str, addresses: list[str]) -> Records:
    """The addresses of the asked family; none of it is NODATA."""
    wanted = {"A": 4, "AAAA": 6}.get(kind)
    fitting = dict.fromkeys(each for each in addresses if _is_ip(each) and ip_address(each).version == wanted)
    return Records(exists=True, records=tuple((f"{name}.", kind, each) for each in fitting))


def _srv(name: str, found: list[tuple[int, str]]) -> Records:
    """Records of (port, target), their weights sharing a hundred; none is NXDOMAIN."""
    weight = 100 // len(found) if found else 0
    records = tuple((f"{name}.", "SRV", f"0 {weight} {number} {target}") for number, target in found)
    return Records(exists=True, records=records) if records else NOTHING


def _host_label(word: SliceEndpoint) -> str:
    """The endpoint's hostname, else its address with dashes."""
    return word.hostname or (word.addresses or ("",))[0].replace(".", "-").replace(":", "-")


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
