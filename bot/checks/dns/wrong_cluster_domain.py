"""The name is not the Service's full name: `svc` is missing, a label is too many, or the zone is another

## Meaning
A Service's full name is SERVICE.NAMESPACE.svc.ZONE, and the zone is `cluster.local` unless the cluster was made with another
one. Below it there are names of ready endpoints alone: of a pod with a host name, or of an address with dashes. Any other name
is none of this cluster's DNS: without the `svc`, with `svc` or the zone twice, with a label before the Service's, with
`cluster.local` where the cluster was made with another zone.

## Impact
"Name or service not known" wherever this name is used; the Service itself is sound, and its right name resolves.

## How it is detected
The name asked is resolved as the caller's pod resolves it, every name of its search list by the cluster's objects. None of
them exists, while the Service that the labels name is there. It is *likely* where the name as it stands lies outside of the
cluster's zone: another server is asked for that in the end. `cluster.local` is nobody else's, unless the Corefile has a
server block for it.

## When it stays silent
For names that resolve. For a bare name with a namespace beside it. Where Services could not be read, or the EndpointSlices that
name what lies below one, or it is not known which DNS the caller asks. For names of another zone. For names of pods, which
DNS-024 explains, and of SRV records (DNS-025).

## Fix
Use the full name in the caller's settings; the command that shows the Service is printed.

## Known limits
A name with another zone than these is told as unknown, not as wrong: another server may know it. Where CoreDNS serves one zone
and kubelets search another one, as far as kubeadm's ConfigMap of their settings says, either may be the wrong one: *unknown*.
"""

from collections.abc import Iterator
from itertools import pairwise

from bot.checks.engine.check import check
from bot.checks.facts.lookups import resolved_to
from bot.model.call.asked_name import asked_name
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.configured import answered
from bot.model.dns.corefile.reply import Source
from bot.model.dns.corefile.zones import fqdn
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.zone import DEFAULT_ZONE
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence

_NAMED = 2  # labels of SERVICE.NAMESPACE


def _labels(case: Case) -> tuple[str, ...]:
    """Return the labels before the zone of a name that is not the Service's own; none where it may be of another zone."""
    name, zone = case.question.name.lower().rstrip("."), case.snapshot.zone.rstrip(".")
    own = (case.question.service, case.question.namespace)
    is_of_zone = name.endswith(f".{zone}")
    labels = tuple(name.removesuffix(f".{zone}").split("."))
    if _has_default_zone(case):
        return labels
    if labels == (*own, "svc") or name.startswith("_") or not all(own):
        return ()
    if is_of_zone:
        return labels if own in pairwise(labels) else ()
    is_below = len(labels) > _NAMED and (labels[-2:] == own or labels[-3:] == (*own, "svc"))
    return labels if is_below else ()


def _has_default_zone(case: Case) -> bool:
    """Return whether it is the full name by the default zone, where the cluster's is another one."""
    service, namespace, zone = case.question.service, case.question.namespace, case.snapshot.zone.rstrip(".")
    name = case.question.name.lower().rstrip(".")
    return zone != DEFAULT_ZONE and name == f"{service}.{namespace}.svc.{DEFAULT_ZONE}"


def _is_handed_on(case: Case) -> bool:
    """Return whether a line of the Corefile that is made for other names than the Internet's takes the name, or may do so."""
    found = answered(case.snapshot, case.question.name, servers=case.caller.resolv_conf.nameservers)
    return found is None or found.reply.source is Source.UNKNOWN or found.by.zone_of(fqdn(case.question.name)) != "."


@check(
    "DNS-012",
    "wrong-cluster-domain",
    hop=Hop.RECORD,
    needs=("services", "dns", "corefile"),
    uses=("source", "endpointslices", "pods", "workloads"),
    fits=(Symptom.NXDOMAIN,),
    when=lambda case: bool(_labels(case)),
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def wrong_cluster_domain(case: Case) -> Iterator[Detection]:
    asked, service = asked_name(case), case.service
    if asked is None or service is None or not asked.is_denied or resolved_to(case, asked.name):
        return
    if any(_is_open(case, each) for each in asked.steps) or (_has_default_zone(case) and _is_handed_on(case)):
        return
    left = _left(case)
    if len(left) == 1 and _is_pod(case, left[0]):
        return
    right = case.fqdn.rstrip(".")
    yield Detection(
        about=service.ref,
        message=f"{asked.name.rstrip('.')} does not exist: {_why(case, left)}; call {right}.",
        confidence=Confidence.LIKELY if asked.is_foreign else Confidence.CERTAIN,
        evidence=(
            Evidence(service.ref, "name", right, "the name that the cluster's DNS answers"),
            Evidence(service.ref, "names tried", [each.name for each in asked.steps], asked.conf.why),
        ),
        check=(kubectl("get", "svc", service.name, namespace=service.namespace),),
        key=(asked.name,),
    )


def _is_open(case: Case, step: SearchStep) -> bool:
    """Return whether a name is of the cluster's zone, and what is answered to it is not known."""
    return step.a.outcome is Outcome.NOT_RUN and step.name.lower().rstrip(".").endswith(
        f".{case.snapshot.zone.rstrip('.')}"
    )


def _left(case: Case) -> tuple[str, ...]:
    """Return the labels before the Service's own name; none where it begins with that."""
    labels, own = _labels(case), (case.question.service, case.question.namespace)
    if _has_default_zone(case):
        return ()
    whole = labels[:-1] if labels[-1:] == ("svc",) else labels
    return whole[:-2] if whole[-2:] == own else ()


def _is_pod(case: Case, label: str) -> bool:
    """Return whether a label may be a pod's name: it is one, or a hostname, or begins like those of a workload."""
    place = case.question.namespace
    owners = {each.name for each in case.snapshot.workloads_in(place)}
    is_one = case.snapshot.pod(place, label) is not None or any(
        each.spec.hostname == label for each in case.backends.pods
    )
    return is_one or label.rpartition("-")[0] in owners


def _why(case: Case, left: tuple[str, ...]) -> str:
    labels = _labels(case)
    if _has_default_zone(case):
        own = case.snapshot.zone.rstrip(".")
        return f"the cluster's zone is {own}, and its DNS hands {DEFAULT_ZONE} on like any name of elsewhere"
    if labels[:2] == (case.question.service, case.question.namespace) and labels[2:3] != ("svc",):
        return "a Service's name has svc after its namespace"
    if not left:
        return f"a Service's name is SERVICE.NAMESPACE.svc.{case.snapshot.zone.rstrip('.')} and nothing more"
    service = Ref("Service", case.question.service, case.question.namespace)
    return f"{'.'.join(left)} stands before the name of {service}, which has no ready endpoint of that name"
