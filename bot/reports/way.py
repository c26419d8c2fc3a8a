"""The way of a call as a picture shows it: who calls, the hops that are passed, where they lead, and the first broken one."""

from msgspec import Struct

from bot.model.call.hop import HopState, first_broken
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.path import PathAnswer
from bot.model.result.status import Status
from bot.reports.words import service_words, source_words, vantage_words

BROKEN_HERE = "broken here"
UNPROBED_PATH = "by routing and NetworkPolicy alone, not probed"


class Way(Struct, frozen=True):
    """`hops` are those on the path, in order; `broken` is the first of them that fails, or fails a share of the calls.

    `outcome` is the word of the answer: of a diagnosis its status, of a path allow, deny or unknown.
    """

    title: str
    outcome: str
    caller: str
    target: str
    hops: tuple[HopState, ...]
    broken: HopState | None
    seen: str  # from where was measured, or that nothing was

    def words(self, state: HopState) -> str:
        """Return what is said of a hop: what was looked at, and of the first broken one that it is."""
        return f"{BROKEN_HERE}: {state.because}" if state is self.broken else state.because

    def passed(self, state: HopState) -> bool:
        """Return whether a call gets as far as this hop."""
        return self.broken is None or self.hops.index(state) <= self.hops.index(self.broken)


def way_of(found: Diagnosis | PathAnswer) -> Way:
    """Return the way that an answer is about."""
    hops = tuple(each for each in found.hops if each.status is not Status.OFF_PATH)
    if isinstance(found, PathAnswer):
        port = "" if found.port is None else f" port {found.port}/{found.protocol}"
        title = f"path {found.source} to {found.target}{port}"
        return Way(title, found.decision, found.source, found.target, hops, first_broken(hops), UNPROBED_PATH)
    question = found.question
    caller = source_words(question.source) if question.source else "any caller"
    target = f"{question.namespace}/{question.service or question.address}".strip("/")
    seen = vantage_words(found.vantage)
    return Way(f"why {service_words(question)}", str(found.outcome), caller, target, hops, first_broken(hops), seen)
