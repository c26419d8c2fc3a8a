"""Which certificates the backends of a port show, and what a caller that verifies them would say.

Rule: only what every such caller finds is judged, names and dates; whom a caller trusts stands in its own files.
Self-signed ones are told with less weight: they are mostly called by who does not verify.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.checks.facts.backends import about_of, all_of, probed
from bot.model.case import Case
from bot.model.certificate import Certificate
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, TlsHandshake
from bot.model.question.question import Symptom
from bot.model.refs import service_fqdn
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count, listing

# Clocks differ: what began a moment ago for its issuer may not have begun here.
_SKEW = timedelta(minutes=5)
# What is renewed every few days is always about to end.
_SOON, _RENEWED_OFTEN, _LAST_PART = timedelta(days=7), timedelta(days=30), 0.1
_NAME_REFUSED = "unrecognized name"
_SECRETS = ("get", "secrets", "--field-selector", "type=kubernetes.io/tls")


class Shown(Struct, frozen=True):
    """One endpoint, and what a handshake with it gave."""

    endpoint: Endpoint
    seen: Observation

    @property
    def place(self) -> str:
        return f"{self.seen.place[0]}:{self.seen.place[1]}"


class Surface(Struct, frozen=True):
    """A port of a Service, and what handshakes with its endpoints gave."""

    service: Service
    port: ServicePort
    shown: tuple[Shown, ...]


Certified = Sequence[tuple[Shown, Certificate]]


def judge_certificates(case: Case, service: Service, port: ServicePort) -> Iterator[Detection]:
    """Yield what is wrong with them: ended, not begun, another name; ended soon as context. At most one of the first three."""
    surface = Surface(service, port, _shown(case, port))
    shown = surface.shown
    at = case.snapshot.taken_at
    certified = [(each, known) for each in shown if (known := each.seen.certificate) is not None]
    ended = [(each, known) for each, known in certified if known.ends <= at]
    early = [(each, known) for each, known in certified if known.starts > at + _SKEW]
    named = _names(case)
    other = [(each, known) for each, known in certified if not any(known.covers(name) for name in named)]
    if ended:
        yield _found(case, surface, ended, f"ended {_when(ended[0][1].ends, at)}")
    elif early:
        yield _found(case, surface, early, f"is not valid before {early[0][1].starts:%Y-%m-%d %H:%M} UTC")
    elif other:
        what = f"is for {listing(other[0][1].names, most=3) or 'no name at all'}, not for {listing(named[:1])}"
        yield _found(case, surface, other, what, is_asked=_is_in_tls(case))
    else:
        yield from _ending(case, surface, certified)
    if refused := [each for each in shown if _NAME_REFUSED in str(each.seen.detail.get("tls", ""))]:
        yield _refused(case, surface, refused)


def _shown(case: Case, port: ServicePort) -> tuple[Shown, ...]:
    endpoints = {(each.endpoint.address, each.endpoint.port): each.endpoint for each in probed(case, port)}
    return tuple(Shown(endpoints[each.place], each) for each in case.measured.tls() if each.place in endpoints)


def _names(case: Case) -> tuple[str, ...]:
    """Return the name of the URL, where a caller of HTTPS said it; else every name that is called in the cluster.

    Of an alias its own names: a program knows of no other.
    """
    sent = case.sent
    if (_is_in_tls(case) or not sent.service) and sent.name:
        return (sent.name.rstrip("."),)
    name, namespace = sent.service, sent.namespace
    short = (f"{name}.{namespace}.svc", f"{name}.{namespace}", name)
    return (*short, service_fqdn(name, namespace, case.snapshot.zone).rstrip("."))


def _is_in_tls(case: Case) -> bool:
    """Who sends the call of a public host on does not verify, unless it is told to."""
    if case.route:
        return False
    return case.question.scheme in ("https", "grpcs", "wss") or case.question.symptom is Symptom.TLS


def _found(case: Case, surface: Surface, wrong: Certified, what: str, *, is_asked: bool = True) -> Detection:
    """`is_asked`: the fault is one for this caller or everybody, else for those alone who call it by such a name."""
    service, port, of = surface.service, surface.port, len(surface.shown)
    first, is_own = wrong[0][1], all(known.is_self_signed for _, known in wrong)
    by = "signed by itself" if first.is_self_signed else f"issued by {first.issuer}"
    backends = [each for each in probed(case, port) if any(each.endpoint is one.endpoint for one, _ in wrong)]
    severe = Severity.WARN if is_own or len(wrong) < of else Severity.FAIL
    return Detection(
        about=about_of(service, backends),
        message=f"The certificate that {_which(case, port, len(wrong), of)} of Service {service.namespace}/{service.name} "
        f"{'shows' if len(wrong) == 1 else 'show'} on port {port.port} {what} ({by}): whoever verifies it hangs up.",
        severity=severe if is_asked else Severity.INFO,
        confidence=Confidence.LIKELY if is_asked else Confidence.POSSIBLE,
        evidence=tuple(_evidence(service, each, known) for each, known in wrong[:3]),
        check=(kubectl(*_SECRETS, namespace=service.namespace),),
        affected=Affected(len(wrong), of),
        pods=frozenset(each.endpoint.pod for each, _ in wrong if each.endpoint.pod),
        key=(str(port), "certificate"),
    )


def _which(case: Case, port: ServicePort, wrong: int, of: int) -> str:
    if wrong < of:
        return f"{wrong} of {of} backends"
    words = all_of(case, port, wrong)
    return f"{words[0].lower()}{words[1:]}"


def _evidence(service: Service, shown: Shown, known: Certificate) -> Evidence:
    dates = f"{known.starts:%Y-%m-%d} to {known.ends:%Y-%m-%d}"
    names = listing(known.names, most=5) or "no subjectAltName"
    return Evidence(service.ref, "tls", f"{shown.place}: {names}, {dates}", f"issuer {known.issuer}")


def _ending(case: Case, surface: Surface, certified: Certified) -> Iterator[Detection]:
    service, port = surface.service, surface.port
    at = case.snapshot.taken_at
    soon = [(each, known) for each, known in certified if _ends_soon(known, at)]
    if soon:
        shown, known = soon[0]
        yield Detection(
            about=service.ref,
            message=f"The certificate of Service {service.namespace}/{service.name} on port {port.port} ends "
            f"in {count(known.days_left(at), 'day')} ({known.ends:%Y-%m-%d %H:%M} UTC).",
            severity=Severity.INFO,
            confidence=Confidence.CERTAIN,
            evidence=(_evidence(service, shown, known),),
            check=(kubectl(*_SECRETS, namespace=service.namespace),),
            affected=Affected(len(soon), len(certified)),
            key=(str(port), "ends-soon"),
        )


def _ends_soon(known: Certificate, at: datetime) -> bool:
    whole, left = known.ends - known.starts, known.ends - at
    return left < _SOON and whole > _RENEWED_OFTEN and left < whole * _LAST_PART


def _when(ended: datetime, at: datetime) -> str:
    days = (at - ended) // timedelta(days=1)
    since = f"{count(days, 'day')} ago" if days else "today"
    return f"{since} ({ended:%Y-%m-%d %H:%M} UTC)"


def _refused(case: Case, surface: Surface, refused: Sequence[Shown]) -> Detection:
    service, port, of = surface.service, surface.port, len(surface.shown)
    probe = refused[0].seen.probe
    assert isinstance(probe, TlsHandshake)
    return Detection(
        about=service.ref,
        message=f"{len(refused)} of {count(of, 'backend')} of Service {service.namespace}/{service.name} end the TLS handshake "
        f"for the name {probe.name} (SNI) with the alert {_NAME_REFUSED}: they serve other names.",
        severity=Severity.FAIL if _is_in_tls(case) and len(refused) == of else Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=tuple(
            Evidence(service.ref, "tls", each.place, str(each.seen.detail.get("tls", ""))) for each in refused[:3]
        ),
        check=(kubectl(*_SECRETS, namespace=service.namespace),),
        affected=Affected(len(refused), of),
        key=(str(port), "sni"),
    )
