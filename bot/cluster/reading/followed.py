"""The Services that failing pods wait for: which they are, and how each is asked about in its turn."""

from collections.abc import Iterable

from bot.cluster.reading import called
from bot.cluster.reading.need import Known, Where
from bot.model.dependencies.dependencies import addresses_of, dependencies_of
from bot.model.kube.pods import Pod
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.finding import Because
from bot.model.snapshot import Snapshot

STEPS = 2  # as many as the judge goes
SERVICES_READ = 2  # in each of them
ADDRESSES_READ = 1


def events_elsewhere(known: Known) -> tuple[Where, ...]:
    """Read what happened in the Service's namespace, unless that was read for the question (`places`)."""
    return () if known.question.namespace in known.places else called.its_events(known)


def awaited(snapshot: Snapshot, pods: Iterable[Pod], through: Iterable[Ref]) -> tuple[Question, ...]:
    """Return a question for each of the first Services that these pods wait for, or say they cannot reach.

    Those in `through` were read already. Nobody knows yet which of them exist.
    """
    found: dict[Ref, Question] = {}
    for each in dependencies_of(snapshot, pods, known_only=False):
        if each.because is not Because.CALLS and each.service not in through:
            pod = each.evidence.object
            source = Source(pod.namespace, pod=pod.name)
            service = each.service
            found.setdefault(service, Question(service=service.name, namespace=service.namespace, source=source))
    return tuple(found.values())[:SERVICES_READ]


def unknown_addresses(snapshot: Snapshot, pods: Iterable[Pod]) -> tuple[Question, ...]:
    """Return a question for each of the first addresses of these pods' words that may be a Service's."""
    found = dict.fromkeys(addresses_of(snapshot, pods))
    return tuple(Question(address=each) for each in found)[:ADDRESSES_READ]
