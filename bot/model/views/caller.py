"""The caller of a question: its pod, workload and node, how policies see it, and what its resolver is told."""

from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.node_local import cache_address, node_local_caches
from bot.model.dns.resolv_conf import ResolvConf, resolv_conf
from bot.model.kube.kinds import workload_kind
from bot.model.kube.pods import Pod, PodSpec
from bot.model.kube.workloads import ConfigMap, Workload
from bot.model.memo import derived, memo_by
from bot.model.policy.index import policy_index
from bot.model.policy.parties import Party
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.views.configuration import ConfiguredHost, concerning, told_hosts, waiting_in


def workload_ref(source: Source | None) -> Ref | None:
    """Return the workload that a source names; None where it names none."""
    if source is None or "/" not in source.workload:
        return None
    kind, _, name = source.workload.partition("/")
    return Ref(workload_kind(kind), name, source.namespace)


def _config_map(snapshot: Snapshot, namespace: str, name: str) -> ConfigMap | None:
    found = snapshot.object(Ref("ConfigMap", name, namespace))
    return found if isinstance(found, ConfigMap) else None


@memo_by
def _told(snapshot: Snapshot, who: Ref) -> tuple[ConfiguredHost, ...]:
    """Return all hosts that a pod is told, or a workload's template: it may call many Services, each of which asks."""
    found = snapshot.object(who)
    config_of = partial(_config_map, snapshot, who.namespace)
    if isinstance(found, Workload):
        return told_hosts(found.spec.template.spec, config_of)
    return told_hosts(found.spec, config_of, waiting_in(found)) if isinstance(found, Pod) else ()


def caller_of(question: Question, snapshot: Snapshot, own_conf: ResolvConf | None = None) -> "Caller":
    """Return the caller of a question. `own_conf` is what its resolv.conf says where it was read."""
    return Caller(snapshot, question.source, question.namespace, own_conf, question.service)


class Caller(Struct, frozen=True, dict=True):
    """Who calls, as far as the source says and the snapshot knows it."""

    snapshot: Snapshot
    source: Source | None
    called_namespace: str = ""  # the namespace of what is called, in which a caller whom nobody named is taken to be
    own_conf: ResolvConf | None = None
    called_service: str = ""

    @property
    def is_known(self) -> bool:
        """The asker said who calls. Otherwise what depends on the caller is a hint, not a verdict."""
        return self.source is not None

    @property
    def namespace(self) -> str:
        return self.source.namespace if self.source else self.called_namespace

    @derived
    def workload(self) -> Workload | None:
        """The workload that the source names, if it was read."""
        ref = workload_ref(self.source)
        return self.snapshot.workload(ref) if ref else None

    @derived
    def pod(self) -> Pod | None:
        """The calling pod: the one named, else of the workload named the first that is ready, else the first that lives.

        Of those that share their node's network one on another node than the Service's: a node reaches its own pods
        whatever policies say, so that one would not speak for the others.
        """
        if self.source is None:
            return None
        if self.source.pod:
            return self.snapshot.pod(self.source.namespace, self.source.pod)
        wanted = workload_ref(self.source)
        made = self.snapshot.pods_by_workload(self.source.namespace).get(wanted, ()) if wanted else ()
        live = [each for each in made if not each.is_terminal]
        if any(each.spec.host_network for each in live) and self._served:
            live.sort(key=lambda each: each.spec.node_name in self._served)
        return next((each for each in live if each.is_ready and not each.is_terminating), next(iter(live), None))

    @derived
    def _served(self) -> frozenset[str]:
        """The nodes that have endpoints of what is called, where its traffic does not stay on the caller's own."""
        service = self.snapshot.service(self.called_namespace, self.called_service)
        if service is None or service.spec.internal_traffic_policy == "Local":
            return frozenset()
        listed = (end for one in self.snapshot.slices_of(service) for end in one.endpoints or ())
        return frozenset(each.node_name for each in listed if each.node_name)

    @property
    def node(self) -> str:
        """The name of the caller's node; empty where it is not known."""
        return self.pod.spec.node_name if self.pod else ""

    @property
    def address(self) -> str:
        """The caller's address; empty where it is not known."""
        return (self.pod.ip if self.pod else "") or ""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the caller: its pod's, else its workload's template's, else none."""
        if self.pod:
            return self.pod.labels
        return self.workload.template_labels if self.workload else {}

    @derived
    def party(self) -> Party | None:
        """Who calls, as policies see it; None where nobody was named, or who was named is not in the snapshot."""
        if self.source is None:
            return None
        policies = policy_index(self.snapshot)
        if self.pod:
            return policies.pod(self.pod)
        if self.workload:
            made = policies.anyone(self.namespace, self.workload.template_labels, self.workload.name)
            return replace(made, host_network=bool(self.workload.spec.template.spec.host_network))
        return None if self.source.pod or self.source.workload else policies.anyone(self.namespace)

    @property
    def spec(self) -> PodSpec | None:
        """Return its pod's spec, else that of its workload's template; None where neither is known."""
        if self.pod:
            return self.pod.spec
        return self.workload.spec.template.spec if self.workload else None

    @property
    def ref(self) -> Ref | None:
        """Return what somebody would change about it: its workload, else its pod."""
        if self.pod:
            return self.pod.workload or self.pod.ref
        return self.workload.ref if self.workload else None

    def config_map(self, name: str) -> ConfigMap | None:
        """Return a ConfigMap of its namespace, if it was read."""
        return _config_map(self.snapshot, self.namespace, name)

    @memo_by
    def hosts(self, service: str) -> tuple[ConfiguredHost, ...]:
        """Return the hosts in its configuration that concern a Service."""
        who = self.pod or self.workload
        return concerning(_told(self.snapshot, who.ref), service) if who else ()

    @derived
    def resolv_conf(self) -> ResolvConf:
        """The resolv.conf of the caller, which `why` and `dns` both go by: as read in its pod, else as the API tells.

        A node-local cache knows the cluster's names.
        """
        if self.own_conf is not None:
            return self.own_conf
        found = resolv_conf(self.pod, self.namespace, cluster_dns(self.snapshot))
        asks_cache = (
            found.nameservers[:1] == (cache_address(self.snapshot),) and node_local_caches(self.snapshot) is not None
        )
        return replace(found, reaches_cluster=True) if asks_cache else found
