"""The diagnosis: three verdicts on one question, one root cause, and all that led there (`k8snet.diagnosis/v1`)."""

from datetime import datetime

from msgspec import Struct

from bot.model.call.hop import HopState
from bot.model.probe import Observation, Vantage
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Finding, Layer
from bot.model.result.status import Basis, Status

DIAGNOSIS_SCHEMA = "k8snet.diagnosis/v1"


class Verdict(Struct, frozen=True):
    status: Status
    basis: Basis
    summary: str
    consequence_of: Layer | None = None


class RootCause(Struct, frozen=True):
    finding: str
    code: str
    name: str
    layer: Layer
    confidence: Confidence
    about: Ref
    message: str


class OpenGap(Struct, frozen=True):
    """A gap as it is told: what, why, which checks it left open, and the RBAC rule that closes it."""

    what: str
    why: str
    codes: tuple[str, ...] = ()
    grant: str = ""
    is_asked: bool = False  # the asker wished for just that, so it is told whatever else is known


class Change(Struct, frozen=True):
    at: datetime
    object: Ref
    field: str
    manager: str
    note: str = ""


class Offer(Struct, frozen=True):
    """That the caller's own pod may be asked, too: the image of the container that this takes, and its seconds."""

    image: str
    seconds: float


class Diagnosis(Struct, frozen=True, tag_field="schema", tag=DIAGNOSIS_SCHEMA):
    """Same input, same diagnosis, `id`, times and `took_ms` aside. `verdicts` holds all three layers, in order."""

    id: str
    question: Question
    asked_at: datetime
    took_ms: int
    api_requests: int
    vantage: Vantage  # without labels; of kind none where nothing was measured, or nothing that counts
    outcome: Status
    verdicts: dict[str, Verdict]
    root_cause: RootCause | None
    findings: tuple[Finding, ...] = ()
    observations: tuple[Observation, ...] = ()
    gaps: tuple[OpenGap, ...] = ()
    changes: tuple[Change, ...] = ()
    hops: tuple[HopState, ...] = ()
    offer: Offer | None = None  # where the caller's own pod could be measured from, and was not asked for
    taken_at: datetime | None = None  # when what was read was as it is told; of a dump long before it was asked
    watch_age: float | None = None  # seconds: how old, at most, what a worker's watches held was; None: all was read

    @property
    def root(self) -> Finding | None:
        """The finding behind `root_cause`."""
        if self.root_cause is None:
            return None
        return next(each for each in self.findings if each.id == self.root_cause.finding)

    @property
    def told_at(self) -> datetime:
        """Return the moment that ages are measured by: that of what was read."""
        return self.taken_at or self.asked_at

    @property
    def also_noticed(self) -> tuple[Finding, ...]:
        """Findings that are neither the root nor folded under it."""
        root = self.root_cause.finding if self.root_cause else ""
        return tuple(each for each in self.findings if each.id != root and not each.caused_by)

    @property
    def told_gaps(self) -> tuple[OpenGap, ...]:
        """What a person should hear of the gaps: a hint that was left out matters only while no fix is known."""
        is_mended = self.root is not None and bool(self.root.fix)
        return tuple(each for each in self.gaps if each.codes or each.is_asked or not is_mended)

    @property
    def consequences(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.caused_by)
