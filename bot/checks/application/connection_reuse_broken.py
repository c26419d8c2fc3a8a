"""New connections all succeed: kept ones may be what fails

## Meaning
Programs keep connections and use them again. A server that closes idle ones first, while the client sends its next request,
makes that request fail, and only that one. With HTTP/2 and gRPC a single connection carries everything: it stays with one pod,
whatever the Service balances, and after a rollout or scale-out the new pods stay idle.

## Impact
Rare resets, EOF or 502, mostly after a pause, which a retry mends; or one pod is overloaded while others do nothing.

## How it is detected
Somebody sees resets, 5xx or failures now and then, and nothing of it was met: every endpoint took every connection and answered
every request, each made anew. So it is a hint for where to look next, told as context only.

## When it stays silent
As soon as any probe fails, or a pod is not ready: then that is the cause. Without such a complaint, or without a measurement.

## Fix
Let the server keep idle connections longer than its clients and proxies do (Node: `keepAliveTimeout` is 5 s by default, many
load balancers keep 60 s), or let the client retry. For gRPC: a maximum connection age on the server, or a headless Service and
balancing in the client.

## Known limits
Idle time-outs stand in programs and proxies, not in the API: nothing here proves this cause.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, about_of, pods_of, probed
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import count

_FITS = (Symptom.RESET, Symptom.SERVER_ERROR, Symptom.INTERMITTENT)
# Names and protocols of ports that keep one connection for everything.
# https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
_ONE_CONNECTION = ("grpc", "h2c", "http2", "kubernetes.io/h2c")


@check(
    "APP-026",
    "connection-reuse-broken",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices", "pods"),
    by_probes=True,
    when=lambda case: case.question.symptom in _FITS,
)
def connection_reuse_broken(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or case.backends.unready_pods or case.measured.muted:
        return
    if any(each.failed_tries for each in case.observations):
        return
    for port in case.ports:
        if backends := probed(case, port):
            yield _hint(service, port, backends)


def _hint(service: Service, port: ServicePort, backends: tuple[Backend, ...]) -> Detection:
    seen = [each for one in backends for each in (one.tcp, *one.http) if each and each.outcome is Outcome.ANSWERED]
    tries = sum(max(len(each.outcomes), 1) for each in seen)
    one = any(word in (port.app_protocol or port.name).lower() for word in _ONE_CONNECTION) and not service.is_headless
    words = (
        "a client of this port keeps one connection, which stays with one pod until it ends"
        if one
        else "what fails now and then may be connections that are kept and used again after the server has closed them"
    )
    selector = str(service.selector)
    return Detection(
        about=about_of(service, backends),
        message=f"All {count(tries, 'new connection')} to {count(len(backends), 'backend')} of Service {service.namespace}/"
        f"{service.name} succeeded; {words}.",
        severity=Severity.INFO,
        confidence=Confidence.POSSIBLE,
        evidence=(Evidence(service.ref, "probes", f"{tries} of {tries} answered", f"port {port}"),),
        check=(
            kubectl("get", "pods", "-l", selector, "--sort-by=.status.startTime", namespace=service.namespace),
            kubectl("logs", "-l", selector, "--all-containers", "--tail=50", "--prefix", namespace=service.namespace),
        ),
        pods=frozenset(pod.name for pod in pods_of(backends)),
        key=(str(port),),
    )
