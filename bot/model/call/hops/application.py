"""The application: does it answer? Measured where it could be; else what the pods' readiness says."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from bot.model.call.doubt import doubt_words
from bot.model.call.hops.backend import backend
from bot.model.call.hops.endpoints import foreign, is_api_server
from bot.model.call.sight import Sight, failing, milliseconds, no_service, not_probed, off_path, sound, unknown
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.probe import GrpcHealth, HttpGet, Observation, Outcome, TcpConnect, TlsHandshake
from bot.model.question.question import Symptom
from bot.model.result.status import Basis, Status
from bot.model.text import count, listing
from bot.model.views.measurements import Measurements

# What has been so for longer is no part of a failure that comes and goes.
LATELY = timedelta(minutes=10)


def application(case: Case) -> Sight:
    """Return whether the backends are known to answer; of a TLS complaint not all can be known: whom the caller trusts.

    Who asks about something intermittent is not told `ok` while a pod has just left the endpoints: it may come and go.
    """
    seen = _answering(case)
    if seen.status is Status.OK and case.question.symptom is Symptom.INTERMITTENT and (left := left_lately(case)):
        names = listing([each.name for each in left], 3)
        return unknown(f"{seen.because}; {names} left the endpoints minutes ago, and may do so again", seen.basis)
    if seen.status is Status.OK and case.question.symptom is Symptom.TLS and not case.in_table:
        looked = any(each.certificate for each in case.measured.tls())
        why = (
            "its names and dates are right, and whom the caller trusts is not known"
            if looked
            else "no certificate was seen"
        )
        return unknown(f"{seen.because}; TLS was asked about: {why}", seen.basis)
    return seen


def left_lately(case: Case) -> tuple[Pod, ...]:
    """Return the pods that were ready and are not since a few minutes; one that is new is only starting."""
    return tuple(each for each in case.backends.pods if _has_left(case, each))


def _has_left(case: Case, pod: Pod) -> bool:
    born, left = pod.status.start_time or pod.metadata.creation_timestamp, pod.ready_since
    if pod.is_ready or pod.is_terminating or pod.is_terminal or born is None or left is None:
        return False
    return not case.snapshot.is_older(left, LATELY) and left - born > LATELY


def _answering(case: Case) -> Sight:
    service = case.service
    if service is None:
        return no_service(case)
    if service.is_external_name:
        return off_path("an alias: what answers is behind its target")
    if why := doubt_words(case, TcpConnect, HttpGet, GrpcHealth, TlsHandshake):
        return unknown(why, Basis.PROBED)
    probed = _measured(case, case.measured)
    if probed is None and case.elsewhere.observations:
        probed = _measured(case, case.measured_elsewhere, " (called by the worker)")
    if probed is not None:
        return probed
    behind = backend(case)
    if is_api_server(service) or behind.status is Status.OK:
        return behind
    if foreign(case):
        return unknown(f"the endpoints are no pods of this cluster; {not_probed(case)}")
    return unknown(behind.because, behind.basis)


def _measured(case: Case, seen: Measurements, by: str = "") -> Sight | None:
    """Return what calling the backends gave; None where nobody called who would have been let through."""
    usable = case.backends.all_usable
    called, connected = _to(seen.http(), usable), _to(seen.tcp(), usable)
    shaken = _to(seen.tls(), usable)
    if not (called or connected or shaken):
        return None
    found = _probed(called, shaken or connected)
    return replace(found, because=f"{found.because}{by}")


def _probed(called: Sequence[Observation], reached: Sequence[Observation]) -> Sight:
    """Return what requests gave, else handshakes or connections."""
    seen = called or reached
    good = [each for each in seen if each.outcome is Outcome.ANSWERED]
    places = {each.place for each in seen}
    bad = {each.place for each in seen if each.outcome is not Outcome.ANSWERED}
    of, fine = count(len(places), "backend"), len(places) - len(bad)
    if bad:
        saw = listing(sorted({str(each.outcome) for each in seen if each.outcome is not Outcome.ANSWERED}))
        return failing(f"{len(bad)} of {of} gave {saw}")
    if called:
        statuses = listing(sorted({_answer(each) for each in good}))
        return sound(f"{fine} of {of} answer {statuses} in {milliseconds(max(each.ms for each in good))}", Basis.PROBED)
    if any(each.wants_client_certificate for each in good):
        return sound(f"TLS is spoken by {fine} of {of}, and only to clients with a certificate", Basis.PROBED)
    if isinstance(good[0].probe, TlsHandshake):
        return sound(f"TLS is spoken by {fine} of {of}; nothing was asked within", Basis.PROBED)
    return sound(f"{fine} of {of} accept connections; HTTP was not tried", Basis.PROBED)


def _answer(seen: Observation) -> str:
    """Return the status of HTTP, or what a gRPC health check says of itself."""
    return str(seen.detail.get("health") or seen.status)


def _to(seen: Sequence[Observation], endpoints: Sequence[Endpoint]) -> list[Observation]:
    known = {(each.address, each.port) for each in endpoints}
    return [each for each in seen if each.place in known]
