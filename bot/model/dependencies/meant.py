"""Which Service a host means that no Service has: its slip, the one that is gone, or the one that was meant before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from bot.model.call.named_hosts import ANY_SERVICE, NamedHost, is_named_after
from bot.model.dependencies.dependencies import service_of
from bot.model.dependencies.telemetry import sounds_like_telemetry
from bot.model.dependencies.unreached import has_address, is_without_ports, ports_of, serves_unreached
from bot.model.kube.pods import Pod, PodSpec
from bot.model.kube.workloads import ConfigMap, Workload
from bot.model.question.question import Source
from bot.model.question.suggest import has_words, is_slip, may_be_domain
from bot.model.refs import Ref
from bot.model.result.changes import writer_of
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller
from bot.model.views.configuration import ConfiguredHost, configured_hosts, meant_services, waiting_in

Beside = Mapping[str, Sequence[Workload]]  # the workloads of each namespace that a host may mean, but the caller's own
_HASH = "pod-template-hash"  # of a Deployment's ReplicaSets, which keep the templates of former revisions
_COUNTRY, _WEB = 2, (80, 443)  # letters of a country's domain; ports of sites
# Domains that sites are mostly found under, and the world's own for networks of a site. https://www.iana.org/domains/root/db
_SITES = frozenset(
    (
        *("com", "net", "org", "info", "biz", "name", "pro", "edu", "gov", "mil", "int", "dev", "app", "cloud", "tech"),
        *("site", "online", "shop", "store", "xyz", "live", "run"),
        *("local", "internal", "lan", "home", "corp", "test", "example", "invalid", "arpa"),
    )
)
_KINDS_OF_NAMES = ("service", "svc", "srv")
_KINDS_OF_WORKLOADS = ("deployment", "deploy", "depl", "dep", "statefulset", "sts", "daemonset", "ds", "pod", "pods")
_IDENTITY = ("app", "app.kubernetes.io/name", "k8s-app", "name", "run", "io.kompose.service")


def meant_by(snapshot: Snapshot, told: ConfiguredHost, pod: Pod) -> Ref | None:
    """Return the one Service that a host means which no Service has: nearly its name, its variable called after it.

    Else the Service itself that is missing, where the workload is there whose name it has: then somebody deleted it (and no
    slip of another one counts if that workload has no Service), or which has it but for the word of its kind
    (`orders-db-srv`, `orders-db-depl`). Or where another namespace has one of that name: then a short name was taken for
    enough; a name of one word that several have says nothing. Or where a pod is named below it. Or where who calls it fails,
    and one of a longer name has its port: then that one has taken its place, or it has a word more or less (`shop-web-redis`,
    `shop-redis`). Or where a workload of a longer name has its port and no Service; or, where who calls it fails, one of
    another name has its port and no Service, one of its name declares no port at all, or pods of another revision are told a
    Service there.
    """
    places = {place for _, place in meant_services(told.named.host, pod.namespace)}
    beside = {place: [*_workloads_beside(snapshot, pod, place)] for place in places}
    if "_" in told.named.host:
        return _written_with_underscores(snapshot, told, pod.namespace)
    known = chain(_by_what_is_there(snapshot, told, pod, beside), _by_what_may_be(snapshot, told, pod, beside))
    return next((found.pop() for found in known if len(found) == 1), None)


def _written_with_underscores(snapshot: Snapshot, told: ConfiguredHost, namespace: str) -> Ref | None:
    """Return the Service whose hyphens a host writes as underscores, as other tools name what they run; no other is meant.

    In a file such names stand for groups of servers, too (nginx, HAProxy), which another file may define.
    """
    is_in_file = told.config is not None and not told.variable
    meant = () if is_in_file else meant_services(told.named.host.replace("_", "-"), namespace)
    return next((Ref("Service", *each) for each in meant if snapshot.service(each[1], each[0])), None)


def _by_what_is_there(snapshot: Snapshot, told: ConfiguredHost, pod: Pod, beside: Beside) -> Iterator[set[Ref]]:
    """Yield what objects say that are there, whether who calls is ready or not."""
    named, meant = told.named, meant_services(told.named.host, pod.namespace)
    port = None if named.beside else named.called_port  # a port that stands apart says less than a missing Service
    known = [(name, each) for name, place in meant for each in snapshot.services_in(place)]
    serving = {(name, place) for name, place in meant if _serves(snapshot, beside[place], name, place, port)}
    yield {Ref("Service", *each) for each in serving if _is_bereft(snapshot, beside[each[1]], each[0])}
    yield {each.ref for name, each in known if is_slip(name, each.name)}
    yield {each.ref for _, each in known if is_named_after(named.key, each.name)}
    yield {Ref("Service", *each) for each in serving}
    yield {Ref("Service", *each) for each in meant if _is_bereft_but_for_kind(snapshot, beside[each[1]], each[0])}
    yield {Ref("Service", *each) for each in meant if _is_elsewhere(snapshot, *each, named.host)}


def _by_what_may_be(snapshot: Snapshot, told: ConfiguredHost, pod: Pod, beside: Beside) -> Iterator[set[Ref]]:
    """Yield what is nearly so, most of it where who calls is not ready alone."""
    named, meant, port = told.named, meant_services(told.named.host, pod.namespace), told.named.called_port
    others = [(name, place, beside[place]) for name, place in meant]
    yield {Ref("Service", *each) for each in meant if _is_misplaced(snapshot, *each, named, pod)}
    yield {Ref("Service", *each) for each in meant if _is_embellished(snapshot, *each, named, pod)}
    yield {Ref("Service", *each) for each in meant if _is_pod_of(snapshot, named.host, *each)}
    yield {Ref("Service", *each) for each in meant if _has_successor(snapshot, *each, named, pod)}
    yield {Ref("Service", *each) for each in meant if _has_kin(snapshot, *each, named, pod)}
    yield {Ref("Service", name, place) for name, place, own in others if _has_server(snapshot, own, name, place, port)}
    if not pod.is_ready:
        yield {
            Ref("Service", name, place)
            for name, place, own in others
            if serves_unreached(snapshot, own, name, place, port)
        }
        yield {
            Ref("Service", name, place)
            for name, place, own in others
            if is_without_ports(snapshot, own, name, named.port)
        }
        yield {Ref("Service", *each) for each in meant if _was_another(snapshot, told, pod)}


def _was_another(snapshot: Snapshot, told: ConfiguredHost, pod: Pod) -> bool:
    """Return whether another revision is told a Service that there is in this place, where this pod is not ready."""
    found = [service_of(snapshot, each.named.host, pod.namespace) for each in before(snapshot, told, pod)]
    return any(each and snapshot.service(each.namespace, each.name) for each in found)


def before(snapshot: Snapshot, told: ConfiguredHost, pod: Pod) -> Iterator[ConfiguredHost]:
    """Yield what other revisions of a pod that is not ready are told in the same place: pods, and templates that were kept."""
    if pod.is_ready or pod.workload is None:
        return
    own = Caller(snapshot, Source(namespace=pod.namespace, pod=pod.name))
    for spec in _specs_of_others(snapshot, pod, pod.workload).values():
        hosts = configured_hosts(spec, own.config_map, ANY_SERVICE, waiting_in(pod))
        yield from (each for each in hosts if _place(each) == _place(told))


def was_rewritten(snapshot: Snapshot, told: ConfiguredHost, pod: Pod) -> bool:
    """Return whether a variable's ConfigMap was written between a workload's ready pods and this one, which is not ready.

    In a file of a mounted one anything may have been written.
    """
    is_told = told.config and told.variable and not pod.is_ready
    config = snapshot.object(told.config) if told.config and is_told else None
    writer = writer_of(config, "data", told.key) if isinstance(config, ConfigMap) else None
    born = pod.metadata.creation_timestamp
    if pod.workload is None or writer is None or writer.time is None or born is None or born < writer.time:
        return False
    made = snapshot.pods_by_workload(pod.namespace).get(pod.workload, ())
    before_it = [each.metadata.creation_timestamp for each in made if each.is_ready]
    return any(each is not None and each < writer.time for each in before_it)


def _specs_of_others(snapshot: Snapshot, pod: Pod, workload: Ref) -> dict[str, PodSpec]:
    """Return by revision the specs of all but the pod's own."""
    kept = {each.template_labels.get(_HASH, ""): each.spec.template.spec for each in snapshot.revisions_of(workload)}
    made = snapshot.pods_by_workload(pod.namespace).get(workload, ())
    known = kept | {each.revision: each.spec for each in made if not each.is_terminal}
    return {revision: spec for revision, spec in known.items() if revision and revision != pod.revision}


def _place(host: ConfiguredHost) -> tuple[str, str, str]:
    return host.container, host.named.key, host.key if host.config else ""


def _is_bereft(snapshot: Snapshot, beside: Iterable[Workload], name: str) -> bool:
    """Return whether there is a workload of just this name, and no Service with an address selects what it makes."""
    own = [each for each in beside if each.name == name]
    return bool(own) and not any(has_address(snapshot, each) for each in own)


def _is_bereft_but_for_kind(snapshot: Snapshot, beside: Iterable[Workload], name: str) -> bool:
    """Return whether a name ends in the word for a Service, and there is a workload of what is before it, without an address.

    Names and labels of workloads may end in the word of their kind.
    """
    stem, _, word = name.rpartition("-")
    if not stem or word not in _KINDS_OF_NAMES:
        return False
    own = [each for each in beside if stem in _stems(each)]
    return bool(own) and not any(has_address(snapshot, each) for each in own)


def _stems(workload: Workload) -> set[str]:
    labels = workload.template_labels
    names = {workload.name, *(labels[key] for key in _IDENTITY if key in labels)}
    split = (each.rpartition("-") for each in names)
    return names | {stem for stem, _, word in split if word in _KINDS_OF_WORKLOADS}


def _workloads_beside(snapshot: Snapshot, pod: Pod, namespace: str) -> Iterator[Workload]:
    """Yield the workloads of a namespace but the one that made this pod: who says its own name calls nobody."""
    return (each for each in snapshot.workloads_in(namespace) if each.ref != pod.workload)


def _serves(snapshot: Snapshot, beside: Sequence[Workload], name: str, namespace: str, port: int | None) -> bool:
    """Return whether a workload of this name has ports, and the one that is called is among them, or is a neighbour Service's.

    So is one that is labelled so and that no Service selects. A Service that was deleted may have had another port than its
    pods; its neighbours tell which are usual there.
    """
    if not snapshot.has("services", namespace):
        return False
    ports = ports_of([each for each in snapshot.workloads_in(namespace) if each.name == name]) or ports_of(
        [each for each in beside if _is_left(each, name, snapshot)]
    )
    usual = {each.port for service in snapshot.services_in(namespace) for each in service.ports}
    return bool(ports) and (port is None or port in ports | usual)


def _has_server(snapshot: Snapshot, beside: Sequence[Workload], name: str, namespace: str, port: int | None) -> bool:
    """Return whether a workload has the port that is called, a name that goes on behind this name, and no ClusterIP."""
    if port is None or not snapshot.has("services", namespace):
        return False
    longer = [each for each in beside if each.name.startswith(f"{name}-") and not has_address(snapshot, each)]
    return port in ports_of(longer)


def _is_left(workload: Workload, name: str, snapshot: Snapshot) -> bool:
    """Return whether a workload says by a label that it is of this name, and no Service selects its pods."""
    labels = workload.template_labels
    is_so_labelled = any(labels.get(key) == name for key in _IDENTITY)
    return is_so_labelled and not any(
        workload.makes(each.selector) for each in snapshot.services_in(workload.namespace)
    )


def _is_pod_of(snapshot: Snapshot, host: str, name: str, namespace: str) -> bool:
    """Return whether a host is the name of a pod that there is, below the Service of this name."""
    return bool(member_of(snapshot, host, Ref("Service", name, namespace)))


def _has_successor(snapshot: Snapshot, name: str, namespace: str, named: NamedHost, pod: Pod) -> bool:
    """Return whether a pod that fails calls a port that a Service has whose name goes on behind this name.

    Others of such a name are beside it (`redis-metrics`), and have ports of their own.
    """
    if pod.is_ready or named.called_port is None or not snapshot.has("services", namespace):
        return False
    longer = (each for each in snapshot.services_in(namespace) if each.name.startswith(f"{name}-"))
    return any(one.port == named.called_port for each in longer for one in each.ports)


def _has_kin(snapshot: Snapshot, name: str, namespace: str, named: NamedHost, pod: Pod) -> bool:
    """Return whether a pod that fails calls a port of a Service whose name has all words of this one, or all but some of them.

    Charts that are part of a chart are named so. One word with a port of the web may be anything.
    """
    port = named.called_port
    if pod.is_ready or port is None or sounds_like_telemetry(name, port) or not snapshot.has("services", namespace):
        return False
    return any(
        each.offered(port) and (port not in _WEB or "-" in min(name, each.name, key=len))
        for each in snapshot.services_in(namespace)
        if has_words(each.name, name) or has_words(name, each.name)
    )


def _is_elsewhere(snapshot: Snapshot, name: str, namespace: str, host: str) -> bool:
    """Return whether a namespace, all of whose Services are known, has none of a name that a single other one has.

    Of a name of several words others may have as many: each is a stage of the same application.
    A host that may be a domain of the world (`grafana.net`) is no name of a Service.
    """
    if may_be_domain(host, [each.name for each in snapshot.namespaces]):
        return False
    found = len(snapshot.services_named(name))
    return snapshot.has("services", namespace) and (found == 1 or (found > 1 and "-" in name))


def _is_misplaced(snapshot: Snapshot, name: str, namespace: str, named: NamedHost, pod: Pod) -> bool:
    """Return whether a pod that fails puts a Service of its own namespace into one that is not there (`orders-db.prod`).

    Its port is the Service's own, or its name is one of several words. What may be the address of a site of that name is none.
    """
    known = snapshot.service(pod.namespace, name)
    is_there = any(each.name == namespace for each in snapshot.namespaces)
    if pod.is_ready or known is None or is_there or not snapshot.namespaces or len(namespace) <= _COUNTRY:
        return False
    if namespace in _SITES or (named.called_port in _WEB and named.port is None):
        return False
    has_port = bool(named.called_port and known.offered(named.called_port))
    return has_port or (named.called_port is None and "-" in name)


def _is_embellished(snapshot: Snapshot, name: str, namespace: str, named: NamedHost, pod: Pod) -> bool:
    """Return whether a pod that fails adds a word to the name of a Service, which says what it is: `orders-db-service`."""
    stem, _, word = name.rpartition("-")
    known = snapshot.service(namespace, stem) if word in _KINDS_OF_NAMES else None
    if pod.is_ready or known is None or sounds_like_telemetry(name, named.called_port or 0):
        return False
    return named.called_port is None or bool(named.beside) or bool(known.offered(named.called_port))


def member_of(snapshot: Snapshot, host: str, service: Ref) -> str:
    """Return the pod whose name below a Service's a host is; empty for the Service's own."""
    labels = host.split(".")
    is_below = labels[1:2] == [service.name] and snapshot.pod(service.namespace, labels[0]) is not None
    return labels[0] if is_below else ""
