"""Policy and mesh objects that decide a connection and that k8snet cannot evaluate yet: can one of them reach this call?

An object reaches a call where it can select one of its ends. What cannot be read for certain counts as selecting: then the
hop is unknown, never ok. Sources: the pages named in `bot.model.kube.opaque`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from bot.model.gaps import DISCOVERY
from bot.model.kube import opaque
from bot.model.kube.kinds import row
from bot.model.kube.opaque import OpaqueObject
from bot.model.kube.selectors import LabelSelector
from bot.model.memo import memo
from bot.model.pattern import pattern
from bot.model.policy.parties import Party
from bot.model.refs import Ref

if TYPE_CHECKING:
    from bot.model.snapshot import Snapshot

POLICIES: tuple[type[OpaqueObject], ...] = (
    opaque.CiliumNetworkPolicy,
    opaque.CiliumClusterwideNetworkPolicy,
    opaque.CalicoNetworkPolicy,
    opaque.GlobalNetworkPolicy,
    opaque.HostEndpoint,
    opaque.EgressFirewall,
    opaque.AntreaNetworkPolicy,
    opaque.AntreaClusterNetworkPolicy,
    opaque.SecurityGroupPolicy,
    opaque.AwsApplicationNetworkPolicy,
    opaque.AwsClusterNetworkPolicy,
    opaque.FQDNNetworkPolicy,
)
MESH: tuple[type[OpaqueObject], ...] = (
    opaque.PeerAuthentication,
    opaque.IstioAuthorizationPolicy,
    opaque.LinkerdServer,
    opaque.LinkerdAuthorizationPolicy,
)
ROUTES: tuple[type[OpaqueObject], ...] = (
    opaque.VirtualService,
    opaque.DestinationRule,
    opaque.ServiceEntry,
    opaque.Sidecar,
)
_BY_POD_SELECTOR = (opaque.SecurityGroupPolicy, opaque.AwsApplicationNetworkPolicy, opaque.FQDNNetworkPolicy)
# Istio's root namespace (MeshConfig.rootNamespace, istio-system by default) is not read; its objects are of the whole mesh.
ISTIO_ROOT = "istio"
AMBIENT = "istio.io/dataplane-mode"
# Labels that Cilium gives a pod: those of its namespace, and what is not known here (its ServiceAccount, the cluster's name).
# Keys that begin with a source and a dot are Cilium's own spelling of `k8s:app`, or labels of that very name.
_CILIUM_SPACE = "io.cilium.k8s.namespace.labels."
_CILIUM_OWN = ("io.cilium.k8s.policy.", "k8s.", "any.")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")  # LabelSelectorOperator, meta/v1
ISTIO_SYSTEM = "istio-system"  # the root namespace of a default installation
ISTIO_PROXY, LINKERD_PROXY = "istio-proxy", "linkerd-proxy"
PROXIES = (ISTIO_PROXY, LINKERD_PROXY)
_ALLOWS = "projectcalico-default-allow"
_PERMISSIVE = ("PERMISSIVE", "DISABLE")  # plain text is taken (PeerAuthentication.MutualTLS.Mode)
_CALICO_TERM = pattern(
    r"\s*(?:(?P<all>all\(\))|has\((?P<has>[^()\s]+)\)"
    r"|(?P<key>[^\s=!&|()]+)\s*==\s*(?P<quote>['\"])(?P<value>[^'\"]*)(?P=quote))\s*"
)


class Reaching(Struct, frozen=True):
    """The objects that can select one of the parties; `unread` says in words which kinds could not be read."""

    refs: tuple[Ref, ...] = ()
    unread: str = ""


_NOTHING = Reaching()


@memo
def objects_of(snapshot: "Snapshot") -> dict[tuple[type[OpaqueObject], ...], tuple[OpaqueObject, ...]]:
    """Return the objects of `POLICIES`, of `MESH` and of `ROUTES`."""
    return {
        structs: tuple(each for one in structs for each in snapshot.all(one)) for structs in (POLICIES, MESH, ROUTES)
    }


def may_reach(snapshot: "Snapshot", structs: tuple[type[OpaqueObject], ...]) -> bool:
    """Return whether there is an object of these kinds at all, or something of them was not read."""
    return bool(snapshot.gaps) or bool(objects_of(snapshot)[structs])


def reaching(snapshot: "Snapshot", structs: tuple[type[OpaqueObject], ...], parties: Iterable[Party]) -> Reaching:
    """Return which objects of these kinds (`POLICIES` or `MESH`) can select one of the parties, by name; the caller first."""
    if not may_reach(snapshot, structs):
        return _NOTHING
    known = tuple(parties)
    ends = [each for each in known if each.namespace]
    hosts = [each for each in known if each.node and not each.namespace]
    refs = [
        each.ref
        for each in objects_of(snapshot)[structs]
        if any(_selects(each, party) for party in ends)
        or any(_of_hosts(each, party) for party in hosts)
        or any(is_walled(each, known[0], party) for party in known[1:])
    ]
    return Reaching(
        tuple(sorted(refs)), unread(snapshot, structs, {each.namespace for each in ends}) if snapshot.gaps else ""
    )


def are_none(snapshot: "Snapshot", structs: tuple[type[OpaqueObject], ...], namespaces: Iterable[str]) -> bool:
    """Return whether there is no object of these kinds, of these namespaces or of the cluster, and all were read."""
    return not objects_of(snapshot)[structs] and not unread(snapshot, structs, namespaces)


def unread(snapshot: "Snapshot", structs: Iterable[type[OpaqueObject]], namespaces: Iterable[str]) -> str:
    """Return in words which of these kinds could not be read in one of the namespaces; empty where all were."""
    if not snapshot.gaps:
        return ""
    for gap in snapshot.gaps_for(DISCOVERY):
        return f"{gap.what} could not be read ({gap.why})"
    places = sorted(namespaces)
    for struct in structs:
        of_istio = row(struct).group.endswith("istio.io")
        for place in (*places, ISTIO_SYSTEM) if of_istio and places else places:
            for gap in snapshot.gaps_for(row(struct).gap, place):
                return f"{gap.what} could not be read ({gap.why})"
    return ""


def _selects(known: OpaqueObject, party: Party) -> bool:
    """Whether the object can select this party; every doubt is a yes."""
    if isinstance(known, opaque.PeerAuthentication | opaque.IstioAuthorizationPolicy):
        return _of_istio(known, party)
    if row(type(known)).namespaced and known.namespace != party.namespace:
        return False
    if isinstance(known, opaque.LinkerdServer | opaque.LinkerdAuthorizationPolicy):
        return in_mesh(party) and by_labels(known.spec.get("podSelector"), party.labels)
    if isinstance(known, opaque.CalicoNetworkPolicy | opaque.GlobalNetworkPolicy):
        return not known.name.startswith("knp.default.") and _of_calico(known, party)
    if isinstance(known, opaque.HostEndpoint | opaque.EgressFirewall):
        return _of_hosts(known, party)  # an egress firewall is about where a call goes
    if isinstance(known, opaque.AntreaNetworkPolicy | opaque.AntreaClusterNetworkPolicy):
        return _of_antrea(known, party)
    if isinstance(known, _BY_POD_SELECTOR):
        return not party.host_network and by_labels(known.spec.get("podSelector"), party.labels)
    if isinstance(known, opaque.AwsClusterNetworkPolicy):
        return not party.host_network and _of_aws(known.spec.get("subject"), party)
    if isinstance(known, opaque.CiliumNetworkPolicy | opaque.CiliumClusterwideNetworkPolicy):
        return any(_of_cilium(each, party) for each in known.rules)
    return True


def is_walled(known: OpaqueObject, caller: Party, target: Party) -> bool:
    """Return whether an egress firewall of the caller's namespace may decide: it is about what is outside of the pod network.

    https://ovn-kubernetes.io/features/network-security-controls/egress-firewall/
    """
    is_outside = target.host_network or not target.namespace
    is_own = isinstance(known, opaque.EgressFirewall) and known.namespace == caller.namespace
    return is_own and is_outside and not caller.host_network


def _of_hosts(known: OpaqueObject, party: Party) -> bool:
    """Cilium's policies of nodes, whose labels are not held against them, and what Calico guards of a node.

    A HostEndpoint that nothing admits to denies, unless its profile allows, as those that Calico makes itself do.
    https://docs.tigera.io/calico/latest/reference/resources/hostendpoint
    """
    if isinstance(known, opaque.HostEndpoint):
        is_open = _ALLOWS in (known.spec.get("profiles") or ())
        return party.host_network and known.spec.get("node") == party.node and not is_open
    return isinstance(known, opaque.CiliumClusterwideNetworkPolicy) and any(
        "nodeSelector" in each for each in known.rules
    )


def _of_istio(known: OpaqueObject, party: Party) -> bool:
    in_root = known.namespace.startswith(ISTIO_ROOT)
    if not (known.namespace == party.namespace or in_root) or not in_mesh(party):
        return False
    if isinstance(known, opaque.PeerAuthentication) and not known.spec.get("portLevelMtls"):
        mtls = known.spec.get("mtls")
        if isinstance(mtls, Mapping) and mtls.get("mode") in _PERMISSIVE:
            return False
    return by_labels(known.spec.get("selector"), party.labels)


def in_mesh(party: Party) -> bool:
    """Return whether a proxy stands in the pod, or its namespace is, or may be, of the ambient mesh; of an unknown pod nobody
    can tell.
    """
    if party.pod is None or not party.knows_namespace:
        return True
    if "ambient" in (party.namespace_labels.get(AMBIENT), party.labels.get(AMBIENT)):
        return True
    return any(each.name in PROXIES for each in party.pod.serving_containers)


def is_ambient(party: Party) -> bool:
    """Return whether Istio's ambient mode carries the pod's calls: its own label counts, else that of its namespace."""
    has_proxy = party.pod is not None and any(each.name == ISTIO_PROXY for each in party.pod.serving_containers)
    return not has_proxy and (party.labels.get(AMBIENT) or party.namespace_labels.get(AMBIENT)) == "ambient"


def _of_cilium(rule: Mapping[str, Any], party: Party) -> bool:
    """Cilium's keys may say where a label comes from (`k8s:app`, `any:app`); some of its own labels are not known here."""
    if "endpointSelector" not in rule:
        return party.host_network  # a nodeSelector: of hosts

    def is_open(key: str) -> bool:
        bare = key.removeprefix("k8s:").removeprefix("any:")
        foreign = ":" in bare and not bare.startswith("reserved:")
        unread = not party.knows_namespace and bare.startswith(_CILIUM_SPACE)
        return foreign or unread or bare.startswith(_CILIUM_OWN)

    return by_labels(rule["endpointSelector"], _cilium_labels(party), is_open)


@memo
def _cilium_labels(party: Party) -> dict[str, str]:
    """Return the labels that Cilium gives a pod, each by every spelling of its key that names no other source."""
    labels = {
        **party.labels,
        "io.kubernetes.pod.namespace": party.namespace,
        **{f"{_CILIUM_SPACE}{key}": value for key, value in party.namespace_labels.items()},
    }
    return {f"{source}{key}": value for source in ("", "k8s:", "any:") for key, value in labels.items()}


def _of_antrea(known: OpaqueObject, party: Party) -> bool:
    """Antrea names whom a policy applies to once, or in each rule, which is not read; its groups are not read either."""
    given = known.spec.get("appliedTo")
    applied = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    return not applied or any(_is_applied(each, party) for each in applied)


def _is_applied(to: Mapping[str, Any], party: Party) -> bool:
    if not to or not set(to) <= {"podSelector", "namespaceSelector"}:
        return "nodeSelector" not in to or party.host_network
    in_space = not party.knows_namespace or by_labels(to.get("namespaceSelector"), party.namespace_labels)
    return in_space and by_labels(to.get("podSelector"), party.labels)


def _of_aws(subject: Any, party: Party) -> bool:
    """The subject of an admin tier: `namespaces`, or `pods` with both selectors."""
    read = subject if isinstance(subject, Mapping) else {}
    pods = read["pods"] if isinstance(read.get("pods"), Mapping) else {}
    spaces = pods.get("namespaceSelector") if pods else read.get("namespaces")
    in_space = not party.knows_namespace or by_labels(spaces, party.namespace_labels)
    return in_space and by_labels(pods.get("podSelector"), party.labels)


def _of_calico(known: OpaqueObject, party: Party) -> bool:
    if party.host_network and isinstance(known, opaque.GlobalNetworkPolicy):
        return "namespaceSelector" not in known.spec  # it may select the node's HostEndpoint, which is not read
    own = {**party.labels, "projectcalico.org/namespace": party.namespace, "projectcalico.org/orchestrator": "k8s"}
    spaces = {**party.namespace_labels, "projectcalico.org/name": party.namespace}
    in_space = not party.knows_namespace or _calico(known.spec.get("namespaceSelector"), spaces)
    return in_space and _calico(known.spec.get("selector"), own)


def _calico(selector: Any, labels: Mapping[str, str]) -> bool:
    """Calico's expressions, as far as terms are joined by `&&` alone; any other, and one on a label that Calico gives, may
    hold (`projectcalico.org/serviceaccount`).
    """
    text = str(selector or "all()")
    for term in () if "||" in text else text.split("&&"):
        found = _CALICO_TERM.fullmatch(term)
        if found is None:
            return True
        key = found["has"] or found["key"]
        if not key or (key.startswith("projectcalico.org/") and key not in labels):
            continue
        if key not in labels or (found["key"] and labels[key] != found["value"]):
            return False
    return True


def by_labels(selector: Any, labels: Mapping[str, str], is_open: Callable[[str], bool] = lambda _: False) -> bool:
    """Return whether a selector of meta/v1 may select these labels: an absent one selects all, one that cannot be read may do
    so, and so may terms on open keys.
    """
    if selector is None:
        return True
    try:
        read = msgspec.convert(selector, LabelSelector)
    except msgspec.ValidationError:
        return True
    pairs = ((key, value) for key, value in (read.match_labels or {}).items() if not is_open(key))
    lines = (each for each in read.match_expressions or () if each.operator in _OPERATORS and not is_open(each.key))
    return all(labels.get(key) == value for key, value in pairs) and all(each.matches(labels) for each in lines)
