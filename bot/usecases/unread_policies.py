"""Policies that are not evaluated and were written as a failure began: a triage names them beside it, as what to look at.

Of Cilium, Calico and the like only whom a policy selects is read. That one selects pods which fail says nothing; that it
was written shortly before they did is a suspicion, and no more: the finding stays what it is and gets a sentence.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.checks.facts.commands import describe
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.policy.index import policy_index
from bot.model.policy.opaque import POLICIES, may_reach, reaching
from bot.model.refs import Ref
from bot.model.result.changes import Writer, writer_of
from bot.model.result.finding import Finding, Severity
from bot.model.result.triage import Reached
from bot.model.snapshot import Snapshot
from bot.model.text import listing
from bot.usecases.order_of_causes import gives_another_reason, is_of_callers
from bot.usecases.use_of_services import UseOfServices

_BEFORE = timedelta(minutes=30)  # connections that are open go on, and a probe fails a few times before it counts
_AFTER = timedelta(minutes=2)  # kubelets tell in turns


def with_suspects(snapshot: Snapshot, use: UseOfServices, found: Finding, services: tuple[Reached, ...]) -> Finding:
    """Return a finding that names policies written as it began, not evaluated here, that select its pods or those they call."""
    if found.severity is not Severity.FAIL or found.since is None or not is_of_callers(found):
        return found
    if not may_reach(snapshot, POLICIES) or gives_another_reason(found):
        return found
    own = dict(_selecting(snapshot, (*use.members(services), *_made_by(snapshot, found.about)), found.since))
    called = dict(_selecting(snapshot, use.members(use.called_by(services, found.about)), found.since))
    said = [f"{ref}, which selects its pods and was {when}" for ref, when in own.items()]
    said += [
        f"{ref}, which selects pods that it calls and was {when}" for ref, when in called.items() if ref not in own
    ]
    if not said:
        return found
    return replace(
        found,
        message=f"{found.message} Not evaluated here, and may be why: {listing(said, 2)}.",
        check=(*found.check[:1], *map(describe, dict.fromkeys((*own, *called))), *found.check[1:]),
    )


def _made_by(snapshot: Snapshot, about: Ref) -> tuple[Pod, ...]:
    return tuple(snapshot.pods_by_workload(about.namespace).get(about, ()))


def _selecting(snapshot: Snapshot, pods: Iterator[Pod] | tuple[Pod, ...], since: datetime) -> Iterator[tuple[Ref, str]]:
    """Yield the policies that select one of these pods and were written as something began, and when in words."""
    parties = {id(each.metadata.labels): policy_index(snapshot).pod(each) for each in pods if not each.is_terminal}
    for ref in reaching(snapshot, POLICIES, parties.values()).refs:
        known = snapshot.object(ref)
        at = _written(known) if known else None
        if at and at.time and since - _BEFORE <= at.time <= since + _AFTER:
            verb = f"changed by {at.manager}" if at.manager else "made"
            yield ref, f"{verb} at {at.time.astimezone(UTC):%H:%M} UTC"


def _written(known: KubeObject) -> Writer | None:
    """Return who last wrote its rules, and when; where that is not recorded, when it was made."""
    return writer_of(known, "spec") or writer_of(known, "specs") or Writer("", known.metadata.creation_timestamp)
