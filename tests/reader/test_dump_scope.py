"""What a dump says was looked at: what was not is a gap, and what depends on it is unknown, neither ok nor fail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.cluster.archive import write_snapshot
from bot.cluster.dump import read_dump
from bot.errors import DumpUnreadableError
from bot.model.case import Case
from bot.model.gaps import UNSELECTED_SLICES, Listed
from bot.model.kube.gateway import Gateway
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.opaque import CiliumNetworkPolicy
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import Node, StatefulSet
from bot.model.question.question import Question
from bot.model.result.digest import Digest
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest
from tests.reader.objects import Json, dns_service, meta, node, pod, service

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CLUSTER_INFO = Path(__file__).parent / "cluster-info"
Dump = Callable[..., Snapshot]
USERS = Question(service="user-service", namespace="shop", name="user-service")


@pytest.fixture
def dump(tmp_path: Path) -> Dump:
    """Write files, by name, into a folder and read it."""

    def read(question: Question | None = None, **files: Any) -> Snapshot:
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            path = tmp_path / "dump" / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f"{path.name}.yaml").write_text(text)
        return read_dump([str(tmp_path / "dump")], question)

    return read


def listed(*objects: Json) -> Json:
    return {"apiVersion": "v1", "kind": "List", "items": list(objects)}


def in_yaml(known: Json, **style: Any) -> str:
    """Without anchors, which PyYAML writes for parts that are shared."""
    return yaml.safe_dump(json.loads(json.dumps(known)), **style)


def needs(snapshot: Snapshot) -> set[str]:
    return {each.need for each in snapshot.gaps}


def checked(snapshot: Snapshot) -> Digest:
    return digest(snapshot, at=NOW)


def outcomes(snapshot: Snapshot) -> dict[str, Status]:
    return {each.name: each.outcome for each in checked(snapshot).services}


def deployment(name: str, namespace: str, *, ready: int = 0, **labels: str) -> Json:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "x"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    known = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, namespace), "spec": spec}
    return {**known, "status": {"replicas": ready, "readyReplicas": ready}} if ready else known


def healthy_dns() -> list[Json]:
    dns = pod("coredns-1", "kube-system", **{"k8s-app": "kube-dns"})
    dns["status"]["podIP"] = "10.244.0.2"
    dns["spec"]["containers"][0]["ports"] = [{"name": "dns", "containerPort": 53, "protocol": "UDP"}]
    return [dns_service(), dns]


WHOLE = [service(), pod(), node(), *healthy_dns()]


# --- plain lists


def test_a_plain_list_holds_all_kinds(dump: Dump) -> None:
    """Kinds that are absent do not exist: a sound Service of a plain List is ok."""
    snapshot = dump(all=listed(*WHOLE))

    assert snapshot.gaps == ()
    assert snapshot.was_listed(NetworkPolicy)
    assert snapshot.was_listed(CiliumNetworkPolicy)
    assert outcomes(snapshot) == {"kube-dns": Status.OK, "user-service": Status.OK}


def test_a_list_without_pods_was_not_asked_for_them(dump: Dump) -> None:
    """No pod anywhere, not even of the DNS: nobody can say that a Service has none (newcomer's review, F7)."""
    snapshot = dump(all=listed(service(), node(), dns_service()))

    assert {"pods", "endpointslices", "dns"} <= needs(snapshot)
    assert not snapshot.was_listed(Pod)
    assert outcomes(snapshot) == {"kube-dns": Status.UNKNOWN, "user-service": Status.UNKNOWN}


@pytest.mark.parametrize("kind", ["Pod", "Secret"])
def test_a_list_of_one_other_kind_was_not_asked_for_services(dump: Dump, kind: str) -> None:
    """`kubectl get pods -o yaml > incident.yaml`: nobody can say then that a Service does not exist."""
    objects = [{**each, "kind": kind} for each in (pod(), pod("user-2"))]
    alone, beside = dump(incident=listed(*objects)), dump(incident=listed(*objects, node()))

    assert {"services", "scope"} <= needs(alone)
    assert "services" not in needs(beside)
    assert [judge(Case(USERS, each)).outcome for each in (alone, beside)] == [Status.UNKNOWN, Status.FAIL]
    assert checked(alone).outcome is Status.UNKNOWN


def test_a_list_without_endpointslices_was_not_asked_for_them(dump: Dump) -> None:
    """`kubectl get all` never has any: who fills in a Service without a selector is not known; who has one is computed."""
    database = service("db", selector={}, clusterIP="10.96.12.8")
    unasked = dump(all=listed(*WHOLE, database))
    of_users = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "ports": []}
    slice_ = {**of_users, "metadata": meta("other", "shop"), "endpoints": []}
    empty = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList", "items": []}

    assert needs(unasked) == {UNSELECTED_SLICES}
    assert outcomes(unasked) == {"db": Status.UNKNOWN, "kube-dns": Status.OK, "user-service": Status.OK}
    for asked in (dump(all=listed(*WHOLE, database, slice_)), dump(all=listed(*WHOLE, database), slices=empty)):
        assert outcomes(asked)["db"] is Status.FAIL


def test_an_empty_list_of_pods_says_that_there_are_none(dump: Dump) -> None:
    """Beside a plain List, a list of their own was asked for and is empty."""
    pods = {"apiVersion": "v1", "kind": "PodList", "items": []}
    snapshot = dump(all=listed(service(), node(), dns_service()), pods=pods)

    assert "pods" not in needs(snapshot)
    assert outcomes(snapshot)["user-service"] is Status.FAIL


def test_status_that_knows_of_more_pods_wins(dump: Dump) -> None:
    """Deployment coredns has two ready pods by its status, and the dump has none: DNS is unknown, not down (F7)."""
    shop = [service(), pod(), node(), dns_service()]
    coredns = deployment("coredns", "kube-system", ready=2, **{"k8s-app": "kube-dns"})
    snapshot = dump(all=listed(*shop, coredns))

    assert {(each.need, each.namespace) for each in snapshot.gaps} >= {("pods", "kube-system"), ("dns", "")}
    assert "pods" not in {each.need for each in snapshot.gaps if each.namespace == "shop"}
    found = checked(snapshot)
    assert found.totals.fail == 0
    assert not found.new


def test_pods_that_were_made_and_are_not_here(dump: Dump) -> None:
    """A Deployment of which a pod exists by its status, ready or not: a dump without any of its pods did not read them."""
    known = deployment("web", "web", app="web") | {"status": {"replicas": 1, "unavailableReplicas": 1}}
    asked = service("web", "web", selector={"app": "web"}, clusterIP="10.96.12.8")
    snapshot = dump(all=listed(*WHOLE, known, asked))

    assert ("pods", "web") in {(each.need, each.namespace) for each in snapshot.gaps}
    assert outcomes(snapshot)["web"] is Status.UNKNOWN


def test_a_daemon_set_counts_its_ready_pods(dump: Dump) -> None:
    """`numberReady` is to a DaemonSet what `readyReplicas` is to others."""
    known = deployment("agent", "shop", app="agent")
    known |= {"kind": "DaemonSet", "status": {"numberReady": 3}}

    assert ("pods", "shop") in {(each.need, each.namespace) for each in dump(all=listed(*WHOLE, known)).gaps}


def test_status_that_agrees_opens_nothing(dump: Dump) -> None:
    """As many pods as the status says: they were all read."""
    known = deployment("user-service", "shop", ready=1, app="user-service")

    assert dump(all=listed(*WHOLE, known)).gaps == ()


# --- lists of kinds


def test_files_of_kinds_hold_only_these_kinds(dump: Dump) -> None:
    """`kubectl get KIND > KIND.yaml`, again and again: what has no file was not looked at."""
    snapshot = dump(
        services=listed(service(), dns_service()), pods=listed(pod(), *healthy_dns()[1:]), nodes=listed(node())
    )

    assert snapshot.was_listed(Service)
    assert not snapshot.was_listed(NetworkPolicy)
    assert not snapshot.was_listed(StatefulSet)
    assert {"networkpolicies", "workloads", "namespaces", "events"} <= needs(snapshot)
    line = next(each for each in checked(snapshot).services if each.name == "user-service")
    assert line.outcome is Status.UNKNOWN
    assert "networkpolicies" in line.why  # the first of the reasons: policies may let nobody ask the DNS pods
    assert "networkpolicies" in {each.what for each in checked(snapshot).gaps}


def test_workloads_are_open_where_pods_are_theirs(dump: Dump) -> None:
    """A bundle without ReplicationControllers: only where pods are made by one is that a gap."""
    known = ("netpol", "events", "namespaces", "deploy", "sts", "cm")
    made = pod("old-1", "old")
    made["metadata"]["ownerReferences"] = [{"kind": "ReplicationController", "name": "old", "controller": True}]
    pods = listed(pod(), made, *healthy_dns()[1:])
    snapshot = dump(pods=pods, services=listed(service(), dns_service()), **dict.fromkeys(known, listed()))

    assert {each.namespace for each in snapshot.gaps if each.need == "workloads"} == {"old"}


def test_an_empty_list_alone_says_nothing(dump: Dump) -> None:
    """What `kubectl get svc,pods -n slip -o yaml` prints: of that no Service is missing."""
    with pytest.raises(DumpUnreadableError, match=r"empty List in .*: of what it is a list, nobody can tell"):
        dump(all=listed())


def test_an_empty_file_of_a_kind_says_that_there_are_none(dump: Dump) -> None:
    """`kubectl get netpol -o yaml` of a cluster without policies is an empty List: the file's name says of what."""
    empty = {each: listed() for each in ("netpol", "events", "namespaces", "deploy", "sts", "ds", "rs", "cm")}
    snapshot = dump(
        services=listed(service(), dns_service()),
        pods=listed(pod(), *healthy_dns()[1:]),
        nodes=listed(node()),
        replicationcontrollers=listed(),
        **empty,
    )

    assert snapshot.was_listed(NetworkPolicy, "shop")
    assert not snapshot.was_listed(EndpointSlice), "it was computed"
    assert needs(snapshot) == {"endpointslices of Services without a selector"}
    assert outcomes(snapshot)["user-service"] is Status.OK


def test_an_api_that_the_dump_speaks_of_was_not_listed(dump: Dump) -> None:
    """Where NetworkPolicies were asked for, other policy APIs count as not served, unless something of theirs is here."""
    files = {"services": listed(service()), "netpol": listed(), "pods": listed(pod())}
    assert dump(**files).was_listed(CiliumNetworkPolicy)

    endpoint = {"apiVersion": "cilium.io/v2", "kind": "CiliumEndpoint", "metadata": meta("x", "shop")}
    snapshot = dump(ciliumendpoints=endpoint, **files)

    assert not snapshot.was_listed(CiliumNetworkPolicy)
    assert "ciliumnetworkpolicies" in needs(snapshot)
    assert snapshot.was_listed(Gateway)


def test_cluster_info_dump_holds_what_it_writes() -> None:
    """No EndpointSlices, policies, ConfigMaps, StatefulSets: slices are computed, the rest is open."""
    snapshot = read_dump([str(CLUSTER_INFO)])

    assert {"networkpolicies", "namespaces", "corefile", "workloads"} <= needs(snapshot)
    assert "endpointslices" not in needs(snapshot)
    assert "pods" not in needs(snapshot)
    assert snapshot.was_listed(Pod)
    assert snapshot.was_listed(Node)
    assert not snapshot.was_listed(StatefulSet)
    assert not snapshot.was_listed(CiliumNetworkPolicy)
    assert Status.OK not in outcomes(snapshot).values()


def test_services_without_a_selector_are_open_where_slices_are_computed(dump: Dump) -> None:
    """Somebody else fills their slices in, which were not read: no endpoint is unknown, and no fault (RTE-014, DNS-023)."""
    bare = [service("by-hand", selector=None, clusterIP="10.96.9.9"), service("peers", selector=None, clusterIP="None")]
    kinds = dict.fromkeys(("netpol", "events", "namespaces", "deploy", "sts", "ds", "rs", "rc", "cm"), listed())
    snapshot = dump(
        services=listed(*bare, service(), dns_service()),
        pods=listed(pod(), *healthy_dns()[1:]),
        nodes=listed(node()),
        **kinds,
    )

    found = outcomes(snapshot)
    assert (found["by-hand"], found["peers"]) == (Status.UNKNOWN, Status.UNKNOWN)
    assert found["user-service"] is Status.OK


# --- manifests


def manifests() -> list[Json]:
    web = deployment("web", "shop", app="web")
    web["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 8080}]
    ports = [{"port": 80, "targetPort": "http"}]
    known = [
        web,
        service("web", selector={"app": "web"}, ports=ports),
        service("typo", selector={"app": "wed"}, ports=ports),
        service("port", selector={"app": "web"}, ports=[{"port": 80, "targetPort": "https"}]),
        service("apart", "elsewhere", selector={"app": "x"}, ports=ports),
    ]
    for each in known:
        del each["metadata"]["creationTimestamp"]
        if each["kind"] == "Service":
            del each["spec"]["clusterIP"]
            each["status"] = {"loadBalancer": {}}
    return known


@pytest.mark.parametrize("names", [["all"] * 5, ["deployment", "service", "service", "service", "service"]])
def test_manifests_are_judged_by_what_they_can_show(dump: Dump, names: list[str]) -> None:
    """Selectors and ports against the pods that would be made; whether anything runs stays open, and is said (F8)."""
    files: dict[str, str] = {}
    for name, each in zip(names, manifests(), strict=True):
        files[name] = f"{files.get(name, '')}---\n{in_yaml(each)}"
    snapshot = dump(**files)

    assert "live state" in needs(snapshot)
    found = checked(snapshot)
    causes = {each.name: each.root_cause and each.root_cause.code for each in found.services}
    assert causes == {"web": None, "typo": "RTE-001", "port": "RTE-011", "apart": None}
    assert {each.name: each.outcome for each in found.services if not causes[each.name]} == {
        "web": Status.UNKNOWN,
        "apart": Status.UNKNOWN,
    }
    assert any("these are manifests" in each.why for each in found.gaps)


def test_pods_of_foreign_workloads_are_expected_too(dump: Dump) -> None:
    """An Argo Rollout has a pod template: its Service selects something."""
    rollout = {**deployment("web", "shop", app="web"), "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
    del rollout["metadata"]["creationTimestamp"]
    other = manifests()[1]

    assert [each.name for each in dump(all=listed(rollout, other)).pods_in("shop")] == ["web"]


def test_one_status_makes_it_a_cluster(dump: Dump) -> None:
    """A Deployment that has run is no manifest: its pods were not saved."""
    snapshot = dump(all=listed(*manifests(), deployment("old", "shop", ready=1, app="old")))

    assert "live state" not in needs(snapshot)
    assert snapshot.pods == ()
    assert "pods" in needs(snapshot)


# --- what cannot be read


def test_an_object_that_cannot_be_read_is_left_out(dump: Dump) -> None:
    """A broken pod leaves pods of its namespace open, and nothing else (F5)."""
    broken = {**pod("broken", "web"), "spec": {"containers": "none"}}
    snapshot = dump(all=listed(*WHOLE, broken))

    (gap,) = snapshot.gaps
    assert (gap.need, gap.namespace, gap.what) == ("pods", "web", "Pod web/broken")
    assert "cannot be read" in gap.why
    assert outcomes(snapshot)["user-service"] is Status.OK


def test_a_broken_service_leaves_the_others(dump: Dump) -> None:
    """A table is unknown where a Service could not be read; who asks for another Service gets his answer."""
    broken = {**service("broken"), "spec": {"ports": {}}}
    table = checked(dump(all=listed(*WHOLE, broken)))

    assert (table.totals.ok, table.outcome) == (2, Status.UNKNOWN)
    assert "services" not in needs(dump(Question(service="user-service", namespace="shop")))
    assert "services" in needs(dump(Question(service="broken", namespace="shop")))


def test_null_is_what_is_not_there(dump: Dump) -> None:
    """`spec:` with nothing behind it, as Go clients read it (F5)."""
    head = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop, labels: null}\n"
    text = f"{head}spec:\n  selector:\n  ports:\nstatus:\n"
    bare = "apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: shop}\nspec:\n"

    snapshot = dump(all=f"{text}---\n{bare}---\n" + "---\n".join(map(in_yaml, WHOLE)))

    assert needs(snapshot) == {UNSELECTED_SLICES}, "neither has a selector"
    assert [each.name for each in snapshot.services_in("shop")] == ["a", "b", "user-service"]


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        ("kind: NetworkPolicy\nmetadata: [", {"networkpolicies"}),
        ('{"kind": "PodList", "items": [', {"pods", "dns"}),
        ("kind: Engine\nx: [", {"unread files"}),
        ("- a\n- b\n", {"unread files"}),
        ("a: &x 1\nb: *x\n", {"unread files"}),
        ("kind: Service\nmetadata: {name: {{ .Release.Name }}}\n", {"unread files"}),
    ],
)
def test_a_file_that_cannot_be_read_is_left_out(dump: Dump, content: str, needed: set[str]) -> None:
    """It is named, and leaves open the kinds that it mentions (F5)."""
    snapshot = dump(all=listed(*WHOLE), broken=content)

    assert needs(snapshot) >= needed
    assert all("broken.yaml" in each.what for each in snapshot.gaps if each.need in needed - {"dns"})
    assert [each.name for each in snapshot.services] == ["kube-dns", "user-service"]
    if needed == {"unread files"}:
        assert outcomes(snapshot)["user-service"] is Status.OK


def test_a_broken_document_leaves_the_rest_of_its_stream(dump: Dump) -> None:
    """One document of a YAML stream, one line of JSON lines: the others are read."""
    stream = "---\n".join([*map(in_yaml, WHOLE), "kind: Event\nmessage: [\n"])
    snapshot = dump(all=stream)
    assert needs(snapshot) == {"events"}
    assert len(snapshot.services) == 2

    lines = dump(all="\n".join([*map(json.dumps, WHOLE), '{"kind": "Pod", "metad']))
    assert len(lines.services) == 2
    assert "pods" in needs(lines)


def test_flow_yaml_and_mixed_streams(dump: Dump) -> None:
    """What begins like JSON may be YAML, or go on in it (F17)."""
    flow = in_yaml(listed(*WHOLE), default_flow_style=True)
    assert flow.startswith("{")
    assert len(dump(all=flow).services) == 2

    mixed = json.dumps(listed(*WHOLE)) + "\n---\n" + in_yaml(service("third"))
    assert len(dump(all=mixed).services) == 3


def test_a_folder_of_templates_is_told(dump: Dump) -> None:
    """A Helm chart holds no object; the sentence says what to do (F17)."""
    with pytest.raises(DumpUnreadableError, match="is a Helm template"):
        dump(values="a: 1\n", templates__service='{{- include "x" . }}\nkind: Service\n')


def test_addresses_may_be_redacted(dump: Dump) -> None:
    """Other tools replace IPs by a word: that is an address of an unknown family, and no reason to fall over (F6)."""
    hidden = json.loads(json.dumps(WHOLE).replace("10.244.0.11", "***HIDDEN***").replace("10.96.12.7", "***HIDDEN***"))

    assert outcomes(dump(all=listed(*hidden)))["user-service"] is Status.OK


# --- snapshots


def test_a_snapshot_answers_for_what_it_lists(dump: Dump, tmp_path: Path) -> None:
    """Taken for one Service, it says of another that its lists were not read; the same question it answers as it was."""
    objects = [*WHOLE, service("other", selector={"app": "gone"})]
    question = Question(service="user-service", namespace="shop", name="user-service")
    record = (Listed("Node"), Listed("Namespace"), Listed("Pod", "shop"))
    file = tmp_path / "snapshot.json"
    taken = replace(dump(all=listed(*objects)), listed=record)
    file.write_bytes(write_snapshot(taken, question))

    same = read_dump([str(file)], Question(service="user-service", name="user-service"))
    assert same.gaps == ()
    assert same.listed == record

    other = read_dump([str(file)], Question(service="other", namespace="shop"))
    open_here = {each.need for each in other.gaps if each.namespace == "shop"}
    assert {"services", "endpointslices", "networkpolicies"} <= open_here
    assert "pods" not in open_here
    assert "fail" not in outcomes(read_dump([str(file)])).values()
