"""Many Services judged at one time: the table of `check` (`k8snet.check/v1`) and the digest (`k8snet.digest/v1`)."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from bot.model.result.diagnosis import OpenGap
from bot.model.result.finding import Finding
from bot.model.result.status import Status, worst

CHECK_SCHEMA = "k8snet.check/v1"
DIGEST_SCHEMA = "k8snet.digest/v1"


class Totals(Struct, frozen=True):
    services: int
    ok: int
    warn: int
    fail: int
    unknown: int


class DigestCause(Struct, frozen=True):
    code: str
    message: str


class DigestLine(Struct, frozen=True):
    namespace: str
    name: str
    outcome: Status
    root_cause: DigestCause | None
    why: str = ""  # the reason in words where it is not ok


class Scope(Struct, frozen=True):
    """What a table and a digest share: each Service of a scope, and what could not be looked at."""

    scope: dict[str, Any]
    at: datetime
    took_ms: int
    api_requests: int
    totals: Totals
    gaps: tuple[OpenGap, ...] = ()
    services: tuple[DigestLine, ...] = ()
    watch_age: float | None = None  # as `Diagnosis.watch_age`
    unread: tuple[str, ...] = ()  # namespaces whose Services could not be listed; empty text: all
    taken_at: datetime | None = None  # as `Diagnosis.taken_at`

    @property
    def told_at(self) -> datetime:
        """Return the moment that ages are measured by: that of what was read."""
        return self.taken_at or self.at

    @property
    def unknown(self) -> tuple[DigestLine, ...]:
        """Return the Services that could not be judged, each with its reason."""
        return tuple(each for each in self.services if each.outcome is Status.UNKNOWN)

    @property
    def unknown_by_reason(self) -> dict[str, list[str]]:
        """Return these Services as `namespace/name`, together where the reason in words is the same."""
        found: dict[str, list[str]] = {}
        for each in self.unknown:
            found.setdefault(each.why, []).append(f"{each.namespace}/{each.name}")
        return found

    def unknown_after(self, reasons: int) -> int:
        """Return how many of these Services are unknown for another reason than the first ones."""
        return sum(len(each) for each in list(self.unknown_by_reason.values())[reasons:])

    @property
    def outcome(self) -> Status:
        """Return the worst of all Services; unknown where a part of the scope could not be listed at all."""
        totals = self.totals
        counts = {Status.FAIL: totals.fail, Status.WARN: totals.warn, Status.UNKNOWN: totals.unknown + len(self.unread)}
        return worst(status for status, number in counts.items() if number)


class Table(Scope, frozen=True, tag_field="schema", tag=CHECK_SCHEMA):
    """`check` over a scope: one line a Service, compared with nothing."""


class Digest(Scope, frozen=True, tag_field="schema", tag=DIGEST_SCHEMA):
    """The same, compared with an earlier digest by the fingerprints of its findings.

    `compared_with` is the time of that digest, None where there was none: then nothing is known to be new. By fingerprint,
    `seen` tells when a digest first had a finding, `owners` which tool looks after its object.
    """

    new: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    ongoing: tuple[Finding, ...] = ()
    muted: int = 0
    compared_with: datetime | None = None
    seen: dict[str, datetime] = {}
    owners: dict[str, str] = {}

    def began(self, finding: Finding) -> datetime | None:
        """Return since when a finding is known: as the objects tell it, or since which digest."""
        known = [each for each in (finding.since, self.seen.get(finding.fingerprint)) if each]
        return min(known) if known else None
