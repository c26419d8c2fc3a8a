"""Who calls which Service, as far as the objects of a scope show it: for a triage, in which nobody says who calls.

A call is shown by the variables, arguments and ConfigMaps of a container, by commands and words of pods
(`bot.model.dependencies.dependencies`), by `hostAliases`, by Ingresses and HTTPRoutes, and by policies that mean to admit
somebody. Who calls anything by name asks the cluster's DNS first. What a program does besides is not known.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from msgspec.structs import replace

from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.dependencies.call import Call
from bot.model.dependencies.dependencies import dependencies_of, service_of
from bot.model.dependencies.meant import before, meant_by, member_of, was_rewritten
from bot.model.dependencies.places import failed_in
from bot.model.dependencies.routes import routed, sent_on
from bot.model.dns.cluster_dns import DNS_LABEL, DNS_LABEL_VALUES, cluster_dns
from bot.model.kube.pods import ContainerStatus, Pod
from bot.model.kube.selectors import LabelSelector
from bot.model.kube.services import Service
from bot.model.kube.workloads import StatefulSet
from bot.model.memo import memo
from bot.model.policy.compiling import Policy
from bot.model.policy.index import policy_index
from bot.model.policy.matching import match_any
from bot.model.policy.rules import Direction, Match, Rule
from bot.model.question.question import Source
from bot.model.refs import Ref, is_ip
from bot.model.result.finding import Because
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller
from bot.model.views.configuration import ConfiguredHost, configured_hosts

_DNS = 53
_WEBHOOK = "failed calling webhook"  # the words of the API server
_FEW = 3  # Services that one block of addresses may mean


def shown_calls(snapshot: Snapshot, namespaces: tuple[str, ...]) -> tuple[Call, ...]:
    """Return the calls from and into these namespaces (none given: all), each once."""
    places = namespaces or tuple(sorted({each.namespace for each in (*snapshot.services, *snapshot.pods)}))
    found = [call for place in places for pod in _callers(snapshot, place) for call in _of_pod(snapshot, pod)]
    found += [*routed(snapshot, places), *(call for call in sent_on(snapshot) if _calls_from(call, places))]
    found += [*_admitted(snapshot, places), *_refused(snapshot, places)]
    callers = {each.caller for each in found if each.caller}
    calling = filter(None, (snapshot.pod(each.namespace, each.name) for each in callers))
    found += _of_nodes(snapshot, places, {each.spec.node_name for each in calling})
    return tuple(dict.fromkeys(found))


def calls_from_elsewhere(snapshot: Snapshot, namespaces: tuple[str, ...]) -> tuple[Call, ...]:
    """Return the calls of Services of these namespaces by pods of others that were read, too; of lookups nothing is said."""
    places = sorted({each.namespace for each in snapshot.pods}.difference(namespaces)) if namespaces else ()
    found = (
        call
        for place in places
        for pod in _callers(snapshot, place)
        for call in _named_by(snapshot, pod)
        if call.service.namespace in namespaces
    )
    by_controllers = (each for each in sent_on(snapshot, namespaces) if not _calls_from(each, namespaces))
    return tuple(dict.fromkeys((*found, *by_controllers)))


def _calls_from(call: Call, places: Iterable[str]) -> bool:
    return call.caller is not None and call.caller.namespace in places


def _callers(snapshot: Snapshot, namespace: str) -> Iterator[Pod]:
    """Yield one live pod of each revision of a workload, since new ones may be told something else, and every pod of none."""
    for workload, pods in snapshot.pods_by_workload(namespace).items():
        live = sorted((each for each in pods if not each.is_terminal), key=lambda each: each.name)
        first = {each.revision: each for each in reversed(live)}
        yield from reversed(first.values()) if workload else live


def _named_by(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    yield from _configured(snapshot, pod)
    yield from _prepared(snapshot, pod)
    yield from _said(snapshot, pod)
    yield from _aliased(snapshot, pod)


def _of_pod(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    calls = [*_named_by(snapshot, pod)]
    yield from calls
    rules = _let_out(snapshot, pod)
    yield from _by_address(snapshot, pod, rules)
    if calls or rules or pod.spec.dns_policy == "None":
        yield from _looking_up(snapshot, pod)


def _configured(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    """Yield calls to the hosts that containers are told; one that no Service has is taken for the Service that it means."""
    hosts = Caller(snapshot, Source(namespace=pod.namespace, pod=pod.name)).hosts(ANY_SERVICE)
    for each in hosts:
        known = service_of(snapshot, each.named.host, pod.namespace)
        if known is None or snapshot.service(known.namespace, known.name) is None:
            known = _searched(snapshot, each.named.host, pod) or _meant(snapshot, each, pod)
            known = _of_before(snapshot, each, hosts, pod, known) if known else None
        if known:
            member = member_of(snapshot, each.named.host, known)
            member = member or ("" if pod.is_ready else _taken_away(snapshot, each.named.host, known))
            is_full = each.named.host.rstrip(".") == f"{known.name}.{known.namespace}.svc.{snapshot.zone}"
            calls: Iterable[Call] = _to(snapshot, pod, known, each.named.called_port)
            if _is_misled(snapshot, each, hosts, pod, known):
                calls = (Call(known, pod.ref, each.named.port),)
            if member and not snapshot.pod(known.namespace, member) and not _is_made_by(pod, member):
                calls = (Call(known, pod.ref),)
            is_implied = each.named.port is None and _lacks(snapshot, known, each.named.called_port)
            yield from (replace(one, member=member, is_full=is_full, is_implied=is_implied) for one in calls)


def _prepared(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    """Yield the calls of a pod that fails to Services of its ended init containers: they write down what the program calls."""
    done = tuple(each.name for each in pod.status.init_container_statuses or () if _has_ended(each))
    if pod.is_ready or not done:
        return
    config_of = Caller(snapshot, Source(namespace=pod.namespace, pod=pod.name)).config_map
    for each in configured_hosts(pod.spec, config_of, ANY_SERVICE, done):
        known = service_of(snapshot, each.named.host, pod.namespace) if each.container in done else None
        if (
            known
            and snapshot.service(known.namespace, known.name)
            and not _lacks(snapshot, known, each.named.called_port)
        ):
            member = member_of(snapshot, each.named.host, known) or _taken_away(snapshot, each.named.host, known)
            yield from (replace(one, member=member) for one in _to(snapshot, pod, known, each.named.called_port))


def _has_ended(status: ContainerStatus) -> bool:
    return status.state.terminated is not None and status.state.terminated.exit_code == 0


def _is_misled(
    snapshot: Snapshot, told: ConfiguredHost, hosts: Iterable[ConfiguredHost], pod: Pod, service: Ref
) -> bool:
    """Return whether a new pod was told a port that the Service lacks in place of one that it has.

    Others of its hosts lead there at ports that there are: these speak for a pod that was made so, and not for this change.
    """
    known = snapshot.service(service.namespace, service.name)
    if told.named.port is None or known is None or known.is_headless or not _lacks(snapshot, service, told.named.port):
        return False
    leading = [each for each in hosts if service_of(snapshot, each.named.host, pod.namespace) == service]
    others = [each for each in leading if not _lacks(snapshot, service, each.named.called_port)]
    was = [
        each for each in before(snapshot, told, pod) if service_of(snapshot, each.named.host, pod.namespace) == service
    ]
    if not others:
        return False
    return was_rewritten(snapshot, told, pod) or any(
        not _lacks(snapshot, service, each.named.called_port) for each in was
    )


def _is_made_by(pod: Pod, member: str) -> bool:
    """Return whether a pod is of the StatefulSet of a member: of its own peers it does without some."""
    return pod.workload is not None and pod.workload.name == member.rpartition("-")[0]


def _of_before(snapshot: Snapshot, told: ConfiguredHost, hosts: Iterable[ConfiguredHost], pod: Pod, meant: Ref) -> Ref:
    """Return the missing Service itself that a new revision was told in place of one that there is, beside what leads to it.

    Others of its hosts lead to the one that is meant: `why` takes these for the call, so that the slip is a call of its own.
    """
    led = (service_of(snapshot, each.named.host, pod.namespace) for each in hosts)
    was = (service_of(snapshot, each.named.host, pod.namespace) for each in before(snapshot, told, pod))
    lost = service_of(snapshot, told.named.host, pod.namespace)
    return lost if lost and meant in led and meant in was else meant


def _searched(snapshot: Snapshot, host: str, pod: Pod) -> Ref | None:
    """Return the Service that a host has by the pod's own search domains (dnsConfig); None where it has none there."""
    config = pod.spec.dns_config
    names = (f"{host}.{each.rstrip('.')}" for each in (config.searches or () if config else ()))
    found = (service_of(snapshot, each, pod.namespace) for each in names if not host.endswith("."))
    return next((each for each in found if each and snapshot.service(each.namespace, each.name)), None)


def _meant(snapshot: Snapshot, told: ConfiguredHost, pod: Pod) -> Ref | None:
    """Return the Service that a host means which no Service has; another DNS may well have it, as that of a virtual cluster."""
    return meant_by(snapshot, told, pod) if _nameserver(snapshot, pod) == cluster_dns(snapshot).service else None


def _lacks(snapshot: Snapshot, service: Ref, port: int | None) -> bool:
    known = snapshot.service(service.namespace, service.name)
    return bool(port and known and known.ports and not known.offered(port))


def _taken_away(snapshot: Snapshot, host: str, service: Ref) -> str:
    """Return the member that a host below a Service's name means, and that its StatefulSet no longer makes; else nothing.

    Lists of members name more than there are in sound clusters, too, so who is ready does without.
    """
    name, _, rest = host.partition(".")
    known = snapshot.workload(Ref("StatefulSet", name.rpartition("-")[0], service.namespace))
    if not isinstance(known, StatefulSet) or not known.spec.service_name == service.name == rest.partition(".")[0]:
        return ""
    number = known.number_of(name)
    return name if number is not None and number not in known.ordinals else ""


def _said(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    """Yield calls of commands and words; one to a Service that is missing where the pod waits for it."""
    for each in dependencies_of(snapshot, (pod,)):
        if each.exists or each.because is Because.WAITS:
            yield from _to(snapshot, pod, each.service, each.port or None)


def _aliased(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    """Yield calls to the Services whose names are pinned to an address."""
    for alias in pod.spec.host_aliases or ():
        for host in alias.hostnames or ():
            known = service_of(snapshot, host, pod.namespace)
            if known and snapshot.service(known.namespace, known.name):
                yield from _to(snapshot, pod, known, None)


def _to(snapshot: Snapshot, pod: Pod, service: Ref, port: int | None) -> Iterator[Call]:
    """Yield the call of a port, or of the one that the Service has; where nobody knows which of several is meant, a vague one.

    A headless Service's ports hold nobody off: its name is that of its pods.
    """
    known = snapshot.service(service.namespace, service.name)
    if known and known.selector.matches(pod.labels):
        return  # a member that names its own Service
    offered = known.ports if known else ()
    if port and any(each.port == port for each in offered):
        yield Call(service, pod.ref, port)
    elif len(offered) <= 1:
        yield Call(service, pod.ref)
    elif port and known and not known.is_headless:
        yield Call(service, pod.ref, port)
    else:
        yield Call(service, pod.ref, is_vague=True)


def _let_out(snapshot: Snapshot, pod: Pod) -> tuple[Rule, ...]:
    """Return the rules that let a pod out to somebody: who has any has somebody to call."""
    policies = policy_index(snapshot)
    if policies.is_free(pod.namespace):
        return ()
    isolating = policies.isolating(Direction.EGRESS, policies.pod(pod))
    return tuple(rule for each in isolating for rule in each.rules(Direction.EGRESS) or ())


def _by_address(snapshot: Snapshot, pod: Pod, rules: Iterable[Rule]) -> Iterator[Call]:
    """Yield calls to the few Services whose addresses a rule names by its block: policies see pods behind them."""
    for rule in rules:
        ports = {each.port for each in rule.ports}
        for service in _named_by_blocks(snapshot).get((rule.policy, rule.field), ()):
            for each in service.ports:
                if each.port in ports or not ports:
                    yield from _to(snapshot, pod, service.ref, each.port)


@memo
def _named_by_blocks(snapshot: Snapshot) -> dict[tuple[Ref, str], tuple[Service, ...]]:
    """Return by policy and field of an egress rule the Services in its blocks, where these are few and not the whole world."""
    known = [(each, [ip_address(one) for one in _addresses(each)]) for each in snapshot.services]
    found: dict[tuple[Ref, str], tuple[Service, ...]] = {}
    for rule in (rule for policy in policy_index(snapshot).compiled for rule in policy.rules(Direction.EGRESS) or ()):
        if blocks := [each for each in rule.blocks if not each.cidr.endswith("/0")]:
            meant = tuple(each for each, addresses in known if match_any(blocks, addresses) is Match.YES)
            if len(meant) <= _FEW:
                found[rule.policy, rule.field] = meant
    return found


def _addresses(service: Service) -> tuple[str, ...]:
    return tuple(each for each in (*service.cluster_ips, *service.balancer_addresses) if is_ip(each))


def _looking_up(snapshot: Snapshot, pod: Pod) -> Iterator[Call]:
    """Yield the call of the DNS that a pod asks, by whoever is not of it."""
    service = _nameserver(snapshot, pod)
    own = pod.namespace == service.namespace and pod.labels.get(DNS_LABEL) in DNS_LABEL_VALUES if service else False
    if service and not own and not service.selector.matches(pod.labels):
        yield Call(service.ref, pod.ref, _DNS if any(each.port == _DNS for each in service.ports) else None)


def _nameserver(snapshot: Snapshot, pod: Pod) -> Service | None:
    """Return the Service that a pod asks for names: the cluster's DNS, or the one that its own configuration names instead.

    Pods of a virtual cluster (vcluster) ask that cluster's; those on the host network, unless they say so, their node's.
    """
    if pod.spec.dns_policy != "None":
        asks = Caller(snapshot, Source(namespace=pod.namespace, pod=pod.name)).resolv_conf.reaches_cluster
        return cluster_dns(snapshot).service if asks else None
    servers = (pod.spec.dns_config.nameservers if pod.spec.dns_config else None) or ()
    return next(filter(None, map(snapshot.service_by_ip, servers[:1])), None)


def _of_nodes(snapshot: Snapshot, places: Iterable[str], seen: set[str]) -> Iterator[Call]:
    """Yield a lookup from each node from which nothing calls yet, by a pod that no policy keeps in."""
    policies = policy_index(snapshot)
    for place in places:
        for pod in snapshot.pods_in(place):
            node = pod.spec.node_name
            if node in seen or pod.is_terminal or pod.spec.host_network or not pod.is_ready:
                continue
            if policies.is_free(place) or not policies.isolating(Direction.EGRESS, policies.pod(pod)):
                for call in _looking_up(snapshot, pod):
                    seen.add(node)
                    yield call


def _refused(snapshot: Snapshot, places: Iterable[str]) -> Iterator[Call]:
    """Yield the API server's calls of webhooks, where an Event says that one failed for an object, of whatever kind."""
    inside = set(places)
    for event in snapshot.events:
        if event.namespace in inside and _WEBHOOK in event.text and snapshot.is_recent(event.last_seen):
            for place in failed_in(event.text):
                known = service_of(snapshot, place.host, event.namespace)
                service = snapshot.service(known.namespace, known.name) if known else None
                if service and any(each.port == place.port for each in service.ports):
                    yield Call(service.ref, port=place.port)


def _admitted(snapshot: Snapshot, places: Iterable[str]) -> Iterator[Call]:
    """Yield calls of the pods that a policy means by labels of a namespace that does not carry them, and that none admits."""
    inside = set(places)
    for policy in policy_index(snapshot).compiled:
        if not isinstance(policy, Policy) or policy.ref.namespace not in inside:
            continue
        meant = tuple(_misread(snapshot, policy))
        for service in snapshot.services_in(policy.ref.namespace) if meant else ():
            if any(policy.spec.pod_selector.matches(each.labels) for each in snapshot.pods_behind(service)):
                for pod in meant:
                    if not _may_call(snapshot, pod, service):
                        yield from _to(snapshot, pod, service.ref, None)


def _may_call(snapshot: Snapshot, pod: Pod, service: Service) -> bool:
    """Return whether policies admit a pod to every port of every kind of pods behind a Service, whatever one of them means."""
    policies = policy_index(snapshot)
    caller, kinds = policies.pod(pod), {id(each.metadata.labels): each for each in snapshot.pods_behind(service)}
    return all(
        policies.decide(caller, policies.pod(each), port.resolve(each), port.protocol).decision == "allow"
        for each in kinds.values()
        for port in service.ports
    )


def _misread(snapshot: Snapshot, policy: Policy) -> Iterator[Pod]:
    """Yield, for each peer of the rules with a namespace selector that is nobody, the first pod that is meant by it.

    Where no namespace fits, that is one that has these labels itself, or of the namespace that is called as one of them says
    (`name: traefik`); else one that its pod selector fits in the policy's own namespace: both have to fit at once.
    """
    for peer in (peer for rule in policy.ingress or () for peer in rule.peers):
        selector, pods = peer.namespace_selector, peer.pod_selector
        if selector is None or not selector.keys:
            continue
        places = {each.name for each in snapshot.namespaces if selector.matches(each.labels)}
        own = _live(snapshot, policy.ref.namespace, pods) if pods else []
        if places:
            is_somebody = pods is None or any(_live(snapshot, each, pods) for each in places)
            fitting = [] if is_somebody else own
        else:
            fitting = [*_labelled_so(snapshot, selector, pods)] or own
        if found := min(fitting, key=lambda each: (each.namespace, each.name), default=None):
            yield found


def _labelled_so(snapshot: Snapshot, selector: LabelSelector, pods: LabelSelector | None) -> list[Pod]:
    """Return the pods that have the labels of a namespace selector themselves, else those of the namespace that it names."""
    wanted = (selector.match_labels or {}).items()
    if wanted <= _pairs_of_pods(snapshot):
        alike = [each for each in snapshot.pods if not each.is_terminal and selector.matches(each.labels)]
        if alike:
            return alike
    named = sorted(set(snapshot.namespace_names).intersection(value for _, value in wanted))
    return [pod for each in named for pod in _live(snapshot, each, pods)]


def _live(snapshot: Snapshot, namespace: str, selector: LabelSelector | None) -> list[Pod]:
    known = snapshot.pods_matching(namespace, selector) if selector else snapshot.pods_in(namespace)
    return [each for each in known if not each.is_terminal]


@memo
def _pairs_of_pods(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    """Return all label pairs of pods: most namespace selectors ask for none of these, and need no look at each pod."""
    kinds = {id(each.metadata.labels): each.labels for each in snapshot.pods}
    return frozenset(pair for each in kinds.values() for pair in each.items())
