"""Findings: one thing that a check found about one object, with all that a renderer needs."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from bot.model import kubectl
from bot.model.refs import Ref


class Layer(StrEnum):
    """The three verdicts, in the order in which they are always told."""

    DNS = "dns"
    ROUTING = "routing"
    APPLICATION = "application"


class Severity(StrEnum):
    """How bad, if true."""

    FAIL = "fail"  # every request of this path fails
    WARN = "warn"  # a share of them
    INFO = "info"  # context, and consequences folded under their cause


class Confidence(StrEnum):
    """How sure. It is independent of severity."""

    CERTAIN = "certain"  # the API's state alone proves it, or a measurement does
    LIKELY = "likely"  # fits all that was seen; something that would prove it was not seen
    POSSIBLE = "possible"  # a hypothesis to rank, never a verdict on its own


# Their places in an order, the gravest and the surest first.
GRAVITY = {each: place for place, each in enumerate(Severity)}
SURENESS = {each: place for place, each in enumerate(Confidence)}


class Evidence(Struct, frozen=True):
    object: Ref
    field: str
    value: Any
    note: str = ""


class Because(StrEnum):
    """What names the Service; in the order of its weight."""

    WAITS = "waits"  # the command of an init container, which runs before the application
    SAID = "said"  # the log, the termination message or a failed probe, about a call that failed
    REFUSED = "refused"  # the API server, which refuses pods since it cannot call the webhook that it belongs to
    CALLS = "calls"  # the command of a container


class Dependency(Struct, frozen=True):
    """A Service that a container depends on; `exists` unless no such Service is in the snapshot.

    `port` is 0 where none is said; `lookup`: the words say that its name does not resolve.
    """

    service: Ref
    port: int
    because: Because
    container: str
    evidence: Evidence
    exists: bool = True
    lookup: bool = False

    @property
    def place(self) -> str:
        """Name it for a person, e.g. `Service shop/db, port 5432`."""
        return f"{self.service}, port {self.port}" if self.port else str(self.service)


class Variable(Struct, frozen=True):
    """An environment variable of a container, and the value that it is given."""

    container: str
    name: str
    value: str


class Fix(Struct, frozen=True):
    """A change that mends it. Given as a patch of one object, the command is rendered from it and `whatif` applies it.

    Exactly one of `merge` (RFC 7396), `operations` (RFC 6902), `replicas`, `manifest` (an object to create), `removed` (the
    object is deleted), `variable` (of a workload's template) or `command` (nothing to prove: an action without a known
    outcome) is set. `replaced`: with a
    merge of fields that cannot be changed, the object is deleted and made again. `calls`: the name that the caller calls
    from then on, and its port where that stands beside it.
    """

    about: Ref
    risk: str
    merge: Mapping[str, Any] | None = None
    operations: tuple[Mapping[str, Any], ...] | None = None
    replicas: int | None = None
    manifest: Mapping[str, Any] | None = None
    removed: bool = False
    replaced: bool = False
    variable: Variable | None = None
    command: str = ""
    calls: str = ""

    @property
    def rendered(self) -> str:
        """The kubectl command that does exactly this."""
        if self.merge is not None:
            render = kubectl.replace if self.replaced else kubectl.merge_patch
            return render(self.about, self.merge)
        if self.operations is not None:
            return kubectl.json_patch(self.about, self.operations)
        if self.replicas is not None:
            what = f"{kubectl.resource(self.about)}/{self.about.name}"
            return kubectl.kubectl("scale", what, f"--replicas={self.replicas}", namespace=self.about.namespace)
        if self.manifest is not None:
            return kubectl.apply(self.manifest)
        if self.variable is not None:
            return kubectl.set_variable(self.about, self.variable.container, self.variable.name, self.variable.value)
        return kubectl.delete(self.about) if self.removed else self.command


class FixLine(Struct, frozen=True):
    """A fix as it is told: the command, what it risks, and what the diagnosis says with it applied (or null)."""

    command: str
    risk: str
    proof: str | None = None


class Affected(Struct, frozen=True):
    """How many of the endpoints, and the share of requests that meets them when balanced at random."""

    endpoints: int
    of: int

    @property
    def share(self) -> float:
        return round(self.endpoints / self.of, 4) if self.of else 0.0


class AffectedLine(Struct, frozen=True):
    endpoints: int
    of: int
    share: float


class Written(Struct, frozen=True):
    """A field of an object by which a finding is dated, and its writer named: `Written(service.ref, ("spec", "selector"))`.

    `begins`: what is wrong is so since that was written; else that is no more than who wrote it, and the check may know since
    when. `made`: where no writer is recorded, it is so since the object was made, if nobody changed it since. `beside`: it
    takes another one as well, and the later of both counts.
    """

    object: Ref
    path: tuple[str, ...]
    begins: bool = True
    made: bool = False
    beside: "Written | None" = None


class Detection(Struct, frozen=True):
    """What a check yields; the judge adds code, name, identity and place in the cause graph.

    `pods` are the pods it is about, so that causes and consequences are joined only where they share one.
    `key` holds the facts that make this the same finding tomorrow (for the fingerprint): no times, no counters. `since` is for
    what no field tells; where `written` dates it, for when no writer of that is recorded.
    """

    about: Ref
    message: str
    severity: Severity = Severity.FAIL
    confidence: Confidence = Confidence.CERTAIN
    evidence: tuple[Evidence, ...] = ()
    check: tuple[str, ...] = ()
    fix: tuple[Fix, ...] = ()
    affected: Affected | None = None
    pods: frozenset[str] = frozenset()
    key: tuple[str, ...] = ()
    since: datetime | None = None
    written: Written | None = None
    waits_for: tuple[Dependency, ...] = ()  # the Services whose own fault may be the cause
    layer: Layer | None = None  # only where one check can find causes of two layers (RTE-010)
    common: str = ""  # what brings the same about elsewhere (a registry that is silent): then it is one thing to mend


class Finding(Struct, frozen=True):
    """A `Detection` in its place: code, identity and causes (docs/json.md, "Finding")."""

    id: str
    fingerprint: str
    code: str
    name: str
    layer: Layer
    severity: Severity
    confidence: Confidence
    about: Ref
    message: str
    evidence: tuple[Evidence, ...] = ()
    caused_by: tuple[str, ...] = ()
    affected: AffectedLine | None = None
    check: tuple[str, ...] = ()
    fix: tuple[FixLine, ...] = ()
    since: datetime | None = None
    changed_by: str | None = None
    since_earliest: datetime | None = None  # where `since` is not known: it cannot be so for longer
    fixes: tuple[Fix, ...] = field(default=())  # the patches behind `fix`; not part of the JSON
    common: str = field(default="")  # as in `Detection`; not part of the JSON either
