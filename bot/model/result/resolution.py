"""The answer of `dns` (`k8snet.dns/v1`): every step of a search, and what programs make of it."""

from msgspec import Struct

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search import LIBCS, Conclusion, SearchStep, conclude
from bot.model.probe import Outcome, Vantage
from bot.model.question.question import Source
from bot.model.result.diagnosis import OpenGap
from bot.model.result.status import Status

DNS_SCHEMA = "k8snet.dns/v1"
_UNSURE = (Outcome.TIMEOUT, Outcome.NOT_RUN, Outcome.UNREACHABLE, Outcome.ERROR)


class Resolution(Struct, frozen=True, tag_field="schema", tag=DNS_SCHEMA):
    """What was asked, with which resolv.conf, and what each step said. Without probes the objects answered.

    `gaps` are what could not be read of what the answer rests on: nothing is sure beside them.
    """

    name: str
    namespace: str
    source: Source | None
    conf: ResolvConf
    steps: tuple[SearchStep, ...]
    vantage: Vantage = Vantage()
    is_probed: bool = False
    gaps: tuple[OpenGap, ...] = ()

    @property
    def conclusions(self) -> tuple[Conclusion, ...]:
        """Return what glibc, musl and Go make of the steps; one that could not be asked to its end is left out."""
        told = (conclude(self.name, self.conf, self.steps, libc) for libc in LIBCS)
        return tuple(each for each in told if not each.missing)

    @property
    def outcome(self) -> Status:
        """Return ok where all three find it, warn where some do, fail where none does.

        Unknown where nobody could ask, or where what the answer rests on was not read.
        """
        if self.gaps:
            return Status.UNKNOWN
        told = self.conclusions
        hits = sum(each.is_found for each in told)
        if hits and hits == len(LIBCS):
            return Status.OK
        if hits:
            return Status.WARN
        answers = [answer for step in self.steps for answer in (step.a, step.aaaa)]
        unheard = not self.vantage.is_in_cluster and any(each.outcome in _UNSURE for each in answers)
        return Status.UNKNOWN if not told or not answers or unheard else Status.FAIL
