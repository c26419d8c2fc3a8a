"""How people write what they call and who calls: TARGET and SOURCE. Rule: what is unclear is refused.

A namespace or port that was not said stays empty; nothing is guessed here (`bot.model.question.resolve` fills in, and says so).
"""

import re
import unicodedata
from ipaddress import ip_address

from msgspec import Struct

from bot.errors import UsageError
from bot.model.kube.kinds import SHORT, WORKLOAD_WORDS
from bot.model.pattern import pattern
from bot.model.question.question import Source
from bot.model.refs import is_dns_name, is_label
from bot.model.text import one_line, shown

# kubectl's names of a kind, to the short one that a Question carries.
WORKLOAD_KINDS = {word: SHORT.get(kind, kind.lower()) for word, kind in WORKLOAD_WORDS.items()}
SERVICE_KINDS = ("svc", "service", "services")
POD_KINDS = ("po", "pod", "pods")
PROTOCOLS = ("TCP", "UDP", "SCTP")
HIGHEST_PORT = 65535
_URL = pattern(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_PORT_NAME = pattern(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
# _PORT._PROTOCOL before a Service's name (DNS specification 1.1.0, 2.3.2).
_SRV = pattern(r"_[a-z0-9-]{1,15}\._(?:tcp|udp|sctp)\.")
# How a pod's name ends: with its number in a StatefulSet, with the hash of its revision and five random letters in a
# Deployment. https://github.com/kubernetes/apimachinery/blob/v0.34.0/pkg/util/rand/rand.go, alphanums
_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"
_MEMBER = pattern(
    rf"[a-z0-9]([-a-z0-9]*[a-z0-9])?-(\d+|{_RANDOM}{{6,10}}-{_RANDOM}{{5}})\.[a-z0-9]([-a-z0-9]*[a-z0-9])?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SVC = 2  # place of the label `svc` in SERVICE.NAMESPACE.svc.ZONE
_NAMED = 2  # labels of SERVICE.NAMESPACE, and parts of NAMESPACE/NAME
_KIND_NAMED = 3  # parts of NAMESPACE/KIND/NAME


class Target(Struct, frozen=True):
    """What is called, as far as the word says: a `service`, `pod` or `address`; of an outside name only the `name`."""

    name: str = ""
    service: str = ""
    namespace: str = ""
    pod: str = ""
    address: str = ""
    port: int | str | None = None
    implied_port: int | None = None  # a URL's default, which a port that was said outranks
    protocol: str = ""
    scheme: str = ""
    path: str = ""


def read_target(word: str, *, outside: bool = False) -> Target:
    """Read a TARGET: name, name.ns, full name, host:port, URL, svc/NAME, NS/NAME, pod/NAME, IP.

    `outside` also admits names that are no Service's (for `dns`). Raises UsageError.
    """
    if found := _URL.fullmatch(word):
        return _url(found["scheme"].lower(), found["rest"], word, outside=outside)
    head, slash, tail = word.partition("/")
    if slash and _is_address(head):
        raise UsageError(f"{shown(word)} looks like a network: give one IP, or a Service's name.")
    if slash and (":" in head or head.startswith("[")) and tail.upper() not in PROTOCOLS:
        return _url("http", word, word, outside=outside)
    if slash and ":" in head:
        host, port = split_port(head)
        return _host(host, f"{port}/{tail}", outside=outside)
    if slash:
        return _kubectl_word(head, tail, word)
    host, port = split_port(word)
    return _host(host, port, outside=outside)


def read_source(word: str, namespace: str = "") -> Source:
    """Read a SOURCE: NS/POD, POD, KIND/NAME, NS/KIND/NAME, or `NS/` for any pod there. Raises UsageError."""
    parts = word.split("/")
    kind = _bare_kind(parts[-2]) if len(parts) > 1 else ""
    if kind in WORKLOAD_KINDS and parts[-1] and len(parts) <= _KIND_NAMED:
        place = _namespace(parts[0]) if len(parts) == _KIND_NAMED else namespace
        typed = word.lower() if len(parts) == _NAMED and "." not in parts[0] else ""
        return Source(namespace=place, workload=f"{WORKLOAD_KINDS[kind]}/{_object(parts[-1])}", word=typed)
    if kind in POD_KINDS and parts == [parts[0], parts[-1]] and parts[-1]:
        return Source(namespace=namespace, pod=_object(parts[-1]), word=word.lower())
    if kind in POD_KINDS and parts[-1]:
        parts = [*parts[:-2], parts[-1]]
    if len(parts) == 1:
        return Source(namespace=namespace, pod=_object(parts[0]))
    if len(parts) == _NAMED:
        place, pod = parts
        return Source(namespace=_namespace(place), pod=_object(pod) if pod else "")
    raise UsageError(
        f"{shown(word)} is no source.",
        hint="Say POD, NAMESPACE/POD, deploy/NAME, NAMESPACE/deploy/NAME, or NAMESPACE/ for any pod there.",
    )


def read_port(word: str) -> tuple[int | str, str]:
    """Read a port number or name, as `80`, `http` or `53/udp`; gives it with its protocol, empty if unsaid."""
    bare, slash, protocol = word.partition("/")
    said = read_protocol(protocol) if slash else ""
    if bare.isascii() and bare.isdigit():
        number = int(bare) if len(bare) <= len(str(HIGHEST_PORT)) else HIGHEST_PORT + 1
        if not 0 < number <= HIGHEST_PORT:
            raise UsageError(f"Port {shown(bare)} is out of range: ports go from 1 to {HIGHEST_PORT}.")
        return number, said
    # Port names are IANA service names of at most 15 characters: https://www.rfc-editor.org/rfc/rfc6335#section-5.1
    if len(bare) <= 15 and _PORT_NAME.fullmatch(bare.lower()):  # noqa: PLR2004 (RFC 6335)
        return bare.lower(), said
    raise UsageError(f"{shown(word)} is no port: give a number such as 80, or a port's name such as http.")


def read_protocol(word: str) -> str:
    """Read TCP, UDP or SCTP, in any case."""
    if word.upper() in PROTOCOLS:
        return word.upper()
    raise UsageError(f"{shown(word)} is no protocol of a Service: say TCP, UDP or SCTP.")


def read_namespace(word: str) -> str:
    """Read a namespace's name. Raises UsageError."""
    return _namespace(word)


def is_member_name(name: str) -> bool:
    """Return whether a name may be POD.SERVICE of a StatefulSet or a Deployment, as well as SERVICE.NAMESPACE."""
    return _MEMBER.fullmatch(name.lower()) is not None


def split_port(word: str) -> tuple[str, str]:
    """Split `host:port` and `[v6]:port`; a bare IPv6 address keeps its colons."""
    if word.startswith("["):
        host, _, rest = word[1:].partition("]")
        return host, rest.removeprefix(":")
    if _is_address(word):
        return word, ""
    host, _, port = word.partition(":")
    return host, port


def _url(scheme: str, rest: str, word: str, *, outside: bool) -> Target:
    cut = min((at for at in (rest.find(mark) for mark in "/?#") if at >= 0), default=len(rest))
    place, path = rest[:cut], rest[cut:].partition("#")[0]
    # What stands before @ may be a password: it is dropped, not kept.
    host, port = split_port(place.rpartition("@")[2])
    if not host:
        raise UsageError(f"{shown(word)} names no host.")
    found = _host(host, port, outside=outside)
    if path and not path.startswith("/"):
        path = f"/{path}"
    return Target(
        name=found.name,
        service=found.service,
        namespace=found.namespace,
        address=found.address,
        port=found.port,
        implied_port=_DEFAULT_PORTS.get(scheme),
        protocol=found.protocol or ("UDP" if scheme == "udp" else ""),
        scheme=scheme,
        path=one_line(path) if path != "/" else "",
    )


def _kubectl_word(head: str, tail: str, word: str) -> Target:
    """svc/NAME, NS/NAME, NS/svc/NAME, pod/NAME and NS/pod/NAME, each with an optional :port."""
    bare, port_word = split_port(tail)
    port, protocol = read_port(port_word) if port_word else (None, "")
    parts = [head, *bare.split("/")]
    kind = _bare_kind(parts[-2])
    if kind in WORKLOAD_KINDS and all(parts) and len(parts) <= _KIND_NAMED:
        raise _workload(word, parts)
    if len(parts) > _KIND_NAMED or not all(parts) or (len(parts) == _KIND_NAMED and kind not in _KINDS):
        raise UsageError(
            f"{shown(word)} is no Service.", hint="Say NAME, NAME.NAMESPACE, NAMESPACE/NAME, svc/NAME, an IP or a URL."
        )
    place = "" if len(parts) == _NAMED and kind in _KINDS else _namespace(parts[0])
    if kind in POD_KINDS:
        return Target(pod=_object(parts[-1]), namespace=place, port=port, protocol=protocol)
    name = _service(parts[-1])
    # NS/NAME is not what an application dials; the qualified name is the one that means the same there.
    return Target(
        name=f"{name}.{place}" if place else name, service=name, namespace=place, port=port, protocol=protocol
    )


_KINDS = (*SERVICE_KINDS, *POD_KINDS)


def _workload(word: str, parts: list[str]) -> UsageError:
    """Return the refusal of KIND/NAME, which is also how NAMESPACE/NAME looks where a namespace is called like a kind."""
    kind, name = parts[-2].lower(), parts[-1]
    other = f" For a namespace {kind}: {name}.{kind}" if len(parts) == _NAMED and "." not in kind else ""
    return UsageError(
        f"{shown(word)} is a workload; I answer for Services.",
        hint=f"For a Service of that name: svc/{name}.{other}",
    )


def _bare_kind(word: str) -> str:
    """Return a kind without its version and group, which kubectl may print: `deployment.apps`. No namespace has a dot."""
    return word.lower().partition(".")[0]


def _host(host: str, port_word: str, *, outside: bool) -> Target:
    port, protocol = read_port(port_word) if port_word else (None, "")
    if _is_address(host):
        return Target(address=str(ip_address(host)), port=port, protocol=protocol)
    name = host.lower()
    bare = _SRV.sub("", name)  # of an SRV name the Service is what follows port and protocol
    labels = bare.removesuffix(".").split(".")
    if not is_dns_name(bare):
        _refuse(host)
    if len(labels) <= _NAMED:
        return Target(name=name, service=labels[0], namespace="".join(labels[1:]), port=port, protocol=protocol)
    if "svc" in labels[_SVC:]:
        at = labels.index(
            "svc", _SVC
        )  # pod.service.namespace.svc names one pod of a headless Service, more names nothing
        return Target(name=name, service=labels[at - 2], namespace=labels[at - 1], port=port, protocol=protocol)
    if outside:
        return Target(name=name, port=port, protocol=protocol)
    raise UsageError(
        f"{shown(host)} is no Service's name, which is SERVICE.NAMESPACE.svc.ZONE.",
        hint=f"Did you mean {labels[0]}.{labels[1]}? To see how the name resolves: dns {one_line(name, limit=100)}",
    )


def _refuse(host: str) -> None:
    plain = unicodedata.normalize("NFKD", host.lower()).encode("ascii", "ignore").decode()
    near = re.sub(r"[^a-z0-9.-]+", "-", plain).strip("-.")
    hint = (
        f"Did you mean {near}?"
        if is_dns_name(near)
        else "Names have letters, digits and dashes; labels are joined by dots."
    )
    raise UsageError(f"{shown(host)} cannot be a Service's name.", hint=hint)


def _service(word: str) -> str:
    if not is_label(word.lower()):
        _refuse(word)
    return word.lower()


def _namespace(word: str) -> str:
    if not is_label(word.lower()):
        raise UsageError(f"{shown(word)} cannot be a namespace's name.", hint="Say a namespace such as shop.")
    return word.lower()


def _object(word: str) -> str:
    if not is_dns_name(word.lower()):
        raise UsageError(f"{shown(word)} cannot be the name of a pod or workload.")
    return word.lower().removesuffix(".")


def _is_address(word: str) -> bool:
    if not (word[:1].isdigit() or ":" in word):
        return False
    try:
        ip_address(word)
    except ValueError:
        return False
    return "%" not in word  # a scope such as fe80::1%eth0 means something on one machine only
