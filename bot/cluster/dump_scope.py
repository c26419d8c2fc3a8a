"""What a dump says was looked at: the kinds that it was asked for, and a gap for each need that it leaves open.

Kinds with a file or a list of their own were read, empty ones included; where the dump has nothing else (the folder of `kubectl
cluster-info dump`), the rest was not. In a plain List or a stream all kinds count as read, except Nodes and kube-system where
there are none, Pods where there are none or where the status of a workload knows of more, Services where there are objects
of one other kind alone (`kubectl get pods -o yaml`), and EndpointSlices where there are none: nobody asked for them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.cluster.documents import Document, list_kind
from bot.cluster.dump_files import SavedFile
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.gaps import DISCOVERY, SCOPE, UNSELECTED_SLICES, Gap, Listed
from bot.model.kube.kinds import KINDS, Kind, row
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import (
    ConfigMap,
    DaemonSet,
    Deployment,
    Event,
    Namespace,
    Node,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
)
from bot.model.snapshot import Snapshot
from bot.model.text import listing

Objects = tuple[tuple[Kind | str, Document], ...]
DNS_NAMESPACE = "kube-system"
_NO_LIST = "the dump has no list of them"
# What checks need, by need. EndpointSlices can be computed, and the Corefile is read by its name: both apart.
_NEEDED: tuple[tuple[str, tuple[type[KubeObject], ...]], ...] = (
    ("services", (Service,)),
    ("pods", (Pod,)),
    ("workloads", (Deployment, StatefulSet)),
    ("networkpolicies", (NetworkPolicy,)),
    ("nodes", (Node,)),
    ("namespaces", (Namespace,)),
    ("events", (Event,)),
)
# Workloads that only matter where pods are theirs: one without any pod is the rarest of all. Of a DaemonSet nobody asks more
# than its pods tell: it has no number of replicas.
_RARE_WORKLOADS: tuple[type[KubeObject], ...] = (ReplicaSet, ReplicationController)
_LISTED: tuple[tuple[str, tuple[type[KubeObject], ...]], ...] = (
    *_NEEDED,
    ("workloads", (DaemonSet, *_RARE_WORKLOADS)),
    ("endpointslices", (EndpointSlice,)),
)
_READ_BY_LIST: tuple[tuple[str, tuple[type[KubeObject], ...]], ...] = (*_NEEDED, ("corefile", (ConfigMap,)))


class DumpScope(NamedTuple):
    """The kinds with a file or list of their own, and whether all others count as read, too.

    Where they do not, `groups` are the API groups of all objects. `is_of_one_kind`: no object is of another kind.
    """

    own: frozenset[Kind]
    everything: bool
    groups: frozenset[str] = frozenset()
    is_of_one_kind: bool = False

    def was_read(self, struct: type[KubeObject]) -> bool:
        """Return whether a kind was looked at."""
        return self.everything or row(struct) in self.own

    @property
    def listed(self) -> tuple[Listed, ...] | None:
        """Return the record for the Snapshot: kinds of APIs that nothing in the dump speaks of count as not served."""
        if self.everything:
            return None
        absent = {each for each in KINDS if each.optional and not self.groups & set(each.groups)}
        known = (self.own | absent) if row(NetworkPolicy) in self.own else self.own
        return tuple(sorted(Listed(each.key) for each in known))


def scope_of(files: Iterable[tuple[SavedFile, Objects]]) -> DumpScope:
    """Return what the files of a dump, with their objects unfolded, say was looked at.

    A file of several kinds is a plain dump, in which all count as read. Files of one kind each are lists of kinds where they
    are typed (`PodList`), or hold several objects and are named after their kind (`pods.json`).
    """
    own: set[Kind] = set()
    by_kind, everything = False, False
    known = [(file, found) for file, found in files if any("kind" in each for each in file.documents)]
    for file, found in known:
        lists = [list_kind(each) for each in file.documents]
        kinds = {kind for kind, _ in found}
        own |= {each for each in lists if isinstance(each, Kind)}
        if all(lists):
            by_kind = True
        elif (named := file.named_kind) and kinds <= {named}:
            own.add(named)
            by_kind = by_kind or len(found) != 1
        elif len(kinds) > 1:
            everything = True
        else:
            own |= {each for each in kinds if isinstance(each, Kind)}
    if everything or not by_kind:
        kinds = {kind for _, found in known for kind, _ in found}
        return DumpScope(frozenset(own), everything=True, is_of_one_kind=len(kinds) == 1)
    groups = frozenset(group for file, _ in known for group in _groups(file.documents))
    return DumpScope(frozenset(own), everything=False, groups=groups)


def _groups(documents: Iterable[Document]) -> set[str]:
    """API groups of the objects, and of the kinds that CustomResourceDefinitions define."""
    found = set()
    for each in documents:
        inside = each.get("items")
        for one in (each, *(inside if isinstance(inside, list) else ())):
            if not isinstance(one, Mapping):
                continue
            spec = one.get("spec")
            defined = (
                spec.get("group") if one.get("kind") == "CustomResourceDefinition" and isinstance(spec, Mapping) else ""
            )
            found |= {str(one.get("apiVersion", "")).rpartition("/")[0], str(defined)}
    return found


def scope_gaps(snapshot: Snapshot, scope: DumpScope, more: Iterable[Gap] = ()) -> tuple[Gap, ...]:
    """Return what the dump leaves open, as far as its kinds go; `more` is open already."""
    gaps = [*more, *_unlisted(scope), *_rare_workloads(snapshot, scope), *_plain(snapshot, scope)]
    pods_open = any(each.need == "pods" and not each.namespace for each in gaps)
    if not pods_open:
        gaps.extend(_contradicted(snapshot))
    gaps.extend(_dns(snapshot, gaps))
    gaps.extend(_slices(snapshot, scope, gaps))
    return tuple(dict.fromkeys(gaps))


def _unlisted(scope: DumpScope) -> Iterator[Gap]:
    """Kinds that have no list among lists of kinds."""
    if scope.everything:
        return
    for need, structs in _READ_BY_LIST:
        missing = [row(each).plural for each in structs if not scope.was_read(each)]
        if missing:
            yield Gap(need, "", listing(missing), _NO_LIST)
    if not scope.was_read(NetworkPolicy):
        yield Gap(DISCOVERY, "", "policy and mesh objects of other APIs", _NO_LIST)
        return
    for kind in KINDS:
        if kind.optional and kind not in scope.own and scope.groups & set(kind.groups):
            yield Gap(kind.gap, "", kind.gap, _NO_LIST)


def _rare_workloads(snapshot: Snapshot, scope: DumpScope) -> Iterator[Gap]:
    """Workloads without a list, in the namespaces where pods are theirs."""
    for kind in (row(each) for each in _RARE_WORKLOADS if not scope.was_read(each)):
        owned = {each.namespace for each in snapshot.pods if each.workload and each.workload.kind == kind.kind}
        yield from (Gap("workloads", place, f"{kind.plural} in {place}", _NO_LIST) for place in sorted(owned))


def _plain(snapshot: Snapshot, scope: DumpScope) -> Iterator[Gap]:
    """What is in every cluster, and was not asked for if it is not here."""
    if not scope.everything:
        return
    if not snapshot.nodes and row(Node) not in scope.own:
        yield Gap("nodes", "", "nodes", "the dump has no Nodes")
    if not snapshot.pods and row(Pod) not in scope.own:
        yield Gap("pods", "", "pods", "the dump has no Pods")
    if not snapshot.services and scope.is_of_one_kind:
        why = "the dump has objects of one other kind alone"
        yield from (Gap(need, "", "services", why) for need in ("services", SCOPE))


def _contradicted(snapshot: Snapshot) -> Iterator[Gap]:
    """Namespaces where a workload knows of more ready pods than the dump has of its own, or of some where it has none."""
    seen: set[str] = set()
    for each in (*snapshot.workloads, *snapshot.replica_sets):
        ready = max(each.status.ready_replicas, each.status.number_ready)
        made = max(each.status.replicas, ready)
        if not made or each.namespace in seen or each.pod_selector is None:
            continue
        here = len(snapshot.pods_matching(each.namespace, each.pod_selector))
        if ready > here or not here:
            seen.add(each.namespace)
            told = f"{ready} ready" if ready else f"{made} made"
            why = f"{each.ref} has {told} by its status, and the dump holds {here} of them"
            yield Gap("pods", each.namespace, f"pods in {each.namespace}", why)


def _dns(snapshot: Snapshot, gaps: Sequence[Gap]) -> Iterator[Gap]:
    """The DNS and its configuration lie in kube-system, or where its Service is."""
    service = cluster_dns(snapshot).service
    if any(each.need == "dns" for each in gaps):
        return
    if service is None and not _has_dns_namespace(snapshot):
        why = f"the dump has no object of {DNS_NAMESPACE}"
        yield Gap("dns", "", "the cluster's DNS", why)
        yield Gap("corefile", "", "the DNS configuration", why)
        return
    place = service.namespace if service else DNS_NAMESPACE
    for gap in gaps:
        if gap.need in ("pods", "services") and gap.namespace in ("", place):
            yield Gap("dns", "", "the cluster's DNS", gap.why if gap.namespace else f"{gap.what}: {gap.why}")
            return


def _has_dns_namespace(snapshot: Snapshot) -> bool:
    inside = (snapshot.services, snapshot.pods, snapshot.workloads, snapshot.config_maps)
    return any(each.namespace == DNS_NAMESPACE for objects in inside for each in objects)


def computes_slices(snapshot: Snapshot, scope: DumpScope) -> bool:
    """Return whether EndpointSlices must be computed: `kubectl get all` and `cluster-info dump` leave them out."""
    return not snapshot.slices and row(EndpointSlice) not in scope.own


def _slices(snapshot: Snapshot, scope: DumpScope, gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Computed slices are as good as the pods are known, and say nothing of Services without a selector."""
    if not computes_slices(snapshot, scope):
        return
    opened = [each for each in gaps if each.need == "pods"]
    if all(each.namespace for each in opened):
        why = "the dump has none" if scope.everything else _NO_LIST
        gap = Gap(UNSELECTED_SLICES, "", "endpointslices", f"{why}: computed from Services and Pods")
        yield from (gap,) if not scope.everything or any(map(_is_filled_in, snapshot.services)) else ()
    for each in opened:
        what = f"endpointslices in {each.namespace}" if each.namespace else "endpointslices"
        yield Gap("endpointslices", each.namespace, what, f"they are computed from Pods, and {each.why}")


def _is_filled_in(service: Service) -> bool:
    """Whether somebody else than the controller writes its slices, or nobody."""
    return not (service.selector.pairs or service.is_external_name or service.is_api_server)


def other_question_gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    """Return what a snapshot that was read for one question leaves open of another: the lists that it does not have whole."""
    why = "the snapshot was taken for another question"
    gaps = [] if snapshot.was_listed(Service) else [Gap(SCOPE, "", "Services of the whole cluster", why)]
    places = sorted({each.namespace for each in snapshot.services})
    for need, structs in _LISTED:
        for kind in (row(each) for each in structs):
            missing = [
                each for each in (places if kind.namespaced else [""]) if not snapshot.was_listed(kind.struct, each)
            ]
            gaps.extend(Gap(need, each, f"{kind.plural} in {each}" if each else kind.plural, why) for each in missing)
    return tuple(gaps)
