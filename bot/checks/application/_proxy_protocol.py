"""A load balancer's address that is called from inside, whose pods expect the PROXY header that only the balancer adds.

Rule: kube-proxy sends calls of a load balancer's IP from inside of the cluster to the endpoints itself, unless its ipMode is
Proxy; so they arrive without what the balancer puts before them. https://github.com/kubernetes/kubernetes/issues/66607
"""

from bot.checks.facts.commands import get_field
from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.services import Service
from bot.model.question.entry import Entry, EntryKind
from bot.model.result.finding import Confidence, Detection, Evidence, Severity

_SAID_BY = (
    Annotation.PROXY_DIGITALOCEAN,
    Annotation.PROXY_LINODE,
    Annotation.PROXY_HETZNER,
    Annotation.PROXY_SCALEWAY,
    Annotation.PROXY_OPENSTACK,
)
_NO = ("", "false", "none")


def header_missing(case: Case, service: Service) -> Detection | None:
    """Return that a call from inside lacks the PROXY header; None where nobody inside calls, or the balancer adds none."""
    entry = case.question.entry
    if entry is None or entry.kind is not EntryKind.LOAD_BALANCER or not case.caller.is_known or case.observations:
        return None
    given = service.status.load_balancer.ingress or ()
    is_cut_short = any(each.ip == entry.address and each.is_cut_short for each in given)
    said = next((each for each in _SAID_BY if service.annotation(each).lower() not in _NO), None)
    return _found(service, entry, said) if is_cut_short and said else None


def _found(service: Service, entry: Entry, said: Annotation) -> Detection:
    name = f"{service.namespace}/{service.name}"
    return Detection(
        about=service.ref,
        message=f"The load balancer of Service {name} speaks the PROXY protocol to its pods, and calls of {entry.address} from "
        "inside do not pass it: kube-proxy sends them to the pods itself, without the header that these expect. Give the load "
        "balancer a host name in place of the IP, as its provider's annotation does, or call the Service by a name and port "
        "of its own that expect no header.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(service.ref, f"metadata.annotations[{said}]", service.annotation(said)),
            Evidence(service.ref, "status.loadBalancer.ingress", entry.address, "an IP, which kube-proxy cuts short"),
        ),
        check=(get_field(service.ref, "ports"),),
        key=("proxy-protocol", entry.address),
    )
