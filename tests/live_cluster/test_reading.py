"""The live reader against a real API server: what is read, in how many requests, and what a missing permission leaves."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import pytest
import yaml
from msgspec import structs
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.cluster import namespaced
from bot.cluster.archive import write_snapshot
from bot.cluster.dump import read_dump
from bot.cluster.live import COLD, FOLLOW, WARM, ClusterWide, read, read_scope
from bot.cluster.transport import Cluster
from bot.errors import AmbiguousNameError, UnknownNameError
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.gaps import SIMILAR_PODS
from bot.model.kube.services import SERVICE_NAME_LABEL
from bot.model.planning.plan import plan
from bot.model.probe import DnsQuery, Observation, Outcome, Probe, Vantage, VantageKind
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.diagnose import diagnose
from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

PLACE, OTHER = "reading", "reading-other"
USERS = Question(service="users", namespace=PLACE)
WORKER = Vantage(VantageKind.WORKER, OTHER, "worker-0", "node-1")
CALLER = Source(namespace=PLACE, workload="deploy/caller")


def deployment(name: str, label: str, *, args: str = "netexec, --http-port=8080", namespace: str = PLACE) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {label}}}}}
  template:
    metadata: {{labels: {{app: {label}}}}}
    spec:
      containers:
      - name: app
        image: k8snet/test
        args: [{args}]
        env: [{{name: USERS, value: "http://admin:hunter2@users:80"}}, {{name: PASSWORD, value: hunter2}}]
---"""


def service(name: str, label: str, namespace: str = PLACE) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{selector: {{app: {label}}}, ports: [{{port: 80, targetPort: 8080}}]}}
---"""


def alias(name: str, to: str, namespace: str = OTHER) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{type: ExternalName, externalName: {to}}}
---"""


def ingress(to: str) -> str:
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {to}, namespace: {PLACE}}}
spec:
  rules:
  - host: {to}.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {to}, port: {{number: 80}}}}}}}}]}}
---"""


MANIFEST = "".join(
    [
        *(f"\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {each}}}\n---" for each in (PLACE, OTHER)),
        deployment("users", "users"),
        deployment("caller", "caller"),
        deployment("crashing", "crashing", args="exit"),
        service("users", "users"),
        service("crashing", "crashing"),
        service("mistyped", "usres"),
        alias("by-name", f"users.{PLACE}.svc.cluster.local"),
        alias("of-mistyped", f"mistyped.{PLACE}.svc.cluster.local"),
        ingress("users"),
        ingress("mistyped"),
        service("twice", "users"),
        service("twice", "users", OTHER),
        deployment("moved", "moved", namespace=OTHER),
        service("moved", "moved"),
        f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: some, namespace: {PLACE}}}
spec: {{podSelector: {{matchLabels: {{app: none}}}}, policyTypes: [Ingress]}}
""",
    ]
)


@pytest.fixture(scope="module")
def filled(control_plane: ControlPlane, eventually: Callable[..., None]) -> Iterator[ControlPlane]:
    """Two namespaces with Services that work, crash and are mistyped, settled."""
    control_plane.apply(MANIFEST)

    def settled() -> bool:
        pods = json.loads(control_plane.kubectl("-n", PLACE, "get", "pods", "-o", "json"))["items"]
        named = f"{SERVICE_NAME_LABEL}=users"
        slices = json.loads(control_plane.kubectl("-n", PLACE, "get", "endpointslices", "-l", named, "-o", "json"))
        usable = json.dumps(slices["items"]).count('"ready": true')
        return (len(pods), _ready(pods), usable) == (6, 4, 2)

    eventually(settled, what="pods of the namespace")
    eventually(lambda: "CrashLoopBackOff" in control_plane.kubectl("-n", PLACE, "get", "pods"))
    yield control_plane
    control_plane.kubectl("delete", "namespace", PLACE, OTHER, "--wait=false")


def _ready(pods: list[dict]) -> int:  # type: ignore[type-arg]
    conditions = [each for pod in pods for each in pod.get("status", {}).get("conditions", ())]
    return sum(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


@pytest.fixture
async def cluster(filled: ControlPlane) -> AsyncIterator[Cluster]:
    async with Cluster(kubeconfig=filled.kubeconfig, name="test") as opened:
        yield opened


async def test_healthy_service_is_read_whole(cluster: Cluster) -> None:
    """Everything the checks look at is there, nothing is left open, and no secret came along."""
    question, snapshot = await read(cluster, Question(service="users"), cache=None)

    case = Case(question, snapshot)
    assert (question.namespace, snapshot.cluster, snapshot.zone) == (PLACE, "test", "cluster.local")
    assert "only one with a Service" in question.assumed[0]
    assert snapshot.gaps == ()
    assert len(case.backends.pods) == 2
    assert len(case.backends.usable(case.ports[0])) == 2
    assert len(snapshot.nodes) == 2
    assert len(snapshot.policies) == 1
    assert snapshot.namespace(PLACE) is not None
    dns = cluster_dns(snapshot)
    assert dns.config is not None
    assert dns.pods
    assert dns.usable
    assert "hunter2" not in repr(snapshot)
    assert "http://[hidden]@users:80" in repr(snapshot)


def refs(snapshot: Snapshot) -> list[Ref]:
    return [each.ref for each in snapshot.services]


@pytest.mark.parametrize(
    "question",
    [
        USERS,
        Question(service="users"),
        Question(service="users", namespace=PLACE, source=Source(OTHER, workload="deploy/moved")),
        Question(service="mistyped", namespace=PLACE),
        Question(service="mistyped", source=Source(PLACE, workload="deploy/caller")),
        Question(service="mistyped", namespace=PLACE, source=Source(OTHER, workload="deploy/moved")),
        Question(service="moved", namespace=PLACE),
        Question(service="crashing", namespace=PLACE),
        Question(service="crashing", namespace=PLACE, source=Source(OTHER, workload="deploy/moved")),
        Question(service="userz", namespace=PLACE),
        Question(service="nowhere"),
        Question(address="10.96.0.10"),
        Question(service="users", namespace=PLACE, source=Source(PLACE, pod="caller")),
    ],
    ids=lambda each: f"{each.service or each.address}-{each.namespace}-{each.source}",
)
async def test_requests_are_few(cluster: Cluster, question: Question) -> None:
    """At most 20 for a first question, at most 12 for the next, and both are answered alike."""
    for _ in range(20):  # on a busy machine time may be too short for all, and for more of it once than again
        cache = ClusterWide()
        _, cold = await read(cluster, question, cache=cache)
        _, warm = await read(cluster, question, cache=cache)
        if refs(cold) == refs(warm):
            break

    assert cold.requests <= COLD == 20
    assert warm.requests <= WARM == 12
    assert cold.nodes == warm.nodes
    assert refs(cold) == refs(warm)


async def test_what_an_alias_stands_for_is_read_and_judged(cluster: Cluster) -> None:
    """From another namespace, as a question of its own: sound, and mistyped; eight requests more at most."""
    cache = ClusterWide()
    source = Source(OTHER, workload="deploy/moved")
    judged = {}
    for name in ("by-name", "of-mistyped"):
        question, snapshot = await read(cluster, Question(service=name, namespace=OTHER, source=source), cache=cache)
        judged[name] = judge(Case(question, snapshot))
        assert snapshot.requests <= COLD + FOLLOW
        assert {each.need for each in snapshot.gaps} <= {SIMILAR_PODS}, "no hint is what an answer rests on"

    assert judged["by-name"].root_cause is None
    hops = {str(each.hop): each for each in judged["by-name"].hops}
    assert hops["service"].because.startswith(f"an alias of Service {PLACE}/users")
    assert {hops[each].status for each in ("service", "endpoints", "policy", "backend")} == {Status.OK}
    root = judged["of-mistyped"].root_cause
    assert root is not None
    assert (root.code, str(root.about)) == ("RTE-001", f"Service {PLACE}/mistyped")


@pytest.mark.parametrize("asked", [Question(service="by-name", namespace=OTHER), Question(name="users.example.com")])
async def test_what_lies_behind_a_name_is_probed_as_the_service(cluster: Cluster, asked: Question) -> None:
    """An alias and a public host: the same addresses, each once, and what they answer is what the verdict rests on."""
    places = []
    for question in (asked, USERS):
        resolved, snapshot = await read(cluster, question)
        found = plan(Case(resolved, snapshot, vantage=WORKER))
        places.append([(each.address, each.port, each.purpose) for each in found if not isinstance(each, DnsQuery)])
        assert len(found) == len(set(found))

    async def run(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        return tuple(Observation(each, Outcome.ANSWERED, status=200, answers=("10.96.0.1",)) for each in probes)

    verdicts = (await diagnose(asked, read=lambda each: read(cluster, each), run=run, vantage=WORKER)).verdicts

    assert places[0] == places[1] != []
    assert verdicts["application"].summary.startswith("2 of 2 backends answer 200")
    assert {str(verdicts[each].basis) for each in ("routing", "application")} == {"probed"}


async def test_what_an_ingress_sends_a_public_host_to_is_read_and_judged(cluster: Cluster) -> None:
    """What lies behind it is sound, and the way outside open; behind the other the cause is named."""
    judged = {}
    for name in ("users", "mistyped"):
        question, snapshot = await read(cluster, Question(name=f"{name}.example.com", namespace=OTHER))
        judged[name] = judge(Case(question, snapshot))
        assert snapshot.requests <= COLD + FOLLOW

    hops = {str(each.hop): each.status for each in judged["users"].hops}
    assert (judged["users"].outcome, judged["users"].root_cause) == (Status.UNKNOWN, None)
    assert {hops[each] for each in ("endpoints", "backend", "application")} == {Status.OK}
    root = judged["mistyped"].root_cause
    assert root is not None
    assert (root.code, str(root.about)) == ("RTE-001", f"Service {PLACE}/mistyped")


async def test_mistyped_selector_has_what_was_meant(cluster: Cluster) -> None:
    """Where nothing is selected, the pods and workloads of the namespace are there to compare with."""
    question, snapshot = await read(cluster, Question(service="mistyped", namespace=PLACE))

    assert {each.labels["app"] for each in snapshot.pods_in(PLACE)} == {"users", "caller", "crashing"}
    assert {each.name for each in snapshot.deployments} >= {"users", "caller", "crashing"}
    root = judge(Case(question, snapshot)).root_cause
    assert root is not None
    assert root.code == "RTE-001"


@pytest.mark.parametrize("has_caller", [False, True])
async def test_pods_in_another_namespace_are_found(cluster: Cluster, *, has_caller: bool) -> None:
    """The same labels elsewhere explain an empty Service; reading a calling pod as well leaves a request for them."""
    asked = Question(service="moved", namespace=PLACE)
    if has_caller:
        _, callers = await read(cluster, Question(service="moved", namespace=PLACE, source=CALLER))
        pod = next(each for each in callers.pods if each.workload and each.workload.name == "caller")
        asked = Question(service="moved", namespace=PLACE, source=Source(namespace=PLACE, pod=pod.name))
    _, snapshot = await read(cluster, asked)

    assert {each.labels["app"] for each in snapshot.pods_in(OTHER)} == {"moved"}


async def test_crashing_pods_come_with_their_workload(cluster: Cluster) -> None:
    """By name; its Kubernetes Events are there; a log that cannot be had is a gap of its own, and quick."""
    _, snapshot = await read(cluster, Question(service="crashing", namespace=PLACE))

    assert [each.name for each in snapshot.deployments] == ["crashing"]
    assert {each.need for each in snapshot.gaps} <= {"logs"}


async def test_unknown_service_comes_with_names_it_may_stand_for(cluster: Cluster) -> None:
    """Services of its namespace and of others, none of them invented, and no gap."""
    _, snapshot = await read(cluster, Question(service="userz", namespace=PLACE))

    assert {"users", "crashing"} <= {each.name for each in snapshot.services_in(PLACE)}
    assert snapshot.services_in(OTHER)
    assert snapshot.service(PLACE, "userz") is None
    assert snapshot.gaps == ()


async def test_name_in_two_namespaces_is_asked_back(cluster: Cluster) -> None:
    """Unless the default namespace has it."""
    with pytest.raises(AmbiguousNameError) as raised:
        await read(cluster, Question(service="twice"))
    assert raised.value.suggestions == (f"twice.{PLACE}", f"twice.{OTHER}")

    question, _ = await read(cluster, Question(service="twice"), default_namespace=OTHER)
    assert question.namespace == OTHER


async def test_caller_may_be_named_by_its_workload(cluster: Cluster) -> None:
    """A pod name that is a Deployment's means the Deployment, and this is told."""
    question, snapshot = await read(cluster, Question(service="users", namespace=PLACE, source=Source(pod="caller")))

    assert question.source == Source(PLACE, workload="deploy/caller")
    assert "no pod is called caller" in question.assumed[-1]
    found = Case(question, snapshot).caller.pod
    assert found is not None
    assert found.labels["app"] == "caller"


async def test_unknown_caller_is_told_with_names(cluster: Cluster) -> None:
    """The Deployment that was probably meant is offered."""
    with pytest.raises(UnknownNameError) as raised:
        await read(cluster, Question(service="users", namespace=PLACE, source=Source(PLACE, workload="deploy/calller")))
    assert "caller" in raised.value.suggestions


async def test_address_is_its_service(cluster: Cluster) -> None:
    """A ClusterIP stands for its Service; another IP for none."""
    question, _ = await read(cluster, Question(address="10.96.0.10"))
    assert (question.service, question.namespace) == ("kube-dns", "kube-system")

    with pytest.raises(UnknownNameError):
        await read(cluster, Question(address="10.96.255.254"))


async def test_real_pages_are_joined(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own `continue` tokens: two objects a page give the same list as one answer, as older servers are read."""
    whole = await read_scope(cluster, (PLACE,))
    monkeypatch.setattr(cluster, "_gives_whole_lists", False)
    small = [structs.replace(each, resource=each.resource._replace(page=2)) for each in namespaced.SCOPE_REST]
    monkeypatch.setattr(namespaced, "SCOPE_REST", tuple(small))
    paged = await read_scope(cluster, (PLACE,))

    assert paged.requests > whole.requests
    assert len(whole.pods) > 4
    assert [each.ref for each in paged.pods] == [each.ref for each in whole.pods]
    assert [each.ref for each in paged.services] == [each.ref for each in whole.services]


# --- permissions


def account(plane: ControlPlane, name: str) -> str:
    """A new service account without any right; gives its kubeconfig."""
    plane.kubectl("-n", PLACE, "create", "serviceaccount", name)
    return plane.kubeconfig_for(name, plane.kubectl("-n", PLACE, "create", "token", name).strip())


def grant(plane: ControlPlane, name: str, rules: str, *, namespace: str = "") -> None:
    """Return a service account the rules, in one namespace or everywhere."""
    place = f", namespace: {namespace}" if namespace else ""
    kind = "Role" if namespace else "ClusterRole"
    plane.apply(
        f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: {name}-{namespace or "all"}{place}}}
rules:
{rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}Binding
metadata: {{name: {name}-{namespace or "all"}{place}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: {name}-{namespace or "all"}}}
subjects: [{{kind: ServiceAccount, name: {name}, namespace: {PLACE}}}]
"""
    )


async def test_printed_rules_close_the_gaps(filled: ControlPlane) -> None:
    """Without rights every need is a gap with a rule; those rules, pasted into a ClusterRole, leave none."""
    path = account(filled, "nobody")
    async with Cluster(kubeconfig=path) as cluster:
        _, blind = await read(cluster, Question(service="crashing", namespace=PLACE))
        rules = "\n".join(sorted({each.grant for each in blind.gaps}))
        grant(filled, "nobody", rules)
        _, half = await read(cluster, Question(service="crashing", namespace=PLACE))
        rest = "\n".join(sorted({each.grant for each in half.gaps} - {""}))
        if rest:
            grant(filled, "nobody", f"{rules}\n{rest}")
        _, seen = await read(cluster, Question(service="crashing", namespace=PLACE))

    assert not blind.services
    assert {each.need for each in blind.gaps} >= {"services", "endpointslices", "networkpolicies", "nodes", "dns"}
    assert all(yaml.safe_load(each.grant) for each in blind.gaps)
    assert {each.need for each in seen.gaps} <= {"logs"}
    assert not any(each.grant for each in seen.gaps)
    assert seen.service(PLACE, "crashing") is not None


async def test_rights_in_one_namespace_are_enough_for_it(filled: ControlPlane) -> None:
    """Where all namespaces are forbidden, the default one is read; what is cluster-wide stays open."""
    path = account(filled, "local")
    rules = "- {apiGroups: ['*'], resources: ['*'], verbs: [get, list]}"
    grant(filled, "local", rules, namespace=PLACE)
    async with Cluster(kubeconfig=path) as cluster:
        question, snapshot = await read(cluster, Question(service="users"), default_namespace=PLACE)

    assert question.namespace == PLACE
    assert len(Case(question, snapshot).backends.pods) == 2
    assert snapshot.has("services", PLACE)
    assert snapshot.has("pods", PLACE)
    needs = {"similar services", "nodes", "namespaces", "dns", "corefile", "networkpolicies", "node agents"}
    assert {each.need for each in snapshot.gaps} == needs


# --- replay and scope


@pytest.mark.parametrize("name", ["users", "mistyped", "crashing", "userz"])
async def test_written_snapshot_replays(cluster: Cluster, tmp_path, name: str) -> None:  # type: ignore[no-untyped-def]
    """The file gives the same judgement as the cluster did: findings, verdicts, gaps."""
    question, snapshot = await read(cluster, Question(service=name, namespace=PLACE))
    path = tmp_path / "snapshot.json"
    path.write_bytes(write_snapshot(snapshot, question))

    replayed = read_dump([str(path)], question)

    assert judge(Case(question, replayed)) == judge(Case(question, snapshot))
    assert (replayed.taken_at, replayed.zone, replayed.cluster) == (snapshot.taken_at, snapshot.zone, snapshot.cluster)


async def test_scope_is_what_kubectl_gets(cluster: Cluster, filled: ControlPlane, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A namespace read whole holds the same objects, and gives the same judgements, as a dump that kubectl wrote."""
    kinds = "services,endpointslices,pods,networkpolicies,deployments,replicasets"
    dump = tmp_path / "dump.json"
    dump.write_text(filled.kubectl("-n", PLACE, "get", kinds, "-o", "json", "--show-managed-fields"))
    (tmp_path / "wide.json").write_text(filled.kubectl("get", "nodes,namespaces", "-o", "json"))

    scope = await read_scope(cluster, (PLACE,))
    # Both at one moment, ten minutes on: of what was made just now caches are a matter, and the dump lacks kube-system.
    later = scope.taken_at + timedelta(minutes=10)
    scope = replace(scope, taken_at=later)
    saved = replace(read_dump([str(dump), str(tmp_path / "wide.json")]), taken_at=later)

    assert {each.ref for each in scope.services} >= {each.ref for each in saved.services}
    for field in ("slices", "pods", "policies", "deployments", "replica_sets", "nodes"):
        found = {each.ref for each in getattr(scope, field) if each.namespace in ("", PLACE)}
        assert found == {each.ref for each in getattr(saved, field)}, field
    assert scope.gaps == ()
    for name in ("users", "mistyped", "crashing"):
        ask = Question(service=name, namespace=PLACE)
        codes = [{each.code for each in judge(Case(ask, known)).findings} for known in (scope, saved)]
        assert codes[0] == codes[1], name
