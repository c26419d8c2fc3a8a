"""What kind of name was looked up, and what is to be known about names of that kind, in sentences. Pure.

By the objects and the Corefile alone. A name that another server may know is told as that, and never as wrong.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from msgspec import Struct

from bot.model.dns.caches import last_turn, turn_words
from bot.model.dns.configured import answered, configured_dns, place_of
from bot.model.dns.corefile.reply import Source
from bot.model.dns.loops import comes_back
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.kube.services import Service
from bot.model.question.suggest import suggest
from bot.model.refs import is_ip, is_label
from bot.model.snapshot import Snapshot
from bot.model.text import listing

_LONGEST_CHAIN = 8
_REVERSE_ZONES = (".in-addr.arpa", ".ip6.arpa")
_SETS = "clusterset.local"  # Multi-Cluster Services: https://github.com/kubernetes/enhancements (KEP-1645)
_MOST_NEAR = 4
_COSTLY = 3  # names that are asked in vain before the one that counts


class Asked(Struct, frozen=True):
    """A name, the namespace it is asked from, what its search gave, and by which settings."""

    name: str
    namespace: str
    conf: ResolvConf
    steps: tuple[SearchStep, ...]

    @property
    def hit(self) -> str:
        """Return the full name that has an address; empty where none has."""
        return next((each.name.lower().rstrip(".") for each in self.steps if each.is_hit), "")


def is_reverse(name: str) -> bool:
    """Return whether a name is asked for a PTR and for no address."""
    return name.lower().rstrip(".").endswith(_REVERSE_ZONES)


def about_name(asked: Asked, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what is to be known about a name, most telling first."""
    name = asked.name.lower().rstrip(".")
    if is_reverse(name):
        return (_reverse(name, snapshot),)
    labels = name.split(".")
    found: list[str] = []
    if len(labels) > 2 and name.startswith("_"):  # noqa: PLR2004 (_PORT._PROTOCOL.SERVICE)
        found += _srv(labels, asked, snapshot)
    found += _alias(asked, snapshot)
    found += _of_pod(asked, snapshot)
    found += _foreign(labels, snapshot)
    if not asked.hit and not found:
        found += _near(labels, asked, snapshot)
    found += _handed_on(asked, snapshot)
    if not found:
        found += _cost(name, asked, snapshot)
    found += _fresh(asked, snapshot)
    return tuple(dict.fromkeys(found))


def service_of(name: str, namespace: str, snapshot: Snapshot) -> Service | None:
    """Return the Service that a name means by its first labels: SERVICE, SERVICE.NAMESPACE, or in full."""
    labels = name.lower().rstrip(".").split(".")
    return snapshot.service(labels[1] if len(labels) > 1 else namespace, labels[0])


# --- SRV (DNS specification 1.1.0, 2.3.2)


def _srv(labels: list[str], asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    service = service_of(".".join(labels[2:]), asked.namespace, snapshot)
    if service is None:
        return
    port, protocol = labels[0].removeprefix("_"), labels[1].removeprefix("_").upper()
    fits = [each for each in service.ports if each.name == port and each.protocol == protocol]
    full = f"{service.name}.{service.namespace}.svc.{snapshot.zone.rstrip('.')}"
    if service.is_external_name:
        yield f"{service.ref} is an alias: CoreDNS has no SRV record of it."
    elif not fits:
        yield srv_missing(service, port, protocol)
    elif service.is_headless:
        own = f"with the port that the pod itself has (targetPort {fits[0].target})"
        yield f"SRV: one record for each ready pod, {own}; targets are below {full}."
    else:
        yield f"SRV: port {fits[0].port}, target {full}."


def srv_missing(service: Service, port: str, protocol: str) -> str:
    """Return why there is no SRV record of a port."""
    named = [f"_{each.name}._{each.protocol.lower()}" for each in service.ports if each.name]
    known = f"it has {listing(named)}" if named else "none of its ports has a name"
    return f"There is no SRV record _{port}._{protocol.lower()} of {service.ref}: {known}."


# --- reverse names


def pointers(name: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names that the cluster's DNS has for a reverse name: of a ClusterIP, else of ready endpoints."""
    address, zone = address_of(name), snapshot.zone.rstrip(".")
    configured = configured_dns(snapshot)
    if not address or (configured is not None and not configured.serves(name)):
        return ()
    if service := snapshot.service_by_ip(address):
        return (f"{service.name}.{service.namespace}.svc.{zone}",)
    dashed = address.replace(".", "-").replace(":", "-")
    owners = {
        f"{each.hostname or dashed}.{one.service_name}.{one.namespace}.svc.{zone}"
        for one in snapshot.slices
        if one.service_name
        for each in one.endpoints or ()
        if address in (each.addresses or ()) and each.conditions.ready is not False
    }
    return tuple(sorted(owners))


def _reverse_zone(name: str) -> str:
    return "in-addr.arpa" if "in-addr.arpa" in name.lower() else "ip6.arpa"


def _reverse(name: str, snapshot: Snapshot) -> str:
    address = address_of(name)
    if not address:
        return f"{name} is no reverse name of one address, which has four numbers or thirty-two digits."
    configured = configured_dns(snapshot)
    if configured is not None and not configured.serves(name):
        return (
            f"{address}: the kubernetes plugin does not have {_reverse_zone(name)}, so another server is asked for it."
        )
    found = listing(pointers(name, snapshot), 3)
    if service := snapshot.service_by_ip(address):
        return f"{address} is the ClusterIP of {service.ref}: its PTR is {found}."
    if found:
        return f"{address} is a ready endpoint: its PTR is {found}."
    pod = snapshot.pod_by_ip(address)
    if pod is not None:
        whose = f"pod {pod.namespace}/{pod.name}"
        return f"{address} is {whose}, of which no Service has a ready endpoint: CoreDNS has no PTR of it."
    return f"{address} is no ClusterIP and no endpoint that was read; what another server says of it is not known here."


def address_of(name: str) -> str:
    """Return the address of a reverse name (RFC 1035, 3.5; RFC 3596, 2.5); empty where it is none of one address."""
    bare = name.lower().rstrip(".")
    if bare.endswith(".in-addr.arpa"):
        text = ".".join(reversed(bare.removesuffix(".in-addr.arpa").split(".")))
        return text if is_ip(text) else ""
    digits = "".join(reversed(bare.removesuffix(".ip6.arpa").split(".")))
    text = ":".join(digits[at : at + 4] for at in range(0, len(digits), 4))
    return str(ip_address(text)) if is_ip(text) else ""


# --- ExternalName


def _alias(asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    """Follow the aliases from the first Service of the search that is one."""
    zone = snapshot.zone.rstrip(".")
    for step in asked.steps:
        labels = step.name.lower().rstrip(".").removesuffix(f".{zone}").split(".")
        service = snapshot.service(labels[1], labels[0]) if labels[2:] == ["svc"] else None
        if service is not None:
            if service.is_external_name:
                yield _chain(service, snapshot)
            return


def _chain(service: Service, snapshot: Snapshot) -> str:
    zone = snapshot.zone.rstrip(".")
    way, seen = [str(service.ref)], {service.ref}
    while len(way) <= _LONGEST_CHAIN:
        target = service.spec.external_name.rstrip(".")
        left, _, end = target.lower().partition(".svc.")
        labels = left.split(".")
        if is_ip(target):
            return (
                f"{_arrows(way, target)}: CoreDNS takes an address for a name, which nobody has; to an address leads a Service "
                "without a selector, with an EndpointSlice."
            )
        if end != zone or len(labels) != 2:  # noqa: PLR2004 (SERVICE.NAMESPACE)
            return (
                f"{_arrows(way, target)}, which is no Service's full name and is looked up as it stands, without the search "
                "list; ports of the alias do not count, and TLS and Host must fit the target."
            )
        following = snapshot.service(labels[1], labels[0])
        if following is None:
            return f"{_arrows(way, target)}, and no such Service was read: the name then exists and has no address."
        if following.ref in seen:
            return f"{_arrows(way, str(following.ref))}: the aliases lead in a circle."
        way.append(str(following.ref))
        seen.add(following.ref)
        if not following.is_external_name:
            return f"{_arrows(way)}: an alias; the ports are those of {following.ref}."
        service = following
    return f"{_arrows(way)}: CoreDNS follows no longer chain."


def _arrows(way: list[str], *last: str) -> str:
    return " → ".join((*way, *last))


# --- names of pods by their address


def _of_pod(asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    zone = snapshot.zone.rstrip(".")
    for step in asked.steps:
        match step.name.lower().rstrip(".").removesuffix(f".{zone}").split("."):
            case [dashed, namespace, "pod"] if asked.hit in ("", step.name.lower().rstrip(".")):
                is_v4 = dashed.count("-") == 3 and "--" not in dashed  # noqa: PLR2004 (four numbers)
                address = dashed.replace("-", "." if is_v4 else ":")
                if not is_ip(address):
                    return
                owner = snapshot.pod_by_ip(address)
                known = f"pod {owner.namespace}/{owner.name} has it" if owner else "no pod that was read has it"
                yield (
                    f"{dashed}.{namespace}.pod is made of an address ({known}): with `pods insecure` CoreDNS answers it for "
                    "any address, whether a pod has it or not."
                )
                return


# --- names of elsewhere


def _foreign(labels: list[str], snapshot: Snapshot) -> Iterator[str]:
    zone, name = snapshot.zone.rstrip("."), ".".join(labels)
    if "svc" not in labels[2:4] or name.endswith(f".{zone}") or labels[-1] == "svc":
        return
    at = labels.index("svc", 2)
    other, (service, namespace) = ".".join(labels[at + 1 :]), labels[at - 2 : at]
    here = snapshot.service(namespace, service)
    also = f"; in this cluster the Service is {service}.{namespace}.svc.{zone}" if here else ""
    if other == _SETS:
        yield f"{name} is of Multi-Cluster Services: it exists where a ServiceImport does, which is not read here{also}."
    else:
        yield f"{name} is a name of the zone {other}, and this cluster's is {zone}: another server may know it{also}."


# --- did you mean


def _near(labels: list[str], asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    zone = snapshot.zone.rstrip(".").split(".")
    bare = labels[: -len(zone)] if labels[-len(zone) :] == zone else labels
    if "svc" in bare:
        bare = bare[: bare.index("svc")]
    if not bare or len(bare) > 2 or not all(map(is_label, bare)):  # noqa: PLR2004 (SERVICE.NAMESPACE)
        return
    near = near_names(bare[0], bare[1] if len(bare) > 1 else asked.namespace, snapshot)
    if near:
        yield f"Did you mean {' or '.join(near)}?"
    place = bare[1] if len(bare) > 1 else asked.namespace
    owner = next((each for each in snapshot.workloads_in(place) if each.name == bare[0]), None)
    if owner is not None and not snapshot.services_named(bare[0]):
        yield f"{owner.ref} has this name, and no Service exposes it: a workload's name is none of DNS."


def near_names(service: str, namespace: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Return names of Services that may be meant, as `name.namespace`: the same elsewhere, near ones here, then elsewhere."""
    same = [f"{service}.{each.namespace}" for each in snapshot.services_named(service) if each.namespace != namespace]
    here = suggest(service, (each.name for each in snapshot.services_in(namespace)))
    spaces = suggest(namespace, snapshot.namespace_names)
    there = [f"{name}.{space}" for space in spaces for name in suggest(service, _names(snapshot, space))]
    others = {
        each.name: each.namespace
        for each in snapshot.services
        if each.namespace != namespace and snapshot.may_name(each.namespace)
    }
    far = [f"{name}.{others[name]}" for name in suggest(service, others)]
    return tuple(dict.fromkeys((*sorted(same), *(f"{each}.{namespace}" for each in here), *there, *far)))[:_MOST_NEAR]


def _names(snapshot: Snapshot, namespace: str) -> list[str]:
    return [each.name for each in snapshot.services_in(namespace)]


# --- who is asked for a name of elsewhere


def _handed_on(asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    """Yield, as a sentence, who answers the name as it stands where a stub domain or a server block of its own decides."""
    name = f"{asked.name.lower().rstrip('.')}."
    found = answered(snapshot, name, servers=asked.conf.nameservers)
    if found is None or found.reply.source is not Source.UPSTREAM or found.reply.by is None:
        return
    own, by = configured_dns(snapshot), found.reply.by
    past = own.zone_of(name) if own else "."
    if loop := comes_back(snapshot, name):
        yield f"{name.rstrip('.')} is handed back to the cluster's own DNS by {place_of(loop)}: nobody answers it."
        return
    if found.by.zone_of(name) != ".":
        yield f"{name.rstrip('.')} is handed to other servers by {place_of(by)}."
    elif past != "." and found.by is not own:
        told = f"the server block {past.rstrip('.')} of the DNS pods' own Corefile is not asked"
        yield f"{name.rstrip('.')} goes by {place_of(by)} past the cluster's DNS: {told}."


# --- what caches may still say


def _fresh(asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    """Yield, as a sentence, that a Service appeared or changed less than the caches in a row ago."""
    labels = asked.hit.removesuffix(f".{snapshot.zone.rstrip('.')}").split(".")
    service = snapshot.service(labels[-2], labels[-3]) if labels[2:] and labels[-1] == "svc" else None
    turn = last_turn(snapshot, service, f"{asked.hit}.") if service else None
    if service is not None and turn is not None:
        yield f"{service.ref} was {turn_words(turn, snapshot.taken_at)}."


# --- what a search costs


def _cost(name: str, asked: Asked, snapshot: Snapshot) -> Iterator[str]:
    """Yield what it costs that an outside name is asked as it stands only after the whole search list, as a sentence."""
    before = [each for each in asked.steps if each.name.lower().rstrip(".") != name]
    is_outside = not asked.hit or asked.hit == name
    if asked.name.endswith(".") or "." not in name or not is_outside or len(before) < _COSTLY:
        return
    if name.endswith(f".{snapshot.zone.rstrip('.')}") or asked.steps[-1].name.lower().rstrip(".") != name:
        return
    yield (
        f"Before {name} is asked as it stands, {len(before)} names of the search list are asked in vain: "
        f"{2 * len(asked.steps)} queries in place of 2. With a dot at its end, or ndots:{name.count('.')} in dnsConfig, it is "
        "asked at once."
    )
