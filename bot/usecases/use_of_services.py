"""Who calls which Service, as far as the objects of a triage show it, and what that says of a Service that is broken."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.checks.engine.registry import checks_by_code
from bot.model.call.hop import Hop
from bot.model.dependencies.call import Call
from bot.model.dependencies.telemetry import takes_telemetry
from bot.model.kube.pods import Pod
from bot.model.kube.sleepers import sleeps_by_itself, was_made_asleep
from bot.model.kube.workloads import Event
from bot.model.refs import Ref
from bot.model.result.changes import writer_of
from bot.model.result.finding import Evidence, Finding
from bot.model.result.triage import Cause, Reached
from bot.model.snapshot import Snapshot
from bot.usecases.unnamed_roots import FIRST_CALL

OLD = timedelta(days=7)
_OUTWARD = ("NodePort", "LoadBalancer")


class UseOfServices:
    """Who calls which Service, as far as the objects show it. A pod that ends calls nobody any more, and fails by nobody."""

    def __init__(self, snapshot: Snapshot, calls: Sequence[Call]) -> None:
        self._snapshot = snapshot
        self.called = frozenset(Reached(each.service.namespace, each.service.name) for each in calls)
        self.calls: dict[Reached, set[Reached]] = defaultdict(set)
        self.calls_of_workloads: dict[Ref, set[Reached]] = defaultdict(set)
        made: dict[Ref, set[Reached]] = defaultdict(set)
        for each in calls:
            if each.caller:
                made[each.caller].add(Reached(each.service.namespace, each.service.name))
        for caller, called in made.items():
            pod = snapshot.pod(caller.namespace, caller.name)
            for service in snapshot.services_selecting(pod) if pod and not pod.is_terminating else ():
                self.calls[Reached(service.namespace, service.name)] |= called
            if pod:
                self.calls_of_workloads[pod.workload or pod.ref] |= called

    def members(self, services: Iterable[Reached]) -> Iterator[Pod]:
        """Yield the pods behind these Services."""
        known = filter(None, (self._snapshot.service(each.namespace, each.name) for each in services))
        return (pod for each in known for pod in self._snapshot.pods_behind(each))

    def may_be_rewritten(self, services: Iterable[Reached], since: datetime) -> bool:
        """Return whether the ports of these Services may have been written just before, as far as it is recorded."""
        known = filter(None, (self._snapshot.service(each.namespace, each.name) for each in services))
        writers = [writer_of(each, "spec", "ports") for each in known]
        return all(each is None or each.time is None or each.time >= since - FIRST_CALL for each in writers)

    def made(self, cause: Cause) -> Iterator[datetime]:
        """Yield when the Services that its evidence names were made, and when ports of those that it is of were written."""
        named = [(each.object.namespace, each.object.name) for each in _services_in(cause.finding)]
        known = (self._snapshot.service(*each) for each in named)
        yield from (at for each in known if each and (at := each.metadata.creation_timestamp))
        meant = (self._snapshot.service(each.namespace, each.name) for each in cause.services)
        writers = (writer_of(each, "spec", "ports") for each in meant if each)
        yield from (each.time for each in writers if each and each.time)

    def called_by(self, services: Iterable[Reached], workload: Ref) -> tuple[Reached, ...]:
        """Return the Services that these and this workload call, in order of name."""
        found = set(self.calls_of_workloads.get(workload, ())).union(*(self.calls.get(each, ()) for each in services))
        return tuple(sorted(found, key=lambda each: (each.namespace, each.name)))

    def is_idle(self, service: Reached) -> bool:
        """Nothing calls it, where the objects show calls of others, and it is not there for callers from outside."""
        known = self._snapshot.service(service.namespace, service.name)
        is_outward = known is not None and known.spec.type in _OUTWARD
        return bool(self.called) and service not in self.called and not is_outward

    def is_aged(self, service: Reached) -> bool:
        """It was made a week ago, or earlier."""
        known = self._snapshot.service(service.namespace, service.name)
        made = known.metadata.creation_timestamp if known else None
        return made is not None and self._snapshot.age(made) >= OLD

    def is_left_alone(self, service: Reached) -> bool:
        """Nothing calls it, where the objects show calls of its neighbours."""
        return self.is_idle(service) and any(each.namespace == service.namespace for each in self.called)

    def is_asleep(self, service: Reached) -> bool:
        """Nothing calls it, where calls of others are shown, and nothing at all runs in its namespace."""
        return self.is_idle(service) and all(each.is_terminal for each in self._snapshot.pods_in(service.namespace))

    def _has_events(self, service: Reached) -> bool:
        """Return whether Events were read: there are some, or there is a list of them, which may be empty."""
        snapshot = self._snapshot
        return bool(snapshot.events) or (snapshot.listed is not None and snapshot.was_listed(Event, service.namespace))

    def is_put_to_sleep(self, cause: Cause) -> bool:
        """Its own controller took its pods away, as it does where nobody calls, and nothing calls its Services by name.

        So is what was made without any, as charts make parts that nobody has turned on.
        """
        known = self._snapshot.workload(cause.finding.about)
        is_meant = known is not None and (sleeps_by_itself(known) or was_made_asleep(known))
        return is_meant and self.called.isdisjoint(cause.services)

    def takes_no_call(self, service: Reached) -> bool:
        """It has neither ports nor a selector, as what keeps the Endpoints of a leader election (Patroni) has none."""
        known = self._snapshot.service(service.namespace, service.name)
        return known is not None and not known.ports and not known.selector.pairs and not known.is_external_name

    def is_over(self, service: Reached) -> bool:
        """All pods that it selects have ended well and are not started again, as the driver of a run is; nothing calls it."""
        known = self._snapshot.service(service.namespace, service.name)
        pods = self._snapshot.pods_selected(known.namespace, known.selector) if known else ()
        is_ended = all(each.status.phase == "Succeeded" and each.spec.restart_policy != "Always" for each in pods)
        return bool(pods) and is_ended and service not in self.called

    def is_done_without(self, services: Iterable[Reached], callers: Iterable[Ref]) -> bool:
        """These take traces, metrics or logs, and all pods of who sends them there are ready without.

        What takes them itself only to hand them on cannot do without.
        """
        known = [self._snapshot.service(each.namespace, each.name) for each in services]
        if not all(each is not None and takes_telemetry(each) for each in known):
            return False
        own = self._pods_of(callers)
        hands_on = any(takes_telemetry(each) for pod in own for each in self._snapshot.services_selecting(pod))
        return not hands_on and all(pod.is_ready for pod in own)

    def is_lived_with(self, cause: Cause) -> bool:
        """Nobody is seen to fail by it: all pods of who calls so are ready, or an Ingress or a route alone does."""
        if not cause.callers:
            return checks_by_code()[cause.finding.code].hop in (Hop.INGRESS, Hop.GATEWAY)
        return all(pod.is_ready for pod in self._pods_of(cause.callers))

    def _pods_of(self, callers: Iterable[Ref]) -> list[Pod]:
        who = set(callers)
        pods = (pod for place in {each.namespace for each in who} for pod in self._snapshot.pods_in(place))
        return [pod for pod in pods if (pod.workload or pod.ref) in who and not pod.is_terminal]

    def is_silent(self, service: Reached) -> bool:
        """Nothing calls it, and among the Events that were read, which last an hour, none is of what has its name."""
        known = self._snapshot.service(service.namespace, service.name)
        if known is None or known.spec.type in _OUTWARD or service in self.called or not self._has_events(service):
            return False
        names = (known.name, *known.selector.pairs.values())
        about = {each.involved_object.name for each in self._snapshot.events if each.namespace == service.namespace}
        return not any(one.startswith(name) for one in about for name in names if name)


def _services_in(finding: Finding) -> Iterator[Evidence]:
    return (each for each in finding.evidence if each.object.kind == "Service")
