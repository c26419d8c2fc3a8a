"""What is asked once more, by what the first answers leave open: a port's protocol, a long DNS answer, a SERVFAIL. Pure.

Rule: no port is asked in a second protocol that understood the first: what arrives there stands in somebody's log.
"""

from collections.abc import Iterator

from bot.model.call.onward import at_service
from bot.model.case import Case
from bot.model.planning.fresh import fresh_names
from bot.model.planning.sizes import more_sizes
from bot.model.probe import Call, HttpGet, Observation, Outcome, Probe, Purpose, TlsHandshake

# Two pods show what all replicas of a template do.
_PLACES = 2
_UNDERSTOOD = (Outcome.ANSWERED, Outcome.SERVER_ERROR)
# How a request ends that may have been in the wrong protocol. What came in words (`got`, `tls`) has said it already.
_NOT_UNDERSTOOD = (Outcome.RESET, Outcome.TIMEOUT, Outcome.NOT_HTTP, Outcome.ERROR)


def plan_again(case: Case) -> tuple[Probe, ...]:
    """Return what tells a wrong protocol from a broken application, a kept SERVFAIL from a true one, and a long name's sizes.

    None of the former where any backend of the port understood.
    """
    by_port: dict[int, list[Observation]] = {}
    for each in at_service(case).measured.http():
        if each.get.purpose is not Purpose.MOVED:
            by_port.setdefault(each.get.port, []).append(each)
    silent = {port: seen for port, seen in by_port.items() if not any(each.outcome in _UNDERSTOOD for each in seen)}
    others = (probe for seen in silent.values() for probe in _others(seen))
    return tuple(dict.fromkeys((*more_sizes(case), *fresh_names(case), *others)))


def _others(seen: list[Observation]) -> Iterator[Probe]:
    doubtful = {each.place: each for each in seen if _may_be_misasked(each)}
    for each in list(doubtful.values())[:_PLACES]:
        yield _other(each.get)


def _may_be_misasked(seen: Observation) -> bool:
    if seen.outcome is Outcome.TIMEOUT:
        return bool(seen.detail.get("connected"))
    return seen.outcome in _NOT_UNDERSTOOD and "got" not in seen.detail and seen.detail.get("tls") != "expected"


def _other(asked: Call) -> Probe:
    if asked.scheme == "https":
        return HttpGet(asked.address, asked.port, "/", asked.host, "http", Purpose.OTHER, asked.pod)
    return TlsHandshake(asked.address, asked.port, asked.host, Purpose.OTHER, asked.pod)
