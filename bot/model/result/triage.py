"""What is broken in a scope, without any Service having been named (`k8snet.triage/v1`)."""

from datetime import datetime

from msgspec import Struct

from bot.model.refs import Ref
from bot.model.result.digest import Scope
from bot.model.result.finding import Finding
from bot.model.result.status import Status, worst

TRIAGE_SCHEMA = "k8snet.triage/v1"


class Reached(Struct, frozen=True):
    """A Service that a cause takes down or degrades."""

    namespace: str
    name: str


class Cause(Struct, frozen=True):
    """One root cause, told once, with the Services that it breaks.

    `callers`: who cannot call these Services, where others can; empty where nobody can, or only from outside.
    `since` is when it began, None where the objects do not tell; `share` is that of the scope's Services, from 0 to 1;
    `is_old` says that it has been so for a week and more, or may be meant to be so, by all that is known: what people are
    called for began later. `depends_on` are broken
    Services that these call, as far as the objects show it, and that broke no later: they may be why.
    """

    finding: Finding
    services: tuple[Reached, ...]
    since: datetime | None
    share: float
    is_old: bool = False
    callers: tuple[Ref, ...] = ()
    depends_on: tuple[Reached, ...] = ()


class Triage(Scope, frozen=True, tag_field="schema", tag=TRIAGE_SCHEMA):
    """The few root causes of what is broken in a scope, the gravest and most shared first, the old ones last.

    `is_called`: it was said who calls, so policies and DNS were judged for that caller.
    """

    causes: tuple[Cause, ...] = ()
    is_called: bool = False

    @property
    def outcome(self) -> Status:
        """Return the worst of all Services, of the calls to them, and of rollouts that cannot go on."""
        return worst([super().outcome, *(Status(str(each.finding.severity)) for each in self.causes)])

    @property
    def broken(self) -> frozenset[Reached]:
        """Return the Services that causes break, degrade or hold back for whoever calls."""
        return frozenset(each for cause in self.causes if not cause.callers for each in cause.services)

    @property
    def cut_off(self) -> frozenset[Ref]:
        """Return who cannot call Services that others can call."""
        return frozenset(each for cause in self.causes for each in cause.callers)
