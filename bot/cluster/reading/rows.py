"""The table of reading: every request that is ever made for a question or a scope is a row here, but those for optional APIs.

A check's `needs` and `uses` are read because rows carry their names; `tests/reader/test_rows.py` compares. Of the kinds of
optional APIs, which are listed where they are served, the table is `bot/model/kube/kinds.py` (see `bot/cluster/optional.py`).
"""

from msgspec.structs import replace

from bot.cluster.decode_lean import lean
from bot.cluster.reading import called, caller, finding, followed, logs, shared
from bot.cluster.reading.need import Condition, Need
from bot.cluster.resources import (
    AUTOSCALERS,
    CLAIMS,
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    INGRESS_CLASSES,
    INGRESSES,
    LOGS,
    NAMESPACES,
    NODES,
    PODS,
    POLICIES,
    REPLICA_SETS,
    SERVICES,
    SLICES,
    STORAGE_CLASSES,
    WORKLOADS,
    Resource,
)
from bot.model.gaps import (
    CALLER_SETTINGS,
    DEPENDENCIES,
    ENGINE,
    KUBELET_SETTINGS,
    NAMED_SERVICES,
    NODE_AGENTS,
    OTHER_AGENTS,
    OTHER_PODS,
    SIMILAR_PODS,
    SIMILAR_SERVICES,
)
from bot.model.kube.kinds import row

_EVENT_PAGES = 8  # of a triage; the API server lists them by name, so which are left out is nobody's choice


def _of(resource: Resource, most: int) -> Resource:
    """Return a resource to be read in one page of at most so many objects."""
    return resource._replace(page=most)


def _read(resource: Resource) -> Resource:
    """Return a resource of which watches do not hold enough, or that is compared with what they hold."""
    return resource._replace(held=False)


def given(when: Condition, after: tuple[str, ...], *rows: Need) -> tuple[Need, ...]:
    """Return rows that are read under one condition, which is asked when the rows named `after` have ended."""
    return tuple(replace(each, when=when, after=after) for each in rows)


def _all(kind: str, priority: int, left: str = "", name: str = "") -> Need:
    """Return the row of all workloads of a kind in the Service's namespace."""
    resource, scope = _WORKLOADS[kind], called.its_namespace
    return Need(name or f"{kind}s", "workloads", resource, scope, priority=priority, pages=1, left=left)


# As many as Kubernetes is tested with in a namespace.
# https://github.com/kubernetes/community/blob/master/sig-scalability/configs-and-limits/thresholds.md
_SERVICES, _WORKLOADS = _of(SERVICES, 5000), {kind: _of(each, 2000) for kind, each in WORKLOADS.items()}
_ELSEWHERE = _of(SERVICES, 2000)
_NAMED = ("Deployment", "StatefulSet")  # what Services are mostly made for, and named as
_SOME = _of(PODS, 100)  # enough to have one agent of each kind

# Of the whole cluster: for every question (kept for the next ones), and for every scope.
CLUSTER = (
    Need("nodes", "nodes", lean(NODES), shared.of_cluster),
    Need("namespaces", "namespaces", lean(NAMESPACES), shared.of_cluster),
    Need("settings of Cilium", ENGINE, CONFIG_MAPS, shared.cilium_settings, after=("nodes",)),
    Need("DaemonSets of the cluster", ENGINE, lean(WORKLOADS["DaemonSet"]), shared.every_daemon_set, after=("nodes",)),
)
_DNS = ("DNS Service", "DNS slices", "DNS pods")
_FOUND = (*_DNS, *shared.ELSEWHERE)
_MORE = ("DNS pods of another label",)
DNS = (
    Need("DNS Service", "dns", SERVICES, shared.with_dns_label),
    Need("DNS slices", "dns", SLICES, shared.slices_of_dns_names),
    Need("DNS pods", "dns", PODS, shared.with_dns_label),
    Need("Corefile", "corefile", CONFIG_MAPS, shared.coredns),
    Need("policies of the DNS", "networkpolicies", POLICIES, shared.dns_namespace),
    *given(
        shared.is_elsewhere, _DNS, Need("DNS Service elsewhere", "dns", SERVICES, shared.labelled_anywhere, pages=1)
    ),
    *given(
        shared.is_not_labelled,
        ("DNS Service elsewhere",),
        Need("DNS Service of OpenShift", "dns", SERVICES, shared.dns_default, pages=1),
    ),
    Need("DNS slices of another name", "dns", SLICES, shared.slices_of_its_name, after=_FOUND),
    Need("DNS pods of another label", "dns", PODS, shared.pods_that_it_selects, after=_FOUND, pages=1),
    Need("what DNS pods mount", "corefile", CONFIG_MAPS, shared.configs_of_dns, after=(*_FOUND, *_MORE, "Corefile")),
    Need("Corefile elsewhere", "corefile", CONFIG_MAPS, shared.config_of_its_name, after=("what DNS pods mount",)),
    *given(
        shared.may_kubelets_differ,
        (*_FOUND, *shared.COREFILES),
        Need(shared.KUBELETS, KUBELET_SETTINGS, CONFIG_MAPS, shared.kubelet_config),
    ),
    Need(
        "Service of kubelets",
        KUBELET_SETTINGS,
        SERVICES,
        shared.services_of_kubelets,
        after=(shared.KUBELETS,),
        pages=1,
    ),
    Need("policies of the DNS elsewhere", "networkpolicies", POLICIES, shared.its_namespace, after=_FOUND),
)
AGENTS = (
    Need("some node agents", NODE_AGENTS, _SOME, shared.some_agents, pages=1, cut=OTHER_AGENTS),
    Need(
        "what caches mount", "corefile", CONFIG_MAPS, shared.configs_of_caches, after=("some node agents", "Corefile")
    ),
)

# Of a question whose Service, or its namespace, was not said.
FINDING = (
    Need("located", SIMILAR_SERVICES, SERVICES, finding.everywhere, when=finding.is_unplaced, pages=1),
    *given(
        finding.is_no_cluster_ip,
        ("located",),
        Need("all Services", SIMILAR_SERVICES, _SERVICES, shared.of_cluster, pages=1),
    ),
    *given(
        finding.may_not_look_everywhere,
        ("located", "all Services"),
        Need("in the default namespace", "services", SERVICES, finding.in_default_namespace, pages=1),
    ),
    Need("meant", "services", SERVICES, finding.meant),
    Need("ingresses of a host", "ingresses", INGRESSES, shared.of_cluster, when=finding.may_be_public, pages=2),
    Need("of its reverse name", SIMILAR_SERVICES, SERVICES, finding.by_reverse_name, pages=1),
)

# Of a question whose Service has a name and a namespace. What the answer rests on: the call's two ends.
_CALLER, _CALLERS = ("the calling pod", *caller.ROWS.values()), "the caller's pods"
ENDS = (
    Need("Service", "services", _read(SERVICES), called.by_name, pages=1),
    Need("slices", "endpointslices", SLICES, called.its_slices),
    Need("policies", "networkpolicies", POLICIES, called.both_ends),
    Need("events", "events", EVENTS, called.its_events, pages=2),
    Need("pods", "pods", PODS, called.its_pods, after=("Service",), pages=4, kept=True),
    Need("the calling pod", "source", PODS, caller.its_pod),
    *(
        Need(name, "source", WORKLOADS[kind], caller.WORKLOAD[kind], after=(before,), kept=kind in caller.NAMED)
        for before, (kind, name) in zip(_CALLER, caller.ROWS.items(), strict=False)
    ),
    *given(
        caller.has_workload,
        _CALLER,
        Need(_CALLERS, "source", PODS, caller.its_pods, pages=1, cut=SIMILAR_PODS, kept=True),
    ),
    Need(
        caller.WHOLE,
        "source",
        _read(PODS),
        caller.its_whole,
        after=(*_CALLER, _CALLERS),
        kept=True,
        read=caller.read_whole,
    ),
    *given(
        caller.is_nobody,
        _CALLER,
        Need("pods that may call", SIMILAR_PODS, PODS, caller.its_namespace, pages=1),
        Need("Deployments that may call", SIMILAR_PODS, DEPLOYMENTS, caller.its_namespace, pages=1),
    ),
)
# What is left out when the requests are used up, the highest number first.
MORE = (
    *given(
        caller.has_pod,
        (_CALLERS,),
        Need("agents of its node", NODE_AGENTS, PODS, caller.agents_of_its_node, priority=1, pages=1, kept=True),
    ),
    Need(  # an address that nothing on its node answers is the cache's where there is one at all
        "the node-local cache",
        "dns",
        WORKLOADS["DaemonSet"],
        caller.its_node_local_cache,
        after=("agents of its node",),
        priority=2,
    ),
    Need(  # whom it calls by its own configuration
        "settings of the caller",
        CALLER_SETTINGS,
        CONFIG_MAPS,
        caller.its_settings,
        after=(*_CALLER, _CALLERS, caller.WHOLE),
        priority=3,
    ),
    Need(
        "Services that it names",
        NAMED_SERVICES,
        SERVICES,
        caller.named_services,
        after=("settings of the caller",),
        priority=3,
    ),
    Need(
        "a pod of the Service, whole",
        CALLER_SETTINGS,
        _read(PODS),
        caller.pod_that_is_told,
        after=("pods", "settings of the caller"),
        priority=3,
        read=caller.read_whole,
    ),
    Need("events of the caller", "events", EVENTS, caller.its_events, when=caller.is_elsewhere, priority=2, pages=2),
    Need("ingresses in front", "ingresses", INGRESSES, called.ingresses_in_front, priority=4, pages=1),
    *given(
        called.is_alias,
        ("Service",),
        Need(called.ALIAS_TARGET, SIMILAR_SERVICES, SERVICES, called.alias_target, priority=3),
    ),
    *given(
        called.is_target_missing,
        (called.ALIAS_TARGET,),
        Need("Services beside it", SIMILAR_SERVICES, _SERVICES, called.beside_target, priority=4, pages=1),
    ),
    *given(  # what may have been meant
        called.is_not_there,
        ("Service",),
        Need("Services of its name", SIMILAR_SERVICES, SERVICES, called.of_its_name, priority=3, pages=1),
        Need("Services of its namespace", SIMILAR_SERVICES, _SERVICES, called.its_namespace, priority=4, pages=1),
        Need("Services elsewhere", SIMILAR_SERVICES, _ELSEWHERE, shared.of_cluster, priority=5, pages=1),
        *(Need(f"{each} of its name", "workloads", WORKLOADS[each], called.its_name, priority=3) for each in _NAMED),
    ),
    # Nothing is selected: what may have been meant, and the workloads that should have made pods. A StatefulSet at zero would
    # be the cause (APP-017); the pods may be in another namespace (RTE-002); a DaemonSet without any pod is the rarest of all.
    *given(
        called.has_no_pods,
        ("pods",),
        _all("Deployment", priority=3),
        Need("other pods", "pods", PODS, called.its_namespace, priority=4, pages=1, cut=OTHER_PODS),
        _all("StatefulSet", priority=5),
        Need("pods elsewhere", SIMILAR_PODS, PODS, called.selected_elsewhere, priority=6, pages=1),
        _all("ReplicationController", priority=7, left=SIMILAR_PODS),
        _all("DaemonSet", priority=8, left=SIMILAR_PODS),
    ),
    Need("StatefulSet of a pod's name", SIMILAR_PODS, WORKLOADS["StatefulSet"], called.set_of_member, priority=3),
    *given(
        called.may_be_of_others,
        ("pods",),
        Need(called.BESIDE, SIMILAR_SERVICES, _SERVICES, called.its_namespace, priority=4, pages=1),
    ),
    *given(
        called.has_copied_selector,
        (called.BESIDE,),
        *(_all(kind, priority=4, name=name) for kind, name in called.NEIGHBOURS.items()),
    ),
    *given(
        called.has_copied_selector,
        tuple(called.NEIGHBOURS.values()),
        Need("pods of its name", SIMILAR_PODS, PODS, called.pods_of_its_own_name, priority=4, pages=1),
    ),
    *given(  # whether there could be more pods
        called.may_be_short,
        ("pods",),
        Need("autoscalers", "autoscalers", AUTOSCALERS, called.its_namespace, priority=6, pages=1),
        *(
            Need(f"{kind}s of its pods", SIMILAR_PODS, each, called.OWNERS_OF_ALL[kind], priority=7, pages=1)
            for kind, each in _WORKLOADS.items()
        ),
    ),
    *given(  # why pods are not ready, or do not stay so
        called.has_failing_pods,
        ("pods",),
        *(
            Need(f"{kind}s of failing pods", "workloads", each, called.OWNERS[kind], priority=3, pages=1)
            for kind, each in _WORKLOADS.items()
        ),
        Need("revisions", "workloads", _read(REPLICA_SETS), called.their_revisions, priority=4, pages=1),
        Need("logs", "logs", LOGS, logs.of_failing, priority=5, read=logs.read_log),
    ),
    *given(
        called.may_lack_volume,
        ("pods",),
        Need("claims", "volumes", CLAIMS, called.claims_of_failing, priority=3),
        Need("storage classes", "volumes", STORAGE_CLASSES, shared.of_cluster, priority=4, pages=1),
    ),
)
QUESTION = (*ENDS, *MORE)

# Of a Service a backend of which failed in a probe: whether it is still what it was. Nothing is taken from watches.
_BACKENDS = ("Service", "slices", "pods")
BACKENDS = tuple(replace(each, resource=_read(each.resource)) for each in ENDS if each.name in _BACKENDS)

# Of a Service that an alias stands for: as of a question of its own, but for what was read for the alias and its caller.
_OF_CALLED = (called.has_no_pods, called.may_be_short, called.has_failing_pods, called.may_lack_volume)
BEHIND = (
    *(each for each in ENDS if each.name in _BACKENDS),
    Need("policies", "networkpolicies", POLICIES, followed.policies_elsewhere),
    Need("events", "events", EVENTS, followed.events_elsewhere, pages=2),
    *(each for each in MORE if each.when in _OF_CALLED),
)

# Of a Service that failing pods wait for: it is judged, and never called sound, so what only adds to it is left out.
FOLLOWED_ADDRESS = (Need("located", SIMILAR_SERVICES, SERVICES, finding.everywhere, pages=1, priority=1),)
FOLLOWED = (
    Need("Service", DEPENDENCIES, SERVICES, called.by_name, pages=1, priority=1),
    Need("slices", DEPENDENCIES, SLICES, called.its_slices, pages=1, priority=1),
    Need("pods", DEPENDENCIES, PODS, called.its_pods, after=("Service",), pages=1, priority=1),
    *given(
        called.has_no_pods,
        ("pods",),
        *(
            Need(f"{kind}s", DEPENDENCIES, _WORKLOADS[kind], called.its_namespace, priority=2, pages=1)
            for kind in ("Deployment", "StatefulSet")
        ),
    ),
    *given(
        called.may_lack_volume,
        ("pods",),
        Need("claims", "volumes", CLAIMS, called.claims_of_failing, priority=2),
        Need("storage classes", "volumes", STORAGE_CLASSES, shared.of_cluster, priority=3, pages=1),
    ),
    *given(
        called.has_failing_pods,
        ("pods",),
        Need("events", SIMILAR_PODS, EVENTS, followed.events_elsewhere, priority=3, pages=1),
        Need("logs", SIMILAR_PODS, LOGS, logs.of_failing, priority=4, read=logs.read_log),
    ),
)

# After all else: why the cluster's DNS is down, if it is.
DNS_DOWN = (
    Need("Deployments of the DNS", "workloads", DEPLOYMENTS, shared.dns_that_is_down, priority=1, pages=1),
    Need("logs of the DNS", "logs", LOGS, logs.of_dns_that_is_not_ready, priority=2, read=logs.read_log),
)

# Of a scope, in each of its namespaces. Events, logs and details of single pods are left out: they explain one Service.
SCOPE_SERVICES = Need("Services of the scope", "services", lean(SERVICES), shared.places)
SCOPE_REST = tuple(
    Need(f"{each.plural} of the scope", row(each.type).gap, lean(each), shared.places)
    for each in (SLICES, POLICIES, PODS, *WORKLOADS.values())
)
# For a triage: pods with the hosts that their containers are told to call, what sends calls on, and what happened.
SCOPE_CALLS = tuple(replace(each, resource=PODS) if each.need == "pods" else each for each in SCOPE_REST)
SCOPE_EVENTS = (Need("events of the scope", "events", EVENTS, called.events_of_places, pages=_EVENT_PAGES),)
SCOPE_ROUTES = (Need("ingresses of the scope", "ingresses", INGRESSES, shared.places),)
SCOPE_SETTINGS = (
    Need(
        caller.FIRST_OF_SETTINGS, CALLER_SETTINGS, CONFIG_MAPS, caller.first_of_settings, after=("pods of the scope",)
    ),
    *given(
        caller.has_first_of_settings,
        (caller.FIRST_OF_SETTINGS,),
        Need("settings of the scope", CALLER_SETTINGS, CONFIG_MAPS, caller.rest_of_settings),
    ),
)
SCOPE_CAUSES = (  # of a few pods that wait for their volumes, and who sends calls on to the namespace
    Need("claims of the scope", "volumes", CLAIMS, called.claims_of_places, after=("pods of the scope",)),
    *given(
        called.lack_volumes,
        ("claims of the scope",),
        Need("storage classes of the scope", "volumes", STORAGE_CLASSES, shared.of_cluster, pages=1),
    ),
    Need(
        "controllers of the ingresses",
        SIMILAR_PODS,
        _SOME,
        called.controllers_of_ingresses,
        after=("ingresses of the scope",),
        pages=1,
        cut=SIMILAR_PODS,
    ),
)
CLASSES = (Need("ingress classes", "ingresses", INGRESS_CLASSES, shared.of_cluster),)

TABLE = (
    *CLUSTER,
    *DNS,
    *AGENTS,
    *FINDING,
    *QUESTION,
    *FOLLOWED_ADDRESS,
    *FOLLOWED,
    *DNS_DOWN,
    SCOPE_SERVICES,
    *SCOPE_REST,
    *SCOPE_EVENTS,
    *SCOPE_ROUTES,
    *SCOPE_SETTINGS,
    *SCOPE_CAUSES,
    *CLASSES,
)
# What is read, once each: `doctor` tries it, and the chart's ClusterRole grants it (`tests/test_chart.py`).
RESOURCES = tuple({(each.resource.group, each.resource.plural): each.resource for each in TABLE}.values())
