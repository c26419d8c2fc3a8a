"""Who calls: scopes and conditions of the rows that read the caller, and what becomes of a name that nothing has.

A name that no pod has may be a workload's: people name Deployments. Then the kinds are asked one after the other, since a
question has few requests and most workloads are Deployments.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.cluster.collector import SnapshotBuilder
from bot.cluster.reading.called import NO_ROUTINE
from bot.cluster.reading.need import Known, Need, Where
from bot.cluster.reading.shared import AGENTS_OF_A_NODE, DNS_NAMESPACE
from bot.cluster.resources import PODS, WORKLOADS, checked
from bot.model.call.named_hosts import is_kin
from bot.model.dns.node_local import NODE_LOCAL, NODE_LOCAL_ADDRESS
from bot.model.gaps import CALLER_SETTINGS, Gap
from bot.model.kube.pods import Pod, PodSpec
from bot.model.kube.workloads import Workload
from bot.model.question.refusals import no_caller
from bot.model.question.resolve import resolve_source
from bot.model.views.caller import workload_ref
from bot.model.views.configuration import ConfiguredHost, config_names, configured_hosts, meant_services

# The kinds that a name may stand for that no pod has.
NAMED = ("Deployment", "StatefulSet", "DaemonSet")
ROWS = {kind: f"the caller's {kind}" for kind in WORKLOADS}
WHOLE = "the caller, whole"  # of a caller that watches hold what they do not hold: its configuration
_MOST_SETTINGS = 4  # ConfigMaps of a caller, and Services that it names, which are read
_MOST_OF_SCOPE = 20  # ConfigMaps of the callers of a triage, which are read one by one
FIRST_OF_SETTINGS = "first settings of the scope"


def its_pod(known: Known) -> tuple[Where, ...]:
    """Get the pod of that name."""
    source = known.question.source
    return (Where(source.namespace, source.pod),) if source and source.pod else ()


def _its_workload(kind: str, known: Known) -> tuple[Where, ...]:
    """Get the workload of one kind: the one that was named so, or whatever has the name that no pod has."""
    source, ref = known.question.source, workload_ref(known.question.source)
    if ref:
        return (Where(ref.namespace, ref.name),) if ref.kind == kind else ()
    is_open = known.found("the calling pod") or known.was_refused("the calling pod")
    if source and source.pod and kind in NAMED and not (is_open or workload_of(known)):
        return (Where(source.namespace, source.pod),)
    return ()


WORKLOAD = {kind: partial(_its_workload, kind) for kind in WORKLOADS}


def workload_of(known: Known) -> Workload | None:
    """Return the calling workload, if one was read."""
    return next(iter(known.found(*ROWS.values())), None)


def has_workload(known: Known) -> bool:
    """Return whether the caller is a workload that was read."""
    return workload_of(known) is not None


def its_pods(known: Known) -> tuple[Where, ...]:
    """Read the pods of the calling workload, whose labels and nodes are what counts."""
    workload = workload_of(known)
    if workload is None or not workload.pod_selector:
        return ()
    return (Where(workload.namespace, labels=str(workload.pod_selector)),)


class WholeOf(Where, frozen=True):
    """One object of a kind that pods and workloads are."""

    kind: str = "Pod"


def its_whole(known: Known) -> tuple[Where, ...]:
    """Get the calling pod as it is, where watches hold it; the workload, where that has no pod."""
    caller: Pod | Workload | None = pod_of(known) or workload_of(known)
    is_held = caller is not None and known.reading.is_held(caller)
    return (WholeOf(caller.namespace, caller.name, kind=caller.kind),) if caller and is_held else ()


async def read_whole(reading: SnapshotBuilder, row: Need, where: Where) -> tuple[Any, ...]:
    """Read it, whatever kind it is of."""
    assert isinstance(where, WholeOf)
    resource = WORKLOADS.get(where.kind, PODS)._replace(held=False)
    found = await reading.get(row.need, resource, where.namespace, where.name)
    return () if found is None else (found,)


def pod_of(known: Known) -> Pod | None:
    """Return the calling pod: the one that was named, else the first live one of the workload."""
    whole = (each for each in known.found(WHOLE) if isinstance(each, Pod))
    live = (each for each in known.found("the caller's pods") if not each.is_terminal)
    return next(iter((*whole, *known.found("the calling pod"), *sorted(live, key=lambda each: each.name))), None)


def has_pod(known: Known) -> bool:
    """Return whether a calling pod was read."""
    return pod_of(known) is not None


def _spec(known: Known) -> PodSpec | None:
    pod, workload = pod_of(known), next(iter(known.found(WHOLE)), workload_of(known))
    if pod is not None:
        return pod.spec
    return workload.spec.template.spec if workload else None


def _hosts(known: Known) -> tuple[ConfiguredHost, ...]:
    """Return the hosts in the caller's configuration, as far as it was read, that concern the Service."""
    spec = _spec(known)
    configs = {each.name: each for each in known.found("settings of the caller")}
    return configured_hosts(spec, configs.get, known.question.service) if spec else ()


def its_settings(known: Known) -> tuple[Where, ...]:
    """Get the ConfigMaps that the caller's containers read, where their own variables and arguments do not name the Service.

    A host of kindred words may mean another one.
    """
    source, spec, service = known.question.source, _spec(known), known.question.service
    if source is None or spec is None or not service:
        return ()
    if any(not is_kin(each.named, service) for each in _hosts(known)):
        return ()
    return tuple(Where(source.namespace, each) for each in config_names(spec)[:_MOST_SETTINGS])


def first_of_settings(known: Known) -> tuple[Where, ...]:
    """Get one of the ConfigMaps of whole namespaces: where that is refused no other is asked for."""
    return _settings_of_places(known)[:1]


def rest_of_settings(known: Known) -> tuple[Where, ...]:
    """Get the others, at most so many; what is left out is a gap."""
    found = _settings_of_places(known)
    why = f"left out: no more than {_MOST_OF_SCOPE} ConfigMaps are read for a triage"
    known.reading.gaps.extend(
        Gap(CALLER_SETTINGS, each.namespace, f"configmap {each.name}", why) for each in found[_MOST_OF_SCOPE:]
    )
    return found[1:_MOST_OF_SCOPE]


def has_first_of_settings(known: Known) -> bool:
    """Return whether one was asked for, and not refused."""
    return known.was_asked(FIRST_OF_SETTINGS) and not known.was_refused(FIRST_OF_SETTINGS)


def _settings_of_places(known: Known) -> tuple[Where, ...]:
    """Return the ConfigMaps from which containers of whole namespaces take variables, by one pod of each workload.

    None where the whole cluster is asked about: which few of its thousands would be read is nobody's choice.
    """
    if not any(known.places):
        return ()
    pods: tuple[Pod, ...] = known.found("pods of the scope")
    callers = {(each.namespace, each.workload or each.ref): each for each in pods if not each.is_terminal}
    named = {(each.namespace, name) for each in callers.values() for name in config_names(each.spec)}
    return tuple(Where(*each) for each in sorted(named))


def named_services(known: Known) -> tuple[Where, ...]:
    """Get the other Services that the hosts in its configuration may mean: they tell a name that is wrong from another one."""
    source, asked = known.question.source, (known.question.service, known.question.namespace)
    if source is None:
        return ()
    places = [each for host in _hosts(known) for each in meant_services(host.named.host, source.namespace)]
    return tuple(Where(space, name) for name, space in dict.fromkeys(places) if (name, space) != asked)[:_MOST_SETTINGS]


def agents_of_its_node(known: Known) -> tuple[Where, ...]:
    """Read kube-proxy and the node-local DNS cache on the caller's node."""
    pod = pod_of(known)
    if pod is None or not pod.spec.node_name:
        return ()
    return (Where(DNS_NAMESPACE, labels=AGENTS_OF_A_NODE, fields=f"spec.nodeName={checked(pod.spec.node_name)}"),)


def its_node_local_cache(known: Known) -> tuple[Where, ...]:
    """Get the DaemonSet of the node-local DNS cache, where the caller's settings name its address and its node has no pod."""
    spec = _spec(known)
    config = spec.dns_config if spec else None
    if config is None or NODE_LOCAL_ADDRESS not in (config.nameservers or ()):
        return ()
    is_there = any(each.labels.get("k8s-app") == NODE_LOCAL for each in known.found("agents of its node"))
    return () if is_there else (Where(DNS_NAMESPACE, NODE_LOCAL),)


def is_elsewhere(known: Known) -> bool:
    """Return whether the caller is in another namespace than the Service."""
    source = known.question.source
    return source is not None and source.namespace != known.question.namespace


def its_events(known: Known) -> tuple[Where, ...]:
    """Read what happened in the caller's namespace."""
    source = known.question.source
    return (Where(source.namespace, fields=NO_ROUTINE),) if source else ()


def pod_that_is_told(known: Known) -> tuple[Where, ...]:
    """Get a pod of the Service that watches hold without its variables, where the caller is told a port apart from its host.

    What the Service's own pods are told by the same name may be where they listen (APP-024).
    """
    held = [each for each in known.found("pods") if known.reading.is_held(each) and not each.is_terminal]
    if not (known.reading.watches and held and any(each.named.beside for each in _hosts(known))):
        return ()
    first = min(held, key=lambda each: each.name)
    return (WholeOf(first.namespace, first.name),)


# --- nobody has that name


def is_nobody(known: Known) -> bool:
    """Return whether a caller was named that does not exist: all that might be one was read."""
    source = known.question.source
    if source is None or not (source.pod or source.workload):
        return False
    is_open = any(each.need == "source" for each in known.reading.gaps)
    return not (is_open or known.found("the calling pod") or workload_of(known))


def its_namespace(known: Known) -> tuple[Where, ...]:
    """Read names that may have been meant."""
    source = known.question.source
    return (Where(source.namespace),) if source else ()


def tell_kind_that_is_not_read(known: Known) -> None:
    """Leave a Gap where the caller was named by a kind that is not read, such as a Job."""
    source, ref = known.question.source, workload_ref(known.question.source)
    if source and source.workload and not source.pod and (ref is None or ref.kind not in WORKLOADS):
        why = "I read pods, Deployments, StatefulSets, DaemonSets and ReplicaSets"
        known.reading.gaps.append(Gap("source", source.namespace, str(source), why))


def resolve_caller(known: Known) -> None:
    """Put the workload into the question where its name was given as a pod's. Raises UnknownNameError for nobody's name."""
    source = known.question.source
    if source and is_nobody(known):
        raise no_caller(source, {each.name for each in known.found("pods that may call", "Deployments that may call")})
    if source and source.pod and workload_of(known):
        known.question = resolve_source(known.question, known.reading.snapshot(datetime.now(UTC)))
