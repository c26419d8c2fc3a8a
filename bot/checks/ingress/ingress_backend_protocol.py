"""An Ingress speaks plain HTTP to a backend that speaks TLS, or TLS to one that speaks plain HTTP

## Meaning
ingress-nginx speaks plain HTTP to backends, whatever their port is called, unless the annotation
`nginx.ingress.kubernetes.io/backend-protocol` says HTTPS or GRPCS. The backends speak the other one.

## Impact
Every call by this Ingress is answered 502, or 400 (*The plain HTTP request was sent to HTTPS port*). Calls of the Service by
its own name are fine.

## How it is detected
By the annotation, held against the scheme of the kubelet's `httpGet` readiness probe of the same port, which passes on every
pod behind it. Only for Ingresses whose class is served by ingress-nginx (`spec.controller` of the IngressClass).

## When it stays silent
For other controllers, which have annotations of their own. With `ssl-passthrough`, which leaves TLS to the backend. Where a pod
is not ready, or has no such probe of the port; where pods of one port speak different schemes.

## Fix
The printed command sets the annotation; what then answers only a call can show.

## Known limits
A server that takes both on one port is not known to. A probe by `tcpSocket`, or of another port, says nothing of the scheme.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.ownership import managed_by
from bot.checks.ingress._ingresses import comes_by_ingress, ingress_of, is_served
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Ingress, IngressClass
from bot.model.kubectl import kubectl
from bot.model.planning.http import Declared, declared_readiness
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity

_CONTROLLER = "k8s.io/ingress-nginx"
# https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#backend-protocol
_SPEAKS = {"": "http", "HTTP": "http", "HTTPS": "https"}


@check(
    "ING-008",
    "ingress-backend-protocol",
    hop=Hop.INGRESS,
    needs=("ingresses", "services", "endpointslices", "pods"),
    fits=(Symptom.SERVER_ERROR,),
    when=comes_by_ingress,
    silent_when_plain=True,
    only=(Occasion.ROUTE,),
)
def ingress_backend_protocol(case: Case) -> Iterator[Detection]:
    ingress, service = ingress_of(case), case.service
    if ingress is None or service is None or not _is_of_nginx(case, ingress) or not is_served(case.snapshot, ingress):
        return
    spoken = _SPEAKS.get(ingress.annotation(Annotation.BACKEND_PROTOCOL).upper())
    found = behind(case)
    declared = [_declared(endpoint, pod) for endpoint, pod in found]
    schemes = {each.scheme if each else "" for each in declared}
    if (
        not spoken
        or not found
        or len(schemes) > 1
        or schemes <= {"", spoken}
        or ingress.annotation(Annotation.PASSTHROUGH)
    ):
        return
    endpoint, pod = found[0]
    wanted = next(iter(schemes)).upper()
    yield Detection(
        about=ingress.ref,
        message=f"{ingress.ref} speaks {spoken.upper()} to Service {service.namespace}/{service.name}, and port "
        f"{endpoint.port} of its pods speaks {wanted}, by their readiness probe.",
        severity=Severity.FAIL,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(ingress.ref, "metadata.annotations", Annotation.BACKEND_PROTOCOL, f"{spoken.upper()} is spoken"),
            *((Evidence(pod.ref, "readinessProbe.httpGet.scheme", wanted, f"port {endpoint.port}"),) if pod else ()),
        ),
        check=(describe(ingress.ref),),
        fix=(_fix(ingress, wanted),),
        key=(wanted, str(endpoint.port)),
    )


def _is_of_nginx(case: Case, ingress: Ingress) -> bool:
    classes = {each.name for each in case.snapshot.all(IngressClass) if each.spec.controller == _CONTROLLER}
    return ingress.class_name in classes


def _declared(endpoint: Endpoint, pod: Pod | None) -> Declared | None:
    """Return the readiness probe of an endpoint's own port, which passes; None where there is none."""
    found = declared_readiness(pod, endpoint.port) if pod and pod.is_ready else None
    return found if found and found.port == endpoint.port else None


def _fix(ingress: Ingress, wanted: str) -> Fix:
    risk = f"calls by this Ingress are sent as {wanted} from then on, those of its other backends, too{managed_by(ingress)}"
    words = ("annotate", "ingress", ingress.name, f"{Annotation.BACKEND_PROTOCOL}={wanted}", "--overwrite")
    return Fix(about=ingress.ref, command=kubectl(*words, namespace=ingress.namespace), risk=risk)
