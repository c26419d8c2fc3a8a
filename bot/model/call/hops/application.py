"""The application: does it answer? Measured where it could be; else what the pods' readiness says."""

from collections.abc import Sequence

from bot.model.call.doubt import doubt_words
from bot.model.call.hops.backend import backend
from bot.model.call.hops.endpoints import foreign, is_api_server
from bot.model.call.sight import Sight, milliseconds, no_service, not_probed, off_path, sound, unknown
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.probe import HttpGet, Observation, Outcome, TcpConnect
from bot.model.question.question import Symptom
from bot.model.result.status import Basis, Status
from bot.model.text import count, listing
from bot.model.views.measurements import Measurements


def application(case: Case) -> Sight:
    """Return whether the backends are known to answer; of a TLS complaint nothing is known: no certificate is judged."""
    seen = _answering(case)
    if seen.status is Status.OK and case.question.symptom is Symptom.TLS and not case.in_table:
        return unknown(f"{seen.because}; TLS was asked about and not judged: no certificate is looked at", seen.basis)
    return seen


def _answering(case: Case) -> Sight:
    service = case.service
    if service is None:
        return no_service(case)
    if service.is_external_name:
        return off_path("an alias: what answers is behind its target")
    if why := doubt_words(case, TcpConnect, HttpGet):
        return unknown(why, Basis.PROBED)
    if probed := _measured(case, case.measured) or _measured(case, case.measured_elsewhere, " (called by the worker)"):
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
    if not (called or connected):
        return None
    found = _probed(called, connected)
    return Sight(found.status, found.basis, f"{found.because}{by}")


def _probed(called: Sequence[Observation], connected: Sequence[Observation]) -> Sight:
    seen = called or connected
    good = [each for each in seen if each.outcome is Outcome.ANSWERED]
    places = {each.place for each in seen}
    bad = {each.place for each in seen if each.outcome is not Outcome.ANSWERED}
    of, fine = count(len(places), "backend"), len(places) - len(bad)
    if bad:
        saw = listing(sorted({str(each.outcome) for each in seen if each.outcome is not Outcome.ANSWERED}))
        return unknown(f"{len(bad)} of {of} gave {saw}, unexplained", Basis.PROBED)
    if called:
        statuses = listing(sorted({str(each.status) for each in good}))
        return sound(f"{fine} of {of} answer {statuses} in {milliseconds(max(each.ms for each in good))}", Basis.PROBED)
    return sound(f"{fine} of {of} accept connections; HTTP was not tried", Basis.PROBED)


def _to(seen: Sequence[Observation], endpoints: Sequence[Endpoint]) -> list[Observation]:
    known = {(each.address, each.port) for each in endpoints}
    return [each for each in seen if each.place in known]
