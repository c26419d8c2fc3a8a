"""The Service and its pods: scopes and conditions of the rows that read what is called."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from bot.cluster.reading.need import Known, Where
from bot.cluster.resources import SERVICES, WORKLOADS, checked
from bot.model.call.copied_selector import names_meant, stranger
from bot.model.dependencies.ingress_controllers import NAME_LABEL, names_of_controllers
from bot.model.kube.pods import Pod
from bot.model.kube.services import SERVICE_NAME_LABEL, Service
from bot.model.kube.workloads import Ingress, Workload
from bot.model.question.question import Symptom
from bot.model.refs import Ref, is_label
from bot.model.snapshot import RECENT

# Kubernetes Events of everyday life are most of them. `type!=Normal` would drop too much: "Killing" is Normal.
_ROUTINE = ("Scheduled", "Pulling", "Pulled", "Created", "Started", "SuccessfulCreate", "SuccessfulDelete", "Completed")
# What requests look like where there are too few pods.
OVERLOAD = (Symptom.SLOW, Symptom.TIMEOUT, Symptom.INTERMITTENT, Symptom.SERVER_ERROR)
NO_ROUTINE = ",".join(f"reason!={each}" for each in _ROUTINE)
CLAIMS_READ = 2  # of the pods of one Service
CLAIMS_OF_SCOPE, CLASSES_READ = 4, 4  # of a triage
ALIAS_TARGET = "target of an alias"
BESIDE = "Services of the same pods"
NEIGHBOURS = {each: f"{each}s beside it" for each in ("Deployment", "StatefulSet")}


def service_of(known: Known) -> Service | None:
    """Return the Service that is asked about, if it was read."""
    return known.reading.one(Service, known.question.namespace, known.question.service)


def by_name(known: Known) -> tuple[Where, ...]:
    """Read the Service itself, unless finding it has read it. What watches hold of it is compared (`is_behind`).

    For that it is got, which costs the API server less than a list; who may only list reads everything.
    """
    question, found = known.question, service_of(known)
    if not question.service or (found and not known.reading.is_held(found)):
        return ()
    name = checked(question.service)
    if known.reading.watches:
        return (Where(question.namespace, name),)
    return (Where(question.namespace, fields=f"metadata.name={name}"),)


def is_behind(known: Known, whole: str) -> bool:
    """Return whether watches hold another Service than was read just now: then they lack what happened a moment ago.

    Where it could not be read, or they do not hold Services, there is nothing to compare; one that nobody may get may be
    listed. `whole` is the row that reads a caller again that they hold, and finds nothing where that is gone.
    """
    question, watches = known.question, known.reading.watches
    if not watches or not question.service:
        return False
    if known.was_refused("Service"):
        return any(each.grant for each in known.reading.gaps if each.need == "services")
    if known.was_asked(whole) and not (known.found(whole) or known.was_refused(whole)):
        return True
    held = watches.one(SERVICES, question.namespace, question.service)
    if held is None:
        return False
    versions = {each.metadata.resource_version for each in (*known.found("Service"), *held.objects)}
    return len(versions) > 1 or len(known.found("Service")) != len(held.objects)


def its_slices(known: Known) -> tuple[Where, ...]:
    """Read its EndpointSlices, which carry its name as a label."""
    question = known.question
    if not question.service:
        return ()
    return (Where(question.namespace, labels=f"{SERVICE_NAME_LABEL}={checked(question.service)}"),)


def both_ends(known: Known) -> tuple[Where, ...]:
    """Read the namespaces of the Service and of the caller."""
    source = known.question.source
    return tuple(Where(each) for each in (known.question.namespace, *([source.namespace] if source else [])))


def its_events(known: Known) -> tuple[Where, ...]:
    """Read what happened in the Service's namespace."""
    return (Where(known.question.namespace, fields=NO_ROUTINE),)


def events_of_places(known: Known) -> tuple[Where, ...]:
    """Read what happened in whole namespaces."""
    return tuple(Where(each, fields=NO_ROUTINE) for each in known.places)


def is_alias(known: Known) -> bool:
    """Return whether the Service is a name for another one."""
    service = service_of(known)
    return service is not None and service.is_external_name


def ingresses_in_front(known: Known) -> tuple[Where, ...]:
    """Read what may send calls on to it where errors came back, and nobody was named who calls it by its own name."""
    asked = known.question
    is_from_outside = bool(asked.service) and asked.source is None and asked.symptom is Symptom.SERVER_ERROR
    return (Where(asked.namespace),) if is_from_outside else ()


def alias_target(known: Known) -> tuple[Where, ...]:
    """Get the Service that an alias may mean, in full or in short: it tells a wrong name from a short one (DNS-026)."""
    service = service_of(known)
    return meant_by(service) if service else ()


def is_target_missing(known: Known) -> bool:
    """Return whether an alias means a Service of this cluster that is not there."""
    return is_alias(known) and bool(alias_target(known)) and not known.found(ALIAS_TARGET)


def beside_target(known: Known) -> tuple[Where, ...]:
    """List the namespace of the Service that an alias means: then it is known not to be there, and what may be meant."""
    return tuple(Where(each.namespace) for each in alias_target(known))


def meant_by(service: Service) -> tuple[Where, ...]:
    """Get the Service of this cluster that an alias may mean."""
    name, _, rest = service.spec.external_name.removesuffix(".").lower().partition(".")
    namespace = rest.partition(".")[0] or service.namespace
    is_ours = "." not in rest or rest.split(".")[1] == "svc"
    return (Where(namespace, name),) if is_ours and is_label(name) and is_label(namespace) else ()


# --- no such Service: the name is wrong, or it is in another namespace


def is_not_there(known: Known) -> bool:
    """Return whether the Service was asked for by name and not read."""
    return bool(known.question.service) and service_of(known) is None


def of_its_name(known: Known) -> tuple[Where, ...]:
    """Look for its name in all namespaces."""
    return (Where(fields=f"metadata.name={known.question.service}"),)


def its_name(known: Known) -> tuple[Where, ...]:
    """Get what has the Service's name, in its namespace."""
    return (Where(known.question.namespace, checked(known.question.service)),)


# --- its pods


def its_pods(known: Known) -> tuple[Where, ...]:
    """Read the pods that the Service selects; without a selector it has none."""
    service = service_of(known)
    if service is None or service.is_external_name or not service.selector.pairs:
        return ()
    return (Where(service.namespace, labels=str(service.selector)),)


def has_no_pods(known: Known) -> bool:
    """Return whether a Service that should have pods has none that lives."""
    service = service_of(known)
    if service is None or service.is_external_name:
        return False
    return all(each.is_terminal for each in known.found("pods"))


def its_namespace(known: Known) -> tuple[Where, ...]:
    """Read all of the Service's namespace."""
    return (Where(known.question.namespace),)


def selected_elsewhere(known: Known) -> tuple[Where, ...]:
    """Look for pods with the Service's labels in all namespaces."""
    service = service_of(known)
    return (Where(labels=str(service.selector)),) if service and service.selector.pairs else ()


def failing(known: Known) -> tuple[Pod, ...]:
    """Return the pods behind the Service that are not ready, or were restarted lately, where some live; else none.

    A container that is killed again and again is ready from each start to the next kill.
    """
    pods, since = known.found("pods"), datetime.now(UTC) - RECENT
    if all(each.is_terminal for each in pods):
        return ()
    return tuple(each for each in pods if not each.is_ready or restarted(each, since))


def restarted(pod: Pod, since: datetime) -> bool:
    """Return whether one of its containers ended after a moment, and was started again."""
    return any(each.restarted_since(since) for each in pod.container_statuses)


def has_failing_pods(known: Known) -> bool:
    """Return whether there are pods, and not all are ready and stay so."""
    return bool(failing(known))


def set_of_member(known: Known) -> tuple[Where, ...]:
    """Get the StatefulSet of the pod whose own name was asked for (`db-0.peers`): it says which numbers there are (DNS-024)."""
    label, _, rest = known.question.name.lower().partition(".")
    name, dash, number = label.rpartition("-")
    is_member = rest.partition(".")[0] == known.question.service and bool(dash) and number.isdecimal()
    return (Where(known.question.namespace, name),) if is_member and is_label(name) else ()


def may_be_of_others(known: Known) -> bool:
    """Return whether its neighbours tell whose pods it selects: of several workloads (RTE-003), or called otherwise."""
    pods: tuple[Pod, ...] = known.found("pods")
    service = service_of(known)
    is_strange = service is not None and stranger(service, pods) is not None
    return is_strange or len({each.workload or each.ref for each in pods}) > 1


def has_copied_selector(known: Known) -> bool:
    """Return whether another Service selects the same, and these pods are not called as this one (RTE-040)."""
    service = service_of(known)
    if service is None or stranger(service, known.found("pods")) is None:
        return False
    beside: tuple[Service, ...] = known.found(BESIDE)
    return any(each.name != service.name and each.selector == service.selector for each in beside)


def pods_of_its_own_name(known: Known) -> tuple[Where, ...]:
    """Read the pods of the workload of the Service's name, with or without what only says that it is a Service."""
    service = service_of(known)
    names = names_meant(service) if service else ()
    made: Iterable[Workload] = (each for row in NEIGHBOURS.values() for each in known.found(row) if each.name in names)
    return tuple(Where(each.namespace, labels=str(each.pod_selector)) for each in made if each.pod_selector)[:1]


def may_be_short(known: Known) -> bool:
    """Return whether there are pods, and the asker sees what too few of them show."""
    return known.question.symptom in OVERLOAD and bool(known.found("pods"))


def may_lack_volume(known: Known) -> bool:
    """Return whether a pod waits for its volumes: the scheduler says so of its claims, or no container has begun."""
    return any(map(_lacks_volume, failing(known)))


def claims_of_failing(known: Known) -> tuple[Where, ...]:
    """Get the claims of the first pods that wait for their volumes."""
    return _claims(failing(known))[:CLAIMS_READ]


def claims_of_places(known: Known) -> tuple[Where, ...]:
    """Get the claims of pods of whole namespaces that wait for their volumes, of a few."""
    pods: tuple[Pod, ...] = known.found("pods of the scope") if any(known.places) else ()
    return _claims(pods)[:CLAIMS_OF_SCOPE]


def lack_volumes(known: Known) -> bool:
    """Return whether a claim was asked for, for which pods of whole namespaces wait."""
    return known.was_asked("claims of the scope")


def controllers_of_ingresses(known: Known) -> tuple[Where, ...]:
    """Look in all namespaces for the controllers of whole namespaces' Ingresses, by the names that their charts give them."""
    ingresses: tuple[Ingress, ...] = known.found("ingresses of the scope") if any(known.places) else ()
    classes = sorted({each.class_name for each in ingresses if is_label(each.class_name)})
    names = [name for each in classes[:CLASSES_READ] for name in names_of_controllers(each)]
    return (Where(labels=f"{NAME_LABEL} in ({','.join(names)})"),) if names else ()


def _claims(pods: Iterable[Pod]) -> tuple[Where, ...]:
    """Return each claim of the pods that wait for their volumes."""
    return tuple(dict.fromkeys(Where(pod.namespace, each) for pod in pods if _lacks_volume(pod) for each in pod.claims))


def _lacks_volume(pod: Pod) -> bool:
    """Return whether a pod with claims is still before its first container."""
    began = any(each.state.running or each.state.terminated or each.restart_count for each in pod.container_statuses)
    return bool(pod.claims) and pod.status.phase == "Pending" and not began


def _all_pods(known: Known) -> tuple[Pod, ...]:
    return known.found("pods")


def _owners(kind: str, of: Callable[[Known], tuple[Pod, ...]], known: Known) -> tuple[Where, ...]:
    """Get the workloads of one kind behind some of its pods: by name while they are few; the namespace's list may be long."""
    owners: set[Ref] = {each.workload for each in of(known) if each.workload and each.workload.kind in WORKLOADS}
    ours = sorted(each for each in owners if each.kind == kind)
    if ours and len(owners) > len({each.kind for each in owners}) + 1:
        return (Where(ours[0].namespace),)
    return tuple(Where(each.namespace, each.name) for each in ours)


OWNERS = {kind: partial(_owners, kind, failing) for kind in WORKLOADS}
OWNERS_OF_ALL = {kind: partial(_owners, kind, _all_pods) for kind in WORKLOADS}


def their_revisions(known: Known) -> tuple[Where, ...]:
    """Read the ReplicaSets of failing pods' Deployment, which alone know of revisions whose pods are all gone.

    They carry the labels of their pods' template, hence those that the Service selects (deployment controller).
    """
    owners = (each for pod in failing(known) for each in pod.metadata.owner_references or ())
    service = service_of(known)
    if service is None or not any(each.kind == "ReplicaSet" for each in owners):
        return ()
    return (Where(service.namespace, labels=str(service.selector)),)
