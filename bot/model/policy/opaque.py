"""Policy and mesh objects that decide a connection and that k8snet cannot evaluate yet: can one of them reach this call?

An object reaches a call where it can select one of its ends. What cannot be read for certain counts as selecting: then the
hop is unknown, never ok. Sources: the pages named in `bot.model.kube.opaque`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from bot.model.kube import opaque
from bot.model.kube.kinds import row
from bot.model.kube.opaque import OpaqueObject
from bot.model.kube.selectors import LabelSelector
from bot.model.memo import once
from bot.model.policy.parties import Party
from bot.model.refs import Ref

if TYPE_CHECKING:
    from bot.model.snapshot import Snapshot

DISCOVERY = "served apis"  # the need of the discovery request: which optional APIs are there at all
POLICIES: tuple[type[OpaqueObject], ...] = (
    opaque.AdminNetworkPolicy,
    opaque.BaselineAdminNetworkPolicy,
    opaque.ClusterNetworkPolicy,
    opaque.CiliumNetworkPolicy,
    opaque.CiliumClusterwideNetworkPolicy,
    opaque.CalicoNetworkPolicy,
    opaque.GlobalNetworkPolicy,
)
MESH: tuple[type[OpaqueObject], ...] = (
    opaque.PeerAuthentication,
    opaque.IstioAuthorizationPolicy,
    opaque.LinkerdServer,
    opaque.LinkerdAuthorizationPolicy,
)
# Istio's root namespace (MeshConfig.rootNamespace): an object there without a selector is of the whole mesh.
_ISTIO_ROOT = "istio-system"
_PROXIES = ("istio-proxy", "linkerd-proxy")
_PERMISSIVE = ("PERMISSIVE", "DISABLE")  # plain text is taken (PeerAuthentication.MutualTLS.Mode)
_CALICO_TERM = re.compile(
    r"\s*(?:(?P<all>all\(\))|has\((?P<has>[^()\s]+)\)"
    r"|(?P<key>[^\s=!&|()]+)\s*==\s*(?P<quote>['\"])(?P<value>[^'\"]*)(?P=quote))\s*"
)


class Reaching(Struct, frozen=True):
    """The objects that can select one of the parties; `unread` says in words which kinds could not be read."""

    refs: tuple[Ref, ...] = ()
    unread: str = ""


_NOTHING = Reaching()


@once
def _objects(snapshot: "Snapshot") -> dict[tuple[type[OpaqueObject], ...], tuple[OpaqueObject, ...]]:
    return {structs: tuple(each for one in structs for each in snapshot.all(one)) for structs in (POLICIES, MESH)}


def may_reach(snapshot: "Snapshot", structs: tuple[type[OpaqueObject], ...]) -> bool:
    """Return whether there is an object of these kinds at all, or something of them was not read."""
    return bool(snapshot.gaps) or bool(_objects(snapshot)[structs])


def reaching(snapshot: "Snapshot", structs: tuple[type[OpaqueObject], ...], parties: Iterable[Party]) -> Reaching:
    """Return which objects of these kinds (`POLICIES` or `MESH`) can select one of the parties, by name."""
    if not may_reach(snapshot, structs):
        return _NOTHING
    ends = [each for each in parties if each.namespace]
    refs = [each.ref for each in _objects(snapshot)[structs] if any(_selects(each, party) for party in ends)]
    return Reaching(tuple(sorted(refs)), _unread(snapshot, structs, ends) if snapshot.gaps else "")


def _unread(snapshot: "Snapshot", structs: Iterable[type[OpaqueObject]], parties: Iterable[Party]) -> str:
    for gap in snapshot.gaps_for(DISCOVERY):
        return f"{gap.what} could not be read ({gap.why})"
    places = sorted({each.namespace for each in parties})
    for struct in structs:
        for place in places:
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
        return _in_mesh(party) and _by_labels(known.spec.get("podSelector"), party.labels)
    if isinstance(known, opaque.CalicoNetworkPolicy | opaque.GlobalNetworkPolicy):
        return not known.name.startswith("knp.default.") and _of_calico(known.spec, party)
    if isinstance(known, opaque.CiliumNetworkPolicy | opaque.CiliumClusterwideNetworkPolicy):
        return any(_of_cilium(each, party) for each in known.rules)
    return _of_admin(known.spec, party)


def _of_istio(known: OpaqueObject, party: Party) -> bool:
    if known.namespace not in (party.namespace, _ISTIO_ROOT) or not _in_mesh(party):
        return False
    if isinstance(known, opaque.PeerAuthentication) and not known.spec.get("portLevelMtls"):
        mtls = known.spec.get("mtls")
        if isinstance(mtls, Mapping) and mtls.get("mode") in _PERMISSIVE:
            return False
    return _by_labels(known.spec.get("selector"), party.labels)


def _in_mesh(party: Party) -> bool:
    """A proxy stands in the pod, or its namespace is of the ambient mesh; of an unknown pod nobody can tell."""
    if party.namespace_labels.get("istio.io/dataplane-mode") == "ambient" or party.pod is None:
        return True
    if party.labels.get("istio.io/dataplane-mode") == "ambient":
        return True
    return any(each.name in _PROXIES for each in party.pod.serving_containers)


def _of_cilium(rule: Mapping[str, Any], party: Party) -> bool:
    if "endpointSelector" not in rule:
        return party.host_network  # a nodeSelector: of hosts
    prefix = "io.cilium.k8s.namespace.labels."
    labels = {
        **party.labels,
        "io.kubernetes.pod.namespace": party.namespace,
        **{f"{prefix}{key}": value for key, value in party.namespace_labels.items()},
    }
    return _by_labels(_without_source(rule["endpointSelector"]), labels)


def _without_source(selector: Any) -> Any:
    """Cilium's keys may say where a label comes from (`k8s:app`, `any:app`, `k8s.app`)."""
    if not isinstance(selector, Mapping):
        return selector
    bare = re.compile(r"^(?:k8s|any)[:.](?=.)")
    pairs = {bare.sub("", str(key)): value for key, value in (selector.get("matchLabels") or {}).items()}
    lines = [{**each, "key": bare.sub("", str(each.get("key", "")))} for each in selector.get("matchExpressions") or ()]
    return {"matchLabels": pairs, "matchExpressions": lines}


def _of_calico(spec: Mapping[str, Any], party: Party) -> bool:
    own = {**party.labels, "projectcalico.org/namespace": party.namespace, "projectcalico.org/orchestrator": "k8s"}
    spaces = {**party.namespace_labels, "projectcalico.org/name": party.namespace}
    in_space = not party.knows_namespace or _calico(spec.get("namespaceSelector"), spaces)
    return in_space and _calico(spec.get("selector"), own)


def _calico(selector: Any, labels: Mapping[str, str]) -> bool:
    """Calico's expressions, as far as terms are joined by `&&`; any other may hold."""
    for term in str(selector or "all()").split("&&"):
        found = _CALICO_TERM.fullmatch(term)
        if found is None:
            return True
        if found["has"] and found["has"] not in labels:
            return False
        if found["key"] and labels.get(found["key"]) != found["value"]:
            return False
    return True


def _of_admin(spec: Mapping[str, Any], party: Party) -> bool:
    """The subject of an admin tier: namespaces, or pods of namespaces (network-policy-api)."""
    subject = spec.get("subject")
    if not isinstance(subject, Mapping) or party.host_network:
        return not isinstance(subject, Mapping)
    if "namespaces" in subject:
        return _by_namespace(subject["namespaces"], party)
    pods = subject.get("pods")
    if not isinstance(pods, Mapping):
        return True
    return _by_namespace(pods.get("namespaceSelector"), party) and _by_labels(pods.get("podSelector"), party.labels)


def _by_namespace(selector: Any, party: Party) -> bool:
    """A selector of namespaces; of a namespace that was not read any may hold."""
    return not party.knows_namespace or _by_labels(selector, party.namespace_labels)


def _by_labels(selector: Any, labels: Mapping[str, str]) -> bool:
    """A selector of meta/v1; an absent one selects all, one that cannot be read may do so."""
    try:
        return selector is None or msgspec.convert(selector, LabelSelector).matches(labels)
    except msgspec.ValidationError:
        return True
