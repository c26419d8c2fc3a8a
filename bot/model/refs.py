"""Names: a reference to one object, and the DNS names a cluster gives to Services."""

from ipaddress import ip_address

from msgspec import Struct

from bot.model.pattern import pattern

_LABEL = pattern(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_ZEROS = pattern(r"(?:^|\.)0\d")
_MAPPED = "::ffff:"  # an IPv4 address inside IPv6


class Ref(Struct, frozen=True, order=True, omit_defaults=True):
    """Kind, namespace and name of one object; `namespace` is empty for what has none.

    `group` is the API group, given only where another kind has the same name (Calico's NetworkPolicy).
    """

    kind: str
    name: str
    namespace: str = ""
    group: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind}{f'.{self.group}' if self.group else ''} {place}{self.name}"


def is_label(name: str) -> bool:
    """Return whether `name` is one DNS label (RFC 1123), as Service and namespace names are.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
    """
    return bool(_LABEL.fullmatch(name))


def is_dns_name(name: str) -> bool:
    """Return whether `name` is a DNS name of at most 253 characters; a trailing dot is allowed."""
    bare = name.removesuffix(".")
    return 0 < len(bare) <= 253 and all(is_label(part) for part in bare.lower().split("."))  # noqa: PLR2004 (RFC 1035)


def is_ip(text: str) -> bool:
    """Return whether `text` is an IPv4 or IPv6 address, which every DNS name check lets pass as a name of digits."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def plain_address(text: str) -> str:
    """Return an address as kube-proxy reads it: without leading zeros, and as IPv4 where it is one mapped into IPv6.

    Kubernetes stored such until 1.36: https://kubernetes.io/blog/2025/09/30/ip-and-cidr-validation (KEP-4858).
    """
    if ":" in text:
        if not text.lower().startswith(_MAPPED) or "." not in text:
            return text
        text = text[len(_MAPPED) :]
    if not _ZEROS.search(text) or ":" in text:
        return text
    return ".".join(each.lstrip("0") or "0" for each in text.split("."))


def family_of(address: str) -> int:
    """Return 4 or 6; what cannot be read as an address (redacted, say) counts as the commoner family, 4."""
    return 6 if ":" in address and is_ip(address) else 4


def service_fqdn(service: str, namespace: str, zone: str) -> str:
    """Return the name CoreDNS answers for a Service, with its trailing dot (DNS specification 1.1.0, 2.3)."""
    return f"{service}.{namespace}.svc.{zone}."
