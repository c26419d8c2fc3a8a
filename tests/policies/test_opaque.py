"""Whom the policies and mesh objects select that k8snet cannot evaluate: each kind selects, does not select, or may do so.

Every doubt is a yes: an object that may select an end leaves its hop unknown, one that surely does not changes nothing.
The end is shop/web, labelled `app: web`; its namespace carries `team: shop`. The pages: `bot.model.kube.opaque`.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bot.cluster.documents import snapshot_from
from bot.model.gaps import DISCOVERY, Gap
from bot.model.kube.kinds import KINDS
from bot.model.kube.opaque import OpaqueObject
from bot.model.policy.index import policy_index
from bot.model.policy.opaque import MESH, POLICIES, ROUTES, reaching
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CILIUM, CALICO = "cilium.io/v2", "crd.projectcalico.org/v1"
ANTREA = "crd.antrea.io/v1beta1"
ISTIO, LINKERD = "security.istio.io/v1", "policy.linkerd.io/v1beta1"
WEB, OTHER = {"matchLabels": {"app": "web"}}, {"matchLabels": {"app": "db"}}
SHOP, PAY = {"matchLabels": {"team": "shop"}}, {"matchLabels": {"team": "pay"}}
ODD = {"matchExpressions": "not a list"}
SPACE = {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "shop"}}}


def written(api: str, kind: str, spec: dict[str, Any], namespace: str = "", name: str = "it") -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def snapshot(*documents: dict[str, Any], sidecar: str = "", gaps: tuple[Gap, ...] = (), **spec: Any) -> Snapshot:
    containers = [{"name": "app"}, *([{"name": sidecar}] if sidecar else [])]
    metadata = {"name": "web", "namespace": "shop", "labels": {"app": "web"}}
    pod = {"kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **spec}, "status": {}}
    return snapshot_from([SPACE, pod, *documents], taken_at=NOW, gaps=gaps)


def web(known: Snapshot) -> Party:
    pod = known.pod("shop", "web")
    assert pod is not None
    return policy_index(known).pod(pod)


def selects(document: dict[str, Any], **more: Any) -> bool:
    known = snapshot(document, **more)
    return any(reaching(known, structs, [web(known)]).refs for structs in (POLICIES, MESH))


def cilium(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        written(CILIUM, "CiliumNetworkPolicy", spec, "shop"),
        written(CILIUM, "CiliumClusterwideNetworkPolicy", spec),
    ]


def calico(selector: str) -> list[dict[str, Any]]:
    return [
        written(CALICO, "NetworkPolicy", {"selector": selector}, "shop"),
        written("projectcalico.org/v3", "NetworkPolicy", {"selector": selector}, "shop"),
        written(CALICO, "GlobalNetworkPolicy", {"selector": selector}),
    ]


def antrea(*applied: dict[str, Any]) -> list[dict[str, Any]]:
    spec = {"appliedTo": list(applied)} if applied else {}
    return [written(ANTREA, "NetworkPolicy", spec, "shop"), written(ANTREA, "ClusterNetworkPolicy", spec)]


def by_pod_selector(selector: dict[str, Any], namespace: str = "shop") -> list[dict[str, Any]]:
    spec = {"podSelector": selector}
    return [
        written("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", spec, namespace),
        written("networking.k8s.aws/v1alpha1", "ApplicationNetworkPolicy", spec, namespace),
        written("networking.gke.io/v1alpha1", "FQDNNetworkPolicy", spec, namespace),
    ]


def of_aws(**subject: Any) -> dict[str, Any]:
    return written("networking.k8s.aws/v1alpha1", "ClusterNetworkPolicy", {"subject": subject})


YES = [
    *by_pod_selector(WEB),
    *by_pod_selector({}),
    of_aws(namespaces=SHOP),
    of_aws(namespaces={}),
    of_aws(pods={"namespaceSelector": SHOP, "podSelector": WEB}),
    *antrea({"podSelector": WEB}),
    *antrea({"podSelector": OTHER}, {"podSelector": WEB, "namespaceSelector": {"matchLabels": {"team": "shop"}}}),
    *cilium({"endpointSelector": WEB}),
    *cilium({"endpointSelector": {}}),
    *cilium({"endpointSelector": {"matchLabels": {"k8s:app": "web"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"any:app": "web"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "shop"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"io.cilium.k8s.namespace.labels.team": "shop"}}}),
    *cilium({"endpointSelector": {"matchExpressions": [{"key": "k8s:app", "operator": "In", "values": ["web"]}]}}),
    *calico("app == 'web'"),
    *calico('app == "web" && projectcalico.org/namespace == "shop"'),
    *calico("has(app)"),
    *calico("all()"),
    *calico(""),
    written(CALICO, "GlobalNetworkPolicy", {"namespaceSelector": "team == 'shop'"}),
    written(CALICO, "GlobalNetworkPolicy", {"namespaceSelector": "projectcalico.org/name == 'shop'"}),
]
NO = [
    *by_pod_selector(OTHER),
    *by_pod_selector({}, "pay"),
    of_aws(namespaces=PAY),
    of_aws(pods={"namespaceSelector": PAY, "podSelector": {}}),
    of_aws(pods={"namespaceSelector": SHOP, "podSelector": OTHER}),
    *antrea({"podSelector": OTHER}),
    *antrea({"podSelector": WEB, "namespaceSelector": {"matchLabels": {"team": "pay"}}}),
    *antrea({"nodeSelector": {}}),
    written(ANTREA, "NetworkPolicy", {"appliedTo": [{"podSelector": {}}]}, "pay"),
    *cilium({"endpointSelector": OTHER}),
    *cilium({"endpointSelector": {"matchLabels": {"k8s:app": "db"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "pay"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"io.cilium.k8s.policy.cluster": "east", "k8s:app": "db"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"reserved:ingress": ""}}}),
    *cilium({"endpointSelector": {"matchLabels": {"io.cilium.k8s.namespace.labels.team": "pay"}}}),
    *calico("projectcalico.org/serviceaccount == 'web' && app == 'db'"),
    *cilium({"nodeSelector": {}}),  # of hosts, and this pod is none
    written(CILIUM, "CiliumNetworkPolicy", {"endpointSelector": {}}, "pay"),
    *calico("app == 'db'"),
    *calico("app == 'web' && has(tier)"),
    written(CALICO, "NetworkPolicy", {"selector": "all()"}, "pay"),
    written(CALICO, "GlobalNetworkPolicy", {"namespaceSelector": "team == 'pay'"}),
    written(CALICO, "NetworkPolicy", {"selector": "all()"}, "shop", "knp.default.web"),  # a copy of a NetworkPolicy
]
DOUBT = [
    *by_pod_selector(ODD),
    written("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", {"serviceAccountSelector": WEB}, "shop"),
    of_aws(),
    of_aws(pods="not selectors"),
    *antrea(),
    *antrea({"group": "databases"}),
    *antrea({"podSelector": ODD}),
    *cilium({"endpointSelector": ODD}),
    *calico("app in {'web', 'db'}"),
    *calico("!has(tier)"),
    *calico("app == 'web' || app == 'db'"),
    *calico("app starts with 'w' && has(app)"),
    *calico("app == 'db' && has(tier) || app == 'web'"),
    *calico("projectcalico.org/serviceaccount == 'web'"),
    *calico("has(projectcalico.org/serviceaccount) && app == 'web'"),
    *cilium({"endpointSelector": {"matchLabels": {"k8s:io.cilium.k8s.policy.serviceaccount": "web"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"io.cilium.k8s.policy.cluster": "east", "k8s:app": "web"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"k8s.app": "web"}}}),
    *cilium({"endpointSelector": {"matchLabels": {"container:image": "web"}}}),
    *cilium({"endpointSelector": {"matchLabels": "not pairs"}}),
    *cilium({"endpointSelector": None}),
]


def name(document: dict[str, Any]) -> str:
    return f"{document['kind']} {document['spec']}"


@pytest.mark.parametrize("document", YES, ids=name)
def test_policy_that_selects_the_pod_reaches_it(document: dict[str, Any]) -> None:
    """A policy of another kind that selects an end can decide the connection."""
    assert selects(document)


@pytest.mark.parametrize("document", NO, ids=name)
def test_policy_of_others_changes_nothing(document: dict[str, Any]) -> None:
    """Other pods, other namespaces, hosts, and Calico's copies of NetworkPolicies, which are evaluated as such."""
    assert not selects(document)


@pytest.mark.parametrize("document", DOUBT, ids=name)
def test_what_cannot_be_read_may_select(document: dict[str, Any]) -> None:
    """A selector that is not understood, or that is not there, counts as selecting."""
    assert selects(document)


def test_one_of_several_rule_sets_is_enough() -> None:
    """Cilium's `specs` are policies of their own in one object."""
    document = written(CILIUM, "CiliumNetworkPolicy", {}, "shop")
    both = {key: value for key, value in document.items() if key != "spec"}

    assert selects({**both, "specs": [{"endpointSelector": OTHER}, {"endpointSelector": WEB}]})
    assert not selects({**both, "specs": [{"endpointSelector": OTHER}, {"endpointSelector": OTHER}]})


def test_pod_of_the_host_network_is_selected_as_a_host() -> None:
    """Cilium's and Calico's policies of hosts are about their nodes."""
    (host,) = cilium({"nodeSelector": {}})[1:]
    every_host = written(CALICO, "GlobalNetworkPolicy", {"selector": "role == 'worker'"})

    assert selects(host, hostNetwork=True)
    assert selects(every_host, hostNetwork=True)
    assert not selects(every_host)


def mesh(selector: dict[str, Any] | None, namespace: str = "shop", **more: Any) -> list[dict[str, Any]]:
    spec = {**({"selector": selector} if selector is not None else {}), **more}
    return [
        written(ISTIO, "PeerAuthentication", {"mtls": {"mode": "STRICT"}, **spec}, namespace),
        written(ISTIO, "AuthorizationPolicy", spec, namespace),
    ]


def linkerd(selector: dict[str, Any], namespace: str = "shop") -> list[dict[str, Any]]:
    server = written(LINKERD, "Server", {"podSelector": selector, "port": 80}, namespace)
    rule = written("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", {"targetRef": {"kind": "Server"}}, namespace)
    return [server, rule] if selector == WEB else [server]


@pytest.mark.parametrize(
    ("document", "sidecar"),
    [
        *(
            (each, "istio-proxy")
            for each in (*mesh(WEB), *mesh(None), *mesh(None, "istio-system"), *mesh(None, "istio-config"), *mesh(ODD))
        ),
        *((each, "linkerd-proxy") for each in (*linkerd(WEB), *linkerd(ODD))),
    ],
    ids=lambda each: name(each) if isinstance(each, dict) else each,
)
def test_mesh_object_reaches_a_pod_of_the_mesh(document: dict[str, Any], sidecar: str) -> None:
    """By selector, by namespace, or of the whole mesh; only where a proxy takes the connection."""
    assert selects(document, sidecar=sidecar)
    assert not selects(document)


@pytest.mark.parametrize(
    ("document", "sidecar"),
    [
        *((each, "istio-proxy") for each in (*mesh(OTHER), *mesh(None, "pay"), *mesh(OTHER, "istio-system"))),
        *((each, "linkerd-proxy") for each in (*linkerd(OTHER), *linkerd(WEB, "pay"))),
        (written(ISTIO, "PeerAuthentication", {"mtls": {"mode": "PERMISSIVE"}}, "shop"), "istio-proxy"),
        (written(ISTIO, "PeerAuthentication", {"mtls": {"mode": "DISABLE"}}, "istio-system"), "istio-proxy"),
    ],
    ids=lambda each: name(each) if isinstance(each, dict) else each,
)
def test_mesh_object_of_others_changes_nothing(document: dict[str, Any], sidecar: str) -> None:
    """Other workloads, other namespaces, and mTLS that takes plain text as well."""
    assert not selects(document, sidecar=sidecar)


def test_permissive_mtls_with_a_strict_port_may_refuse() -> None:
    """`portLevelMtls` can be stricter than the rest: which port that is, is not read."""
    spec = {"mtls": {"mode": "PERMISSIVE"}, "portLevelMtls": {"8080": {"mode": "STRICT"}}}

    assert selects(written(ISTIO, "PeerAuthentication", spec, "shop"), sidecar="istio-proxy")


def test_pod_of_the_ambient_mesh_has_no_sidecar() -> None:
    """Ambient mode is said by a label of the namespace: its ztunnel takes the connections of every pod."""
    ambient = {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"istio.io/dataplane-mode": "ambient"}}}
    known = snapshot(ambient, mesh(WEB)[0])
    unread = replace(web(known), namespace_labels={}, knows_namespace=False)

    assert reaching(known, MESH, [web(known)]).refs
    assert reaching(known, MESH, [unread]).refs
    assert reaching(snapshot(mesh(WEB)[0]), MESH, [web(snapshot())]).refs == ()


def test_node_is_selected_by_policies_of_nodes() -> None:
    """A node's own address is an end as well; what selects pods is not about it."""
    node = Party(node="node-1", ips=("192.168.77.11",))
    pods, hosts = snapshot(*cilium({"endpointSelector": {}})), snapshot(*cilium({"nodeSelector": {}}))

    assert reaching(pods, POLICIES, [node]).refs == ()
    assert [each.kind for each in reaching(hosts, POLICIES, [node]).refs] == ["CiliumClusterwideNetworkPolicy"]


def test_end_outside_of_the_cluster_is_selected_by_nothing() -> None:
    """An address of no pod has no labels that a policy could select."""
    known = snapshot(*cilium({"endpointSelector": {}}))

    assert reaching(known, POLICIES, [policy_index(known).address("192.0.2.7")]).refs == ()


def test_namespace_that_was_not_read_may_be_selected() -> None:
    """Without the Namespace object its labels are not known."""
    by_space = {"matchLabels": {"io.cilium.k8s.namespace.labels.team": "pay"}}
    known = snapshot(*cilium({"endpointSelector": by_space}))
    nowhere = replace(web(known), namespace_labels={}, knows_namespace=False)

    assert reaching(known, POLICIES, [web(known)]).refs == ()
    assert len(reaching(known, POLICIES, [nowhere]).refs) == 2


@pytest.mark.parametrize("struct", [*POLICIES, *MESH], ids=lambda each: each.__name__)
def test_kind_that_could_not_be_listed_is_told(struct: type[OpaqueObject]) -> None:
    """A gap of the kind in the end's namespace, or of the cluster, leaves the hop open; one elsewhere does not."""
    need = next(each for each in KINDS if each.struct is struct).gap
    here, elsewhere = (Gap(need, place, need, "forbidden") for place in ("shop", "pay"))
    known, blind = snapshot(gaps=(elsewhere,)), snapshot(gaps=(here,))

    structs = POLICIES if struct in POLICIES else MESH
    assert reaching(known, structs, [web(known)]).unread == ""
    assert reaching(blind, structs, [web(blind)]).unread == f"{need} could not be read (forbidden)"


def test_unknown_apis_are_told() -> None:
    """Where it is not known which APIs are served, no kind can be said to have no object."""
    blind = snapshot(gaps=(Gap(DISCOVERY, "", "the list of served APIs", "timed out"),))

    assert reaching(blind, POLICIES, [web(blind)]).unread == "the list of served APIs could not be read (timed out)"


def test_every_opaque_kind_is_of_one_hop() -> None:
    """No row of the table of kinds is read and then looked at by nobody."""
    kinds = {each.struct for each in KINDS if issubclass(each.struct, OpaqueObject)}

    assert kinds == {*POLICIES, *MESH, *ROUTES}
    assert len(kinds) == len(POLICIES) + len(MESH) + len(ROUTES)
