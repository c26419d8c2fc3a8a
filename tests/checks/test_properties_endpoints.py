"""Any snapshot, however odd, is judged: nothing raises, and what is found can be told."""

import shlex
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.checks import all_checks
from bot.checks.engine.judge import judge
from bot.cluster.documents import snapshot_from
from bot.model.case import Case
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose, TcpConnect, Vantage, VantageKind
from bot.model.question.question import Question, Source
from bot.model.result.finding import Severity
from bot.model.snapshot import Snapshot
from bot.usecases.whatif import proof
from tests.checks.manifests import NOW, with_slices
from tests.examples import examples

# Checks of names, endpoints and DNS servers: these are held to what is said of each finding below; `judge` runs all.
OURS = (
    *("DNS-001", "DNS-006", "DNS-010", "DNS-011", "DNS-023"),
    *("RTE-001", "RTE-002", "RTE-004", "RTE-008", "RTE-010", "RTE-011", "RTE-012", "RTE-014", "RTE-019", "RTE-021"),
)
NAMES = st.sampled_from(["user-service", "user-servce", "db", "a", "shop-user-service"])
SPACES = st.sampled_from(["shop", "default", "kube-system"])
VALUES = st.sampled_from(["user-service", "user-servce", "v1", "v2", "kube-dns", ""])
KEYS = st.sampled_from(["app", "App", "app.kubernetes.io/name", "version", "tier", "k8s-app", "pod-template-hash"])
ODD_LABELS = st.none() | st.dictionaries(KEYS, VALUES, max_size=3)
# Mostly what belongs together, or nothing but "no such Service" would ever be found.
LABELS = st.sampled_from([{"app": "user-service"}] * 4 + [{"app": "user-servce"}]) | ODD_LABELS
NODES = st.sampled_from(["", "node-1", "node-2", "node-9"])
ADDRESSES = st.sampled_from(["10.244.0.1", "10.244.0.2", "10.244.0.3", "fd00::1"])
TIMES = st.none() | st.sampled_from([(NOW - timedelta(seconds=age)).isoformat() for age in (0, 5, 90, 4000)])
BOOLS = st.none() | st.booleans()
PORTS = st.sampled_from([0, 53, 80, 8080])
PORT_NAMES = st.sampled_from(["", "http", "web", "dns"])
PROTOCOLS = st.sampled_from(["TCP", "UDP"])


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with any of these fields left out."""
    return st.fixed_dictionaries({}, optional=fields)


def _many(one: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    """A list as the API sends it: null where Go had a nil slice."""
    return st.none() | st.lists(one, max_size=most)


TARGETS = PORTS | PORT_NAMES | st.none()
SERVICE_PORTS = st.fixed_dictionaries(
    {"port": PORTS}, optional={"name": PORT_NAMES, "protocol": PROTOCOLS, "targetPort": TARGETS}
)
SERVICES = st.fixed_dictionaries(
    {"selector": LABELS, "ports": st.just([{"port": 80, "targetPort": "http"}]) | _many(SERVICE_PORTS)},
    optional={
        "type": st.sampled_from(["ClusterIP", "ClusterIP", "ExternalName"]),
        "clusterIP": st.sampled_from(["10.96.12.7", "10.96.12.7", "None", ""]),
        "publishNotReadyAddresses": st.booleans(),
        "internalTrafficPolicy": st.sampled_from(["Local", "Cluster"]) | st.none(),
        "externalName": NAMES,
    },
)
CONDITIONS = _some(ready=BOOLS, serving=BOOLS, terminating=BOOLS)
ENDPOINTS = _some(
    addresses=_many(ADDRESSES, 2),
    conditions=CONDITIONS,
    nodeName=NODES | st.none(),
    targetRef=st.none() | _some(kind=st.sampled_from(["Pod", "Node"]), name=NAMES),
)
SLICE_PORTS = _some(name=st.none() | PORT_NAMES, protocol=st.none() | PROTOCOLS, port=st.none() | PORTS)
STATES = _some(
    waiting=_some(reason=st.none() | st.sampled_from(["CrashLoopBackOff", "ContainerCreating"])),
    running=_some(startedAt=TIMES),
    terminated=_some(exitCode=st.integers(0, 255), reason=st.none() | st.just("Error"), finishedAt=TIMES),
)
STATUSES = _some(
    name=st.sampled_from(["app", "init"]), ready=st.booleans(), started=BOOLS, restartCount=PORTS, state=STATES
)
PROBES = _some(
    httpGet=_some(port=TARGETS.filter(lambda port: port is not None)), periodSeconds=PORTS, failureThreshold=PORTS
)
ENV = st.fixed_dictionaries(
    {"name": st.sampled_from(["USER_URL", "HOST", "X"])},
    optional={
        "value": st.none() | st.sampled_from(["http://user-service:80", "user-service", "a@user-service:1", ":"])
    },
)
CONTAINERS = _some(
    name=st.just("app"),
    ports=_many(_some(name=PORT_NAMES, containerPort=PORTS, protocol=PROTOCOLS)),
    env=_many(ENV),
    readinessProbe=st.none() | PROBES,
    startupProbe=st.none() | PROBES,
)
POD_CONDITIONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["Ready", "ContainersReady", "PodScheduled"])},
    optional={"status": st.sampled_from(["True", "False", "Unknown"]), "lastTransitionTime": TIMES},
)


def _object(
    kind: str, spec: st.SearchStrategy[Any], status: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    metadata = st.fixed_dictionaries(
        {"name": NAMES, "namespace": SPACES}, optional={"labels": LABELS, "deletionTimestamp": TIMES}
    )
    group = {"Deployment": "apps/v1", "EndpointSlice": "discovery.k8s.io/v1"}.get(kind, "v1")
    return st.fixed_dictionaries(
        {"apiVersion": st.just(group), "kind": st.just(kind), "metadata": metadata},
        optional={"spec": spec, "status": status},
    )


def _slice(parts: tuple[dict[str, Any], str, Any, Any]) -> dict[str, Any]:
    written, service, endpoints, ports = parts
    labels = {**(written["metadata"].get("labels") or {}), "kubernetes.io/service-name": service}
    metadata = {**written["metadata"], "labels": labels}
    return {**written, "metadata": metadata, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}


def _node(parts: tuple[str, Any]) -> dict[str, Any]:
    name, conditions = parts
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name or "node-3"},
        "status": {"conditions": conditions},
    }


POD_SPECS = _some(
    nodeName=NODES,
    containers=_many(CONTAINERS),
    initContainers=_many(CONTAINERS),
    hostNetwork=st.booleans(),
    readinessGates=_many(st.just({"conditionType": "x/y"})),
    dnsConfig=st.none() | _some(searches=_many(st.just("shop.svc.cluster.local"))),
)
READY = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T03:00:00Z"}]
POD_STATUSES = st.fixed_dictionaries(
    {
        "phase": st.sampled_from(["Running", "Running", "Pending", "Failed", "Unknown"]),
        "podIP": ADDRESSES,
        "conditions": st.just(READY) | _many(POD_CONDITIONS),
    },
    optional={"containerStatuses": _many(STATUSES)},
)
WORKLOADS = _some(
    replicas=st.none() | st.integers(0, 3),
    selector=st.none() | _some(matchLabels=LABELS),
    template=_some(metadata=_some(labels=LABELS), spec=POD_SPECS),
)
EXTRA = st.lists(
    _object("Service", SERVICES, st.just({}))
    | _object("Deployment", WORKLOADS, _some(conditions=_many(POD_CONDITIONS)))
    | st.tuples(_object("EndpointSlice", st.none(), st.none()), NAMES, _many(ENDPOINTS), _many(SLICE_PORTS)).map(_slice)
    | st.tuples(NODES, _many(POD_CONDITIONS)).map(_node),
    max_size=5,
)
PODS = st.lists(_object("Pod", POD_SPECS, POD_STATUSES), min_size=1, max_size=4)


def _asked(parts: tuple[Any, list[dict[str, Any]], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A cluster with the Service asked about, unless `spec` is None, and with pods of different names, mostly beside it."""
    spec, pods, others = parts
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "user-service", "namespace": "shop"},
        "spec": spec,
    }
    for index, pod in enumerate(pods):
        place = "shop" if index < 3 else pod["metadata"]["namespace"]
        pod["metadata"] = {**pod["metadata"], "name": f"pod-{index}", "namespace": place}
    return [*others, *pods, *([service] if spec is not None else [])]


DOCUMENTS = st.tuples(st.integers(0, 9).flatmap(lambda one: SERVICES if one else st.none()), PODS, EXTRA).map(_asked)
SEEN = st.builds(
    Observation,
    st.builds(
        TcpConnect, ADDRESSES, PORTS, purpose=st.sampled_from([Purpose.ENDPOINT, Purpose.SERVICE, Purpose.CANDIDATE])
    )
    | st.builds(
        DnsQuery,
        st.sampled_from(["user-service.shop.svc.cluster.local.", "kubernetes.default.svc.cluster.local."]),
        ADDRESSES,
        purpose=st.sampled_from([Purpose.SERVICE, Purpose.REPLICA]),
    ),
    st.sampled_from(Outcome),
    detail=st.just({}) | st.just({"aa": True}),
)
QUESTIONS = st.builds(
    Question,
    service=st.sampled_from(["user-service"] * 9 + ["user-servce"]),
    namespace=st.sampled_from(["shop"] * 9 + ["default"]),
    port=st.sampled_from([None, None, None, 80, 8080, "http", ""]),
    protocol=PROTOCOLS,
    source=st.none()
    | st.builds(Source, namespace=SPACES, pod=st.sampled_from(["pod-0", "pod-3"]))
    | st.builds(Source, namespace=SPACES, workload=st.just("deploy/a")),
    name=NAMES,
)
INSIDE = Vantage(kind=VantageKind.WORKER, namespace="k8snet", pod="worker-0", node="node-1")


def _snapshot(documents: list[dict[str, Any]], *, controller: bool = False) -> Snapshot:
    """The cluster as it is written, or as the EndpointSlice controller would complete it."""
    snapshot = snapshot_from(documents, taken_at=NOW, cluster="test")
    return with_slices(snapshot) if controller else snapshot


@examples(150)
@given(QUESTIONS, DOCUMENTS, st.lists(SEEN, max_size=6), st.booleans())
def test_any_cluster_is_judged(
    question: Question, documents: list[dict[str, Any]], seen: list[Observation], controller: bool
) -> None:
    """No check raises; messages are one line; commands are shell words; every verdict can be written as JSON."""
    case = Case(question, _snapshot(documents, controller=controller), tuple(seen), INSIDE)

    judgement = judge(case, strict=True)

    assert len(msgspec.json.decode(msgspec.json.encode(judgement.findings))) == len(judgement.findings)
    for finding in judgement.findings:
        assert finding.message
        assert "\n" not in finding.message
        assert all(shlex.split(command)[0] == "kubectl" for command in finding.check)
        assert all(fix.rendered for fix in finding.fixes)


@examples(150)
@given(QUESTIONS, DOCUMENTS)
def test_same_case_same_findings(question: Question, documents: list[dict[str, Any]]) -> None:
    """The order in which objects were read does not matter, except for which of two of one name is the later."""
    names = {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in documents}
    if len(names) < len(documents):
        return
    ours = [each for each in all_checks() if each.code in OURS]

    forth = judge(Case(question, _snapshot(documents)), ours, strict=True)
    back = judge(Case(question, _snapshot(documents[::-1])), ours, strict=True)

    assert [(each.code, each.about, each.severity) for each in forth.findings] == [
        (each.code, each.about, each.severity) for each in back.findings
    ]


@examples(100)
@given(QUESTIONS, DOCUMENTS)
def test_a_printed_patch_changes_the_diagnosis(question: Question, documents: list[dict[str, Any]]) -> None:
    """A fix of ours that can be proved mends its own finding: it is not there any more, or no longer so bad."""
    case = Case(question, _snapshot(documents, controller=True))
    ours = [each for each in all_checks() if each.code in OURS]

    for finding in judge(case, ours, strict=True).findings:
        for fix in finding.fixes:
            told = proof(case, fix)
            if told is not None and finding.severity is Severity.FAIL and not finding.caused_by:
                assert finding.message not in told
