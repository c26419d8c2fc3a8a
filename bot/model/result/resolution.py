"""The answer of `dns` (`k8snet.dns/v1`): every step of a search, and what programs make of it."""

from msgspec import Struct

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.conclusion import Conclusion, Reason
from bot.model.dns.search.differences import Difference, differences, lacks_family, stray
from bot.model.dns.search.resolver import Resolver
from bot.model.dns.search.simulate import conclude
from bot.model.dns.search.table import LIBCS, RESOLVERS, WALKED, WORDS
from bot.model.probe import Outcome, Vantage
from bot.model.question.question import Source
from bot.model.result.diagnosis import Offer, OpenGap
from bot.model.result.finding import Finding, Severity
from bot.model.result.status import Status

DNS_SCHEMA = "k8snet.dns/v1"
_UNSURE = (Outcome.TIMEOUT, Outcome.NOT_RUN, Outcome.UNREACHABLE, Outcome.ERROR)


class Resolution(Struct, frozen=True, tag_field="schema", tag=DNS_SCHEMA):
    """What was asked, with which resolv.conf, and what each step said. Without probes the objects answered.

    `gaps` are what could not be read of what the answer rests on: nothing is sure beside `unread` ones; the others say why the
    caller's pod did not ask itself. `offer` is what its asking would take, where it may. `resolver` is the one that was
    asked for, or guessed by `guessed_by`; empty where nobody knows. `findings` are what checks found on the lookup's way, worst
    first; `doubt` why it is not known whether the caller asks so, and is let through; `notes` what is to be known about a
    name of this kind; `pointers` the names of a reverse name, which has no steps: no program searches for it.
    """

    name: str
    namespace: str
    source: Source | None
    conf: ResolvConf
    steps: tuple[SearchStep, ...]
    vantage: Vantage = Vantage()
    is_probed: bool = False
    gaps: tuple[OpenGap, ...] = ()
    resolver: str = ""
    guessed_by: str = ""
    findings: tuple[Finding, ...] = ()
    doubt: str = ""
    notes: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    offer: Offer | None = None

    @property
    def unread(self) -> tuple[OpenGap, ...]:
        """Return the gaps beside which nothing is sure."""
        return tuple(each for each in self.gaps if not each.is_asked)

    @property
    def subject(self) -> Resolver | None:
        """Return the resolver that the answer is for."""
        return WORDS.get(self.resolver)

    @property
    def conclusions(self) -> tuple[Conclusion, ...]:
        """Return what glibc, musl and Go make of the steps; one that could not be asked to its end is left out."""
        return self._concluded(LIBCS)

    @property
    def all_conclusions(self) -> tuple[Conclusion, ...]:
        """Return what every resolver of the table makes of the steps, as far as they were asked."""
        return self._concluded(RESOLVERS)

    @property
    def own(self) -> Conclusion | None:
        """Return what the caller's resolver concludes; None where it is not known, or could not be asked to its end."""
        subject = self.subject
        return next(iter(self._concluded((subject,))), None) if subject else None

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Return where resolvers differ; empty where they agree, or where a step was not asked."""
        return differences(self.name, self.conf, self.steps)

    def _concluded(self, resolvers: tuple[Resolver, ...]) -> tuple[Conclusion, ...]:
        told = (conclude(self.name, self.conf, self.steps, each) for each in resolvers)
        return tuple(each for each in told if not each.missing)

    @property
    def outcome(self) -> Status:
        """Return ok where the caller's resolver finds it, where that is known; else ok where all that search do.

        Warn where some do, fail where none does. Unknown where nobody could ask, or where what the answer rests on was
        not read. What was found on its way counts beside them.
        """
        said = self._of_steps
        if self.worst is Severity.FAIL:
            return Status.FAIL
        if self.doubt and said in (Status.OK, Status.WARN):
            return Status.UNKNOWN
        return Status.WARN if self.worst and said is Status.OK else said

    @property
    def fails_by_guess(self) -> bool:
        """Return whether the caller's resolver, which is guessed, has its own reason not to find what others find."""
        own = self.own
        return bool(self.guessed_by and own and not own.is_found and own.reason not in (None, Reason.UNKNOWN))

    @property
    def worst(self) -> Severity | None:
        """Return how bad the worst finding is; None without one."""
        return self.findings[0].severity if self.findings else None

    @property
    def _of_steps(self) -> Status:
        if self.unread:
            return Status.UNKNOWN
        if self.pointers:
            return Status.OK
        own = self.own
        searching = self._concluded(WALKED)
        told = (own,) if own and not self.guessed_by else searching
        hits = [each.hit for each in told if each.is_found]
        alike = len(hits) + sum(lacks_family(each, hits[0]) for each in told if hits)
        if hits and alike == (len(told) if own and not self.guessed_by else len(WALKED)):
            return Status.WARN if self.fails_by_guess else Status.OK
        if hits:
            return Status.WARN
        if own and any(each.is_found for each in searching) and (own.reason is Reason.PAIR or stray(own, searching)):
            return Status.FAIL
        answers = [answer for step in self.steps for answer in (step.a, step.aaaa)]
        unheard = not self.vantage.is_in_cluster and any(each.outcome in _UNSURE for each in answers)
        return Status.UNKNOWN if not told or not answers or unheard else Status.FAIL
