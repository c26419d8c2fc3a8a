"""Probes that failed and that something may have stopped which was not read, or cannot be evaluated yet.

Such a failure proves no fault of what was asked, and nothing is called sound beside it: the hop is unknown. A failure that
policies surely explain is no doubt: then the objects speak.
"""

from bot.model.case import Case
from bot.model.probe import DnsQuery, Probe, Purpose

_THROUGH = (Purpose.SERVICE, Purpose.STEP, Purpose.ENTRY)
_MAY_STOP = "something that was not read, or cannot be evaluated yet, may have stopped it"


def doubt_words(case: Case, *kinds: type[Probe], through_service: bool = False) -> str:
    """Return in words the first such failure of these kinds of probe; empty where there is none.

    `through_service`: those that went through the Service's (or the DNS Service's) address, else those to single pods.
    """
    for each in case.measured.doubtful:
        if isinstance(each.probe, kinds) and (each.probe.purpose in _THROUGH) is through_service:
            return f"{_target(each.probe)} gave {each.outcome}, and {_MAY_STOP}"
    return ""


def _target(probe: Probe) -> str:
    return probe.name.rstrip(".") if isinstance(probe, DnsQuery) else f"{probe.address}:{probe.port}"
