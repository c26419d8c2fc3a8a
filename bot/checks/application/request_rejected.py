"""The application answers, and rejects the request, or its certificate is none for this call

## Meaning
The name resolves, the way is open, the application is up: it answers the request that was asked about with a status between
400 and 499. It does not know the path or the host, wants credentials, or refuses them. Or it speaks TLS, and its certificate
has ended, has not begun, or is for other names: then the caller hangs up.

## Impact
That request fails for this caller, and others may work. Nothing in DNS, Services or policies can mend it.

## How it is detected
Every backend was asked for the path of the question, with the name that is called as Host, and every one answered with the same
kind of 4xx. A path or a host that is not known (404, 421) is a warning; answers to somebody without credentials (401, 403,
407) or to the method (405) are context, since our request has none.
A port that speaks TLS shows its certificate in a handshake that trusts everybody: its dates are compared with the time of the
reading, its subjectAltName with the name of the URL that was asked about. It is a failure where all backends show one that an
authority issued, else a warning. Without a URL its names are compared with all names that the Service has in the cluster, as
context. Who calls an ExternalName knows the Service by that name alone, so its names are those that count. That it ends
within a week is context.

## When it stays silent
Without a path in the question: a 404 on `/` is what most applications answer. Where a backend answers otherwise. Where the
400 says that TLS is spoken (APP-018). For a server that wants a client's certificate. For a self-signed certificate that is
in force, and for one that is renewed every few days anyway.

## Fix
For 404 and 421 compare path and Host with what the application serves; behind virtual hosts the Host of the caller counts.
For 401 and 403 look at the caller's token, or at the policies of a mesh if the answer is Envoy's ("RBAC: access denied").
A certificate is issued anew for the names that callers use, and the pods restarted if they read it only at their start.

## Known limits
The request is a GET without credentials: an application may hide a path behind a 404 from those. Whether a caller trusts the
issuer is in the caller's own files, and not known; nor is whether it verifies at all.
"""

from collections.abc import Iterator, Sequence

from bot.checks.application._certificates import judge_certificates
from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, about_of, all_of, pods_of, probed
from bot.checks.facts.commands import at_endpoints
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity

_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_MISSING = {404: "does not know the path", 410: "has the path no more", 421: "does not serve this host"}
_WITHOUT_RIGHTS = {
    401: "wants credentials",
    403: "refuses a request without credentials",
    405: "takes no GET there",
    407: "wants credentials for a proxy",
}
# https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/rbac_filter
_OF_MESH = "RBAC: access denied"


@check(
    "APP-020",
    "request-rejected",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods",),
    fits=(Symptom.TLS,),
    by_probes=True,
)
def request_rejected(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        backends = probed(case, port)
        seen = [each for backend in backends if (each := backend.on(Purpose.ASKED)) is not None]
        statuses = {each.status for each in seen if _is_rejected(each)}
        if backends and len(seen) == len(backends) and len(statuses) == 1 and all(map(_is_rejected, seen)):
            yield _found(case, service, port, backends, seen)
        yield from judge_certificates(case, service, port)


def _is_rejected(seen: Observation) -> bool:
    is_answer = seen.outcome is Outcome.ANSWERED and _CLIENT_ERROR <= seen.status < _SERVER_ERROR
    return is_answer and seen.detail.get("tls") != "expected"


def _found(
    case: Case, service: Service, port: ServicePort, backends: Sequence[Backend], seen: Sequence[Observation]
) -> Detection:
    first, pods = seen[0], pods_of(backends)
    body = str(first.detail.get("body", ""))
    known = _MISSING.get(first.status) or _WITHOUT_RIGHTS.get(first.status) or "rejects the request"
    by = "a sidecar's authorization denies it" if body.startswith(_OF_MESH) else f"the application {known}"
    verb = "answer" if len(backends) > 1 else "answers"
    return Detection(
        about=about_of(service, backends),
        message=f"{all_of(case, port, len(backends))} of Service {service.namespace}/{service.name} {verb} HTTP "
        f"{first.status} on {first.get.path}{_host(first)}: the network works, and {by}.",
        severity=Severity.WARN if first.status in _MISSING else Severity.INFO,
        confidence=Confidence.LIKELY,
        evidence=tuple(
            Evidence(backend.pod.ref if backend.pod else service.ref, "http", f"{backend.place} {each.status}", body)
            for backend, each in zip(backends[:3], seen, strict=False)
        ),
        check=(
            at_endpoints(service.ref),
            *(kubectl("logs", each.name, "--tail=50", namespace=each.namespace) for each in pods[:1]),
        ),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), str(first.status)),
    )


def _host(seen: Observation) -> str:
    return f" (Host {seen.get.host})" if seen.get.host else ""
