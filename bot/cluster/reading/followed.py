"""The Services that failing pods wait for, and the one that an alias stands for: which they are, how each is asked about."""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.cluster.reading import called
from bot.cluster.reading.need import Known, Where
from bot.cluster.resources import SERVICES
from bot.model.call.fronts import front_of
from bot.model.dependencies.dependencies import addresses_of, dependencies_of
from bot.model.gaps import SIMILAR_SERVICES, Listed
from bot.model.kube.kinds import row
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.finding import Because
from bot.model.snapshot import Snapshot

STEPS = 2  # as many as the judge goes
SERVICES_READ = 2  # in each of them
ADDRESSES_READ = 1
ALIASES = 3  # of aliases, one behind the other


def events_elsewhere(known: Known) -> tuple[Where, ...]:
    """Read what happened in the Service's namespace, unless that was read for the question (`places`)."""
    return () if known.question.namespace in known.places else called.its_events(known)


def policies_elsewhere(known: Known) -> tuple[Where, ...]:
    """Read the policies of the Service's namespace, unless they were read for the question (`places`)."""
    return () if known.question.namespace in known.places else (Where(known.question.namespace),)


async def behind(known: Known) -> Known | None:
    """Return the call of the Service that an alias stands for, itself or by another alias; None for any other Service.

    It is the same caller's call, of which nothing but the Service was read yet.
    """
    reading, asked = known.reading, known.question
    service = called.service_of(known)
    if service is None or not service.is_external_name:
        return None
    for _ in range(ALIASES):
        if service is None or not service.is_external_name:
            break
        place = next(iter(called.meant_by(service)), None)
        read = place and reading.one(Service, place.namespace, place.name)
        service = read or (
            await reading.get(SIMILAR_SERVICES, SERVICES, place.namespace, place.name) if place else None
        )
    if service is None or service.is_external_name:
        return None
    places = (asked.namespace, *((asked.source.namespace,) if asked.source else ()))
    question = replace(asked, service=service.name, namespace=service.namespace, name=service.name)
    return Known(reading, question, places=places)


def sent_on(known: Known, snapshot: Snapshot) -> Known | None:
    """Return the call of the Service that an Ingress or route sends a public host to; None where none is known to."""
    asked = known.question
    front = None if asked.service else front_of(snapshot, asked)
    if front is None:
        return None
    place = front.service
    question = replace(asked, service=place.name, namespace=place.namespace, name=place.name, port=front.port)
    return Known(known.reading, question, places=(asked.namespace,))


def note_whole(known: Known) -> None:
    """Note that all of a Service was read that its own question would read, unless some of it was not."""
    place = known.question
    if not any(map(known.was_refused, ("Service", "slices", "pods"))):
        kinds = (row(each).key for each in (Service, EndpointSlice, Pod))
        known.reading.listed.update(Listed(each, place.namespace, place.service) for each in kinds)


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
