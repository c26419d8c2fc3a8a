"""Measures a case in up to two rounds: what is planned, then what its answers leave open. Both share the seconds."""

from msgspec.structs import replace

from bot.model.call.onward import at_service
from bot.model.case import Case
from bot.model.planning.again import plan_again
from bot.model.planning.plan import plan
from bot.model.probe import Observation, Outcome, Probe, asked_address
from bot.model.result.diagnosis import OpenGap
from bot.model.text import count, listing
from bot.usecases.from_caller import no_pod, plans, sent_on, with_caller
from bot.usecases.given import Beside, Left, Run

# Below this a second round could only be cut short; above it nobody waits for it.
_LEAST, _MOST = 0.2, 2.0  # seconds


async def measured(case: Case, run: Run, left: Left, beside: Beside | None) -> tuple[Case, tuple[OpenGap, ...]]:
    """Return the case with what was seen, by its caller's own pod where `beside` is given; and what has to be told."""
    probes = plan(case)
    if not probes:
        return case, ()
    route = at_service(case).route
    if beside and (pod := case.caller.pod) and route is None:
        theirs, ours = await beside(pod.ref, plans(case, probes), left())
        return with_caller(case, pod, theirs, ours)
    seen = await measure(case, probes, run, left)
    told = (sent_on(case, route) if route else no_pod(case),) if beside else ()
    return replace(case, observations=seen), told


async def measure(case: Case, probes: tuple[Probe, ...], run: Run, left: Left) -> tuple[Observation, ...]:
    """Return what the probes saw, and after it what the second round did."""
    seen = await run(probes, left())
    more = plan_again(replace(case, observations=seen)) if left() >= _LEAST else ()
    return (*seen, *await run(more, min(left(), _MOST))) if more else seen


def left_out(seen: tuple[Observation, ...]) -> tuple[OpenGap, ...]:
    """Return what was not measured for a reason that a probe tells, each reason once; the deadline is none."""
    unmade: dict[str, list[Probe]] = {}
    for each in seen:
        if each.outcome is Outcome.NOT_RUN and (why := each.detail.get("error")):
            unmade.setdefault(str(why), []).append(each.probe)
    return tuple(OpenGap(_in_words(probes), why) for why, probes in unmade.items())


def _in_words(probes: list[Probe]) -> str:
    asked = dict.fromkeys(map(asked_address, probes))
    return f"{count(len(probes), 'probe')} of {listing(tuple(asked))}"
