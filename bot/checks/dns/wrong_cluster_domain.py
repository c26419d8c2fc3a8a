"""The name lacks the `svc` of a Service's full name

## Meaning
A Service's full name is SERVICE.NAMESPACE.svc.ZONE, and the zone is `cluster.local` unless the cluster was made with another
one. A name of that zone without the `svc` is no name of this cluster's DNS.

## Impact
"Name or service not known" wherever this name is used; the Service itself is sound, and its right name resolves.

## How it is detected
The name asked is resolved as the caller's pod resolves it, every name of its search list by the cluster's objects. None of
them exists, while the Service that the first two labels name is there.

## When it stays silent
For names that resolve. For a bare name with a namespace beside it. Where Services could not be read, or it is not known
which DNS the caller asks. For names outside of the cluster's zone.

## Fix
Use the full name in the caller's settings; the command that resolves it is printed.

## Known limits
A Corefile may rewrite such a name or answer it with a template; that is not read here. A name with the zone of another
cluster is told as unknown, not as wrong: another server may know it.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.lookups import resolved_to
from bot.model.call.asked_name import asked_name
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence


def _lacks_svc(case: Case) -> bool:
    """The host that was asked is of the cluster's zone, and its third label is not `svc`."""
    name, zone = case.question.name.lower().rstrip("."), case.snapshot.zone.rstrip(".")
    labels = name.split(".")
    is_named = labels[:2] == [case.question.service, case.question.namespace]
    return is_named and "svc" not in labels[2:3] and name.endswith(f".{zone}")


@check(
    "DNS-012",
    "wrong-cluster-domain",
    hop=Hop.RECORD,
    needs=("services", "dns", "corefile"),
    uses=("source",),
    fits=(Symptom.NXDOMAIN,),
    when=_lacks_svc,
    silent_when_plain=True,
)
def wrong_cluster_domain(case: Case) -> Iterator[Detection]:
    asked, service = asked_name(case), case.service
    if asked is None or service is None or not asked.is_denied or resolved_to(case, asked.name):
        return
    right = case.fqdn.rstrip(".")
    yield Detection(
        about=service.ref,
        message=f"{asked.name.rstrip('.')} does not exist: a Service's name has svc after its namespace; call {right}.",
        confidence=Confidence.CERTAIN,
        evidence=(
            Evidence(service.ref, "name", right, "the name that the cluster's DNS answers"),
            Evidence(service.ref, "names tried", [each.name for each in asked.steps], asked.conf.why),
        ),
        check=(kubectl("get", "svc", service.name, namespace=service.namespace),),
        key=(asked.name,),
    )
