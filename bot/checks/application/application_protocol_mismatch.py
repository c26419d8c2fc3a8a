"""The port speaks another protocol than callers use on it

## Meaning
The connection comes about, and then the two ends do not understand each other: TLS is spoken where plain HTTP is expected, or
the other way round, or the port speaks HTTP/2 alone (gRPC), or no HTTP at all.

## Impact
Every request fails at once, with words that sound like anything else: "wrong version number", "plain HTTP request was sent to
HTTPS port", "malformed HTTP response", PROTOCOL_ERROR, an empty answer, or 502 at a proxy.

## How it is detected
By measurement: every backend of the port was asked as the question, the port's appProtocol or its name says, and every one
of them answered in another protocol, or hung up and then understood another: TLS where plain HTTP was cut off, or the reverse.
Where the question has the scheme it is certain; where the Service declares it, likely; where only the port's number, or a name
like http2, suggested it, possible. Without a measurement, the scheme of a readiness probe that passes on that very port is
held against the scheme of the URL that was asked about; and, only for somebody who sees resets or 5xx, against the port's
name. Asked of a load balancer's IP from inside, the annotation by which the balancer speaks the PROXY protocol is enough: such
calls do not pass it.

## When it stays silent
Where any backend answers as asked, or one port speaks both (Argo CD). Where a server only hangs up, and nothing shows what it
speaks. Where it wants a client's certificate. Where the same container port is offered under both
names. Behind a load balancer that ends TLS itself. Where a pod is not ready since its readiness probe asks with the wrong
scheme (APP-008).

## Fix
Call it with the scheme that it speaks, and let the port's name and appProtocol say so, by which proxies choose. Where an
appProtocol is there and wrong, the printed patch corrects it.

## Known limits
Ports of databases and the like are not asked at all, since bytes that they do not know may do harm. Protocols whose server
waits for the client stay silent and look like a backend that hangs (APP-011).
"""

from collections.abc import Iterator, Sequence

from bot.checks.application._proxy_protocol import header_missing
from bot.checks.engine.check import check
from bot.checks.facts.backends import Backend, about_of, all_of, pods_of, probed
from bot.checks.facts.commands import get_field, get_of_containers
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.pattern import pattern
from bot.model.planning.http import scheme_of
from bot.model.probe import GrpcHealth, HttpGet, Observation, Outcome, Purpose, TlsHandshake
from bot.model.question.question import Symptom
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity

# Of these a readiness probe in another scheme is told without a measurement. A certificate that is refused is none of them:
# where one is seen, both ends speak TLS.
_COMPLAINTS = (Symptom.RESET, Symptom.SERVER_ERROR)
_PLAIN, _TLS, _NO_TLS = "plain HTTP", "TLS", "no TLS"
_SCHEMES = {_TLS: "https", _NO_TLS: "http"}
_HUNG_UP = "nothing"  # no word by which to tell; the first of them may have said more when they were asked otherwise
# The first bytes of servers that speak first, as the parser quotes them. HTTP/2 begins with a SETTINGS frame (RFC 9113, 3.4).
_GREETINGS = (
    (pattern(r"\\x00\\x00.{1,4}\\x04\\x00|HTTP/2"), "HTTP/2 alone (as gRPC servers do)"),
    (pattern(r"^b?['\"]HTTP/1"), "HTTP/1.1 and no HTTP/2"),
    (pattern(r"SSH-\d"), "SSH"),
    (pattern(r"['\"]220[ -]"), "SMTP or FTP"),
    (pattern(r"['\"]-(?:ERR|NOAUTH|DENIED)"), "the protocol of Redis"),
)


def _may_differ(case: Case) -> bool:
    said = case.question.symptom in _COMPLAINTS or bool(case.question.scheme) or case.question.entry is not None
    return bool(case.observations) or (said and not case.in_table)


@check(
    "APP-018",
    "application-protocol-mismatch",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods",),
    fits=(*_COMPLAINTS, Symptom.TLS),
    when=_may_differ,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def application_protocol_mismatch(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    if found := header_missing(case, service):
        yield found
    for port in case.ports:
        backends = probed(case, port)
        seen = [each for backend in backends if (each := _as_called(backend)) is not None]
        spoken = _spoken_by_all(backends) if len(seen) == len(backends) else ""
        if spoken:
            yield _found(case, service, port, backends, spoken)
        elif not seen and (pods := _contradicting(case, service, port, case.question.scheme)):
            yield _called(service, port, pods, case.question.scheme)
        elif not seen and case.question.symptom in _COMPLAINTS and (pods := _declaring(case, service, port)):
            yield _declared(service, port, pods)


def _as_called(backend: Backend) -> Observation | None:
    """Return what a request as a caller's gave: of the question's path, else of `/`, else of a declared gRPC health check."""
    declared = backend.on(Purpose.ENDPOINT)
    is_grpc = declared is not None and isinstance(declared.probe, GrpcHealth)
    return backend.on(Purpose.ASKED) or backend.on(Purpose.ROOT) or (declared if is_grpc else None)


def _spoken_by_all(backends: Sequence[Backend]) -> str:
    """Return the one other protocol of all backends; of many only the first were asked for it, and the rest hung up alike."""
    told = [_spoken(backend, seen) for backend in backends if (seen := _as_called(backend)) is not None]
    known = set(told) - {_HUNG_UP}
    return known.pop() if len(known) == 1 else ""


def _spoken(backend: Backend, seen: Observation) -> str:
    """Return which protocol answered, where it is not the one that was asked in; else nothing."""
    tls, got = str(seen.detail.get("tls", "")), str(seen.detail.get("got", ""))
    if seen.get.scheme == "http" and tls == "expected":
        return _TLS
    if backend.other is not None:
        return _TLS if isinstance(backend.other.probe, TlsHandshake) else _NO_TLS
    if seen.get.scheme == "https" and tls and seen.outcome is Outcome.NOT_HTTP:
        return _NO_TLS
    if seen.outcome in (Outcome.RESET, Outcome.TIMEOUT):
        return _HUNG_UP
    if seen.outcome is not Outcome.NOT_HTTP:
        return ""
    return next((words for pattern, words in _GREETINGS if pattern.search(got)), "")


def _found(case: Case, service: Service, port: ServicePort, backends: Sequence[Backend], spoken: str) -> Detection:
    seen = [each for backend in backends if (each := _as_called(backend)) is not None]
    scheme, why, confidence = _reason(case, port, seen[0])
    asked = _TLS if scheme == "https" else "HTTP/2 without TLS" if _is_http2(seen[0]) else _PLAIN
    pods, verb = pods_of(backends), "speak" if len(backends) > 1 else "speaks"
    return Detection(
        about=service.ref,
        message=f"{all_of(case, port, len(backends))} of Service {service.namespace}/{service.name} {verb} {spoken} on port "
        f"{backends[0].endpoint.port}, while {why} {asked}{_instead(spoken)}.",
        severity=Severity.WARN if confidence is Confidence.POSSIBLE else Severity.FAIL,
        confidence=confidence,
        evidence=tuple(
            Evidence(
                about_of(service, [backend]), "http", f"{backend.place} asked with {scheme}", _words(backend, each)
            )
            for backend, each in zip(backends[:3], seen, strict=False)
        ),
        check=(get_field(service.ref, "ports"), *_probes(pods)),
        fix=_fixes(service, port, spoken),
        affected=Affected(len(backends), len(backends)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), spoken),
    )


def _instead(spoken: str) -> str:
    """Return what callers have to do, where it is that simple."""
    scheme = _SCHEMES.get(spoken)
    return f": it has to be called with {scheme}" if scheme else ""


def _is_http2(seen: Observation) -> bool:
    return isinstance(seen.probe, GrpcHealth) or (isinstance(seen.probe, HttpGet) and seen.probe.version == "2")


def _understood(other: Observation) -> str:
    if isinstance(other.probe, TlsHandshake):
        return f"a handshake in {other.detail.get('version') or 'TLS'} ends well"
    return f"plain HTTP is answered with {other.status}"


def _words(backend: Backend, seen: Observation) -> str:
    if backend.other is not None:
        return f"{seen.outcome}; {_understood(backend.other)}"
    return str(seen.detail.get("got") or seen.detail.get("body") or seen.detail.get("tls") or seen.outcome)


def _reason(case: Case, port: ServicePort, seen: Observation) -> tuple[str, str, Confidence]:
    """Return the scheme that was asked with, whose word that is, and how much it weighs."""
    scheme = seen.get.scheme
    if seen.get.purpose is Purpose.ASKED and case.question.scheme == scheme:
        return scheme, "the call is in", Confidence.CERTAIN
    if port.app_protocol:
        return scheme, f"its appProtocol {port.app_protocol} means", Confidence.LIKELY
    if isinstance(seen.probe, GrpcHealth) and seen.get.purpose is Purpose.ENDPOINT:
        return scheme, "the pods' own readiness probe is in", Confidence.LIKELY
    if port.name.lower().startswith("http2"):  # a hint for meshes; many servers of that name speak HTTP/1.1 as well
        return scheme, f"its name {port.name} means", Confidence.POSSIBLE
    if port.name.lower().startswith(("http", "grpc")):
        return scheme, f"its name {port.name} means", Confidence.LIKELY
    return scheme, f"port {port.port} suggests", Confidence.POSSIBLE


def _fixes(service: Service, port: ServicePort, spoken: str) -> tuple[Fix, ...]:
    right = _SCHEMES.get(spoken)
    if not port.app_protocol or right is None or service.metadata.owner_references:
        return ()
    place = f"/spec/ports/{service.ports.index(port)}/appProtocol"
    risk = "proxies that read appProtocol call it so from then on; callers that have the scheme in their own URL change nothing"
    change = ({"op": "replace", "path": place, "value": right},)
    return (Fix(about=service.ref, operations=change, risk=f"{risk}{managed_by(service)}"),)


def _probes(pods: Sequence[Pod]) -> tuple[str, ...]:
    return tuple(get_of_containers(each.ref, "readinessProbe") for each in pods[:1])


# --- without a measurement


def _declaring(case: Case, service: Service, port: ServicePort) -> tuple[Pod, ...]:
    """Return ready pods, all there are, whose readiness probe passes in another scheme than the port's name says."""
    return () if service.spec.type == "LoadBalancer" else _contradicting(case, service, port, _named(port))


def _contradicting(case: Case, service: Service, port: ServicePort, scheme: str) -> tuple[Pod, ...]:
    """Return ready pods, all there are, whose readiness probe passes in another scheme than this one."""
    shared = [each for each in service.ports if each is not port and each.target == port.target]
    if not scheme or shared:
        return ()
    pods = tuple(pod for _, pod in case.backends.behind(port) if pod is not None and pod.is_ready)
    differ = [pod for pod in pods if _passes_otherwise(pod, port, scheme)]
    return pods if pods and len(differ) == len(pods) else ()


def _named(port: ServicePort) -> str:
    words = (port.app_protocol or port.name).lower()
    return next((each for each in ("https", "http") if words == each or words.startswith(f"{each}-")), "")


def _passes_otherwise(pod: Pod, port: ServicePort, named: str) -> bool:
    number = port.resolve(pod)
    asked = [each.readiness_probe.http_get for each in pod.serving_containers if each.readiness_probe]
    own = [each for each in asked if each and each.port in (number, port.target)]
    return number is not None and bool(own) and scheme_of(port, number, pod) != named


def _called(service: Service, port: ServicePort, pods: tuple[Pod, ...], scheme: str) -> Detection:
    """A server of TLS understands nothing else; one whose probe is plain may speak both on its port."""
    first, right = pods[0], "http" if scheme == "https" else "https"
    return Detection(
        about=service.ref,
        message=f"The call is in {scheme}, and the readiness probe of {first.name} passes on the same port in {right}: "
        f"call {right}://{service.name}.{service.namespace}:{port.port}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY if right == "https" else Confidence.POSSIBLE,
        evidence=(
            Evidence(first.ref, "readinessProbe.httpGet.scheme", right.upper(), "it passes"),
            Evidence(service.ref, "spec.ports", str(port), f"leads to {port.target}"),
        ),
        check=(get_field(service.ref, "ports"), *_probes(pods)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), "called"),
    )


def _declared(service: Service, port: ServicePort, pods: tuple[Pod, ...]) -> Detection:
    named, first = _named(port), pods[0]
    spoken = _PLAIN if named == "https" else _TLS
    return Detection(
        about=service.ref,
        message=f"Port {port.port} of Service {service.namespace}/{service.name} is named {named}, and the readiness probe of "
        f"{first.name} passes there in {spoken}.",
        severity=Severity.WARN,
        confidence=Confidence.POSSIBLE,
        evidence=(
            Evidence(service.ref, "spec.ports", str(port), named),
            Evidence(first.ref, "readinessProbe.httpGet.scheme", "HTTP" if named == "https" else "HTTPS", "it passes"),
        ),
        check=(get_field(service.ref, "ports"), *_probes(pods)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port), "declared"),
    )
