"""The application checks on objects that no cluster should have, and the readers of other programs' sentences."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checks import all_checks
from bot.checks.exit_codes import exit_words
from bot.checks.judge import judge
from bot.checks.pod_trouble import Trouble, trouble_of
from bot.checks.pull_errors import why_not_pulled
from bot.checks.readiness import Failing, read_failure
from bot.checks.scheduling import read_refusal
from bot.checks.start_errors import Missing, missing_in, why_not_started
from bot.model.case import Case
from bot.model.pods import Pod, Terminated
from bot.model.probe import HttpGet, Observation, Outcome, TcpConnect, Vantage, VantageKind
from bot.model.question import Question
from bot.model.services import EndpointSlice, Service
from bot.model.snapshot import Snapshot
from bot.model.workloads import Deployment, Event, Node

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OURS = [each for each in all_checks() if each.code.startswith("APP-")]

texts = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(
        [
            "CrashLoopBackOff",
            "ImagePullBackOff",
            "CreateContainerConfigError",
            "OOMKilled",
            "StartError",
            "Unschedulable",
            "Readiness probe failed: HTTP probe failed with statuscode: 404",
            "Readiness probe failed: dial tcp 10.0.0.1:8081: connect: connection refused",
            "0/3 nodes are available: 2 Insufficient cpu.",
            'configmap "x" not found',
        ]
    ),
)
times = st.one_of(st.none(), st.integers(-7200, 60).map(lambda seconds: (NOW + timedelta(seconds=seconds)).isoformat()))
ports = st.one_of(st.none(), st.integers(0, 70000), st.sampled_from(["http", "nope", ""]))
labels = st.sampled_from([None, {}, {"app": "a"}, {"app": "a", "pod-template-hash": "h1"}, {"app": "b"}])
owners = st.sampled_from(
    [None, [], [{"kind": "ReplicaSet", "name": "a-h1", "controller": True}], [{"kind": "Node", "name": "n"}]]
)


def _some(fields: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    """An object that has some of these fields, none of them null where the API would leave it out."""
    return st.fixed_dictionaries({}, optional=fields).map(
        lambda made: {key: value for key, value in made.items() if value is not None}
    )


terminated = _some({"exitCode": st.integers(0, 260), "reason": texts, "finishedAt": times, "message": texts})
state = _some(
    {
        "waiting": _some({"reason": texts, "message": texts}),
        "running": _some({"startedAt": times}),
        "terminated": terminated,
    }
)
statuses = st.one_of(
    st.none(),
    st.lists(
        _some(
            {
                "name": st.sampled_from(["app", "init", "other"]),
                "ready": st.booleans(),
                "started": st.booleans(),
                "restartCount": st.integers(0, 20),
                "state": state,
                "lastState": state,
            }
        ),
        max_size=2,
    ),
)
probe = st.one_of(
    st.fixed_dictionaries(
        {"httpGet": _some({"port": ports, "path": st.text(max_size=5), "scheme": st.sampled_from(["HTTP", "HTTPS"])})}
    ),
    st.fixed_dictionaries({"tcpSocket": _some({"port": ports})}),
    st.just({"exec": {}}),
    st.just({}),
)
containers = st.one_of(
    st.none(),
    st.lists(
        _some(
            {
                "name": st.sampled_from(["app", "init", "other"]),
                "image": st.text(max_size=5),
                "readinessProbe": probe,
                "resources": st.sampled_from([{}, {"limits": None}, {"requests": {"cpu": 1, "memory": "1Gi"}}]),
                "restartPolicy": st.sampled_from([None, "Always"]),
                "ports": st.sampled_from([None, [], [{"name": "http", "containerPort": 8080}]]),
            }
        ),
        max_size=2,
    ),
)
conditions = st.one_of(
    st.none(),
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["Ready", "PodScheduled", "ContainersReady"]),
                "status": st.sampled_from(["True", "False", "Unknown"]),
                "reason": texts,
                "message": texts,
                "lastTransitionTime": times,
            }
        ),
        max_size=3,
    ),
)


@st.composite
def pods(draw: st.DrawFn) -> tuple[Pod, ...]:
    count = draw(st.integers(0, 3))
    return tuple(
        msgspec.convert(
            {
                "metadata": {
                    "name": f"p{place}",
                    "namespace": "ns",
                    "labels": draw(labels),
                    "ownerReferences": draw(owners),
                    "creationTimestamp": draw(times),
                    "deletionTimestamp": draw(st.one_of(st.none(), times)),
                },
                "spec": {
                    "nodeName": draw(st.sampled_from(["", "n1"])),
                    "containers": draw(containers),
                    "initContainers": draw(containers),
                    "restartPolicy": draw(st.sampled_from(["Always", "Never"])),
                },
                "status": {
                    "phase": draw(st.sampled_from(["Pending", "Running", "Failed"])),
                    "podIP": draw(st.sampled_from(["", f"10.0.0.{place}"])),
                    "conditions": draw(conditions),
                    "containerStatuses": draw(statuses),
                    "initContainerStatuses": draw(statuses),
                },
            },
            Pod,
        )
        for place in range(count)
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    service = msgspec.convert(
        {
            "metadata": {"name": "s", "namespace": "ns"},
            "spec": {
                "selector": draw(st.sampled_from([None, {"app": "a"}])),
                "clusterIP": draw(st.sampled_from(["10.9.9.9", "None", ""])),
                "ports": draw(
                    st.sampled_from(
                        [None, [], [{"port": 80, "targetPort": 8080}], [{"port": 80, "targetPort": "http"}]]
                    )
                ),
                "publishNotReadyAddresses": draw(st.booleans()),
            },
        },
        Service,
    )
    endpoint = {
        "addresses": draw(st.sampled_from([None, [], ["10.0.0.0"], ["10.0.0.1"]])),
        "conditions": {"ready": draw(st.sampled_from([None, True, False]))},
    }
    some_slice = msgspec.convert(
        {
            "metadata": {"name": "s-1", "namespace": "ns", "labels": {"kubernetes.io/service-name": "s"}},
            "ports": draw(st.sampled_from([None, [{"port": None}], [{"port": 8080, "name": ""}]])),
            "endpoints": [endpoint],
        },
        EndpointSlice,
    )
    deployment = msgspec.convert(
        {
            "metadata": {"name": "a", "namespace": "ns"},
            "spec": {
                "replicas": draw(st.sampled_from([None, 0, 1])),
                "template": {"metadata": {"labels": draw(labels)}, "spec": {"containers": draw(containers)}},
            },
        },
        Deployment,
    )
    events = tuple(
        msgspec.convert(
            {
                "metadata": {"name": f"e{place}", "namespace": "ns"},
                "involvedObject": {"kind": "Pod", "namespace": "ns", "name": f"p{place}"},
                "reason": draw(st.sampled_from(["Unhealthy", "Killing", "Failed", "TriggeredScaleUp"])),
                "message": draw(texts) or "",
                "lastTimestamp": draw(times),
            },
            Event,
        )
        for place in range(draw(st.integers(0, 2)))
    )
    seen = tuple(
        Observation(
            draw(
                st.sampled_from(
                    [
                        TcpConnect("10.0.0.0", 8080),
                        TcpConnect("10.0.0.1", 9090, "candidate"),
                        HttpGet("10.0.0.0", 8080, "/x"),
                        HttpGet("10.0.0.1", 8080, purpose="root"),
                        HttpGet("10.0.0.1", 8080, "/a", purpose="asked"),
                    ]
                )
            ),
            draw(st.sampled_from(list(Outcome))),
            status=draw(st.sampled_from([0, 200, 404, 500])),
        )
        for _ in range(draw(st.integers(0, 4)))
    )
    snapshot = Snapshot(
        taken_at=NOW,
        services=(service,),
        slices=(some_slice,),
        pods=draw(pods()),
        deployments=(deployment,),
        events=events,
        nodes=draw(st.sampled_from([(), (msgspec.convert({"metadata": {"name": "n1"}}, Node),)])),
    )
    vantage = Vantage(kind=VantageKind.WORKER, namespace="k8snet", pod="w")
    return Case(Question(service="s", namespace="ns"), snapshot, seen, vantage)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases())
def test_no_check_raises_and_each_says_who_and_why(case: Case) -> None:
    """Whatever is missing in the objects, no application check raises, and each finding stands by itself."""
    judgement = judge(case, OURS, strict=True)

    for finding in judgement.findings:
        assert finding.message.endswith(".")
        assert "None" not in finding.message.replace("10.9.9.9", "")
        assert finding.evidence
        assert all(command.startswith("kubectl ") for command in finding.check)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_a_pod_has_one_trouble_at_most_in_one_finding(case: Case) -> None:
    """Of the causes that are told from a pod's own state, no two findings hold the same pod."""
    by_state = [
        each for each in OURS if each.code in ("APP-001", "APP-002", "APP-003", "APP-004", "APP-005", "APP-008")
    ]
    held = [found for each in by_state for found in each.rule(case)]
    names = [name for found in held for name in found.pods]

    assert len(names) == len(set(names))
    assert all(trouble_of(case, pod) is None for pod in case.pods if pod.is_terminating)


@given(st.text(max_size=300))
def test_readers_of_sentences_never_raise(text: str) -> None:
    """Any text may stand in a message: the readers give a kind or nothing."""
    assert isinstance(read_failure(text).kind, Failing)
    assert isinstance(why_not_pulled("ErrImagePull", text), str)
    assert isinstance(why_not_started(text), str)
    missing_in(text)
    read_refusal(text)
    read_refusal(f"0/3 nodes are available: {text}")


@given(st.integers(0, 400))
def test_every_exit_code_has_words(code: int) -> None:
    """An exit code always stands in its words."""
    assert str(code) in exit_words(Terminated(exit_code=code))


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("Readiness probe failed: HTTP probe failed with statuscode: 404", Failing.STATUS, 404),
        ('Get "http://10.1.0.1:8081/x": dial tcp 10.1.0.1:8081: connect: connection refused', Failing.REFUSED, 8081),
        ("dial tcp [fd00::1]:8081: connect: connection refused", Failing.REFUSED, 8081),
        ('Get "https://10.1.0.1:80/": http: server gave HTTP response to HTTPS client', Failing.SPEAKS_HTTP, 0),
        (r'malformed HTTP response "\x15\x03\x01\x00\x02\x02"', Failing.SPEAKS_TLS, 0),
        ('Readiness probe errored: strconv.Atoi: parsing "htp": invalid syntax', Failing.NO_PORT, 0),
        ('exec: "/probe": stat /probe: no such file or directory', Failing.NO_COMMAND, 0),
        ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", Failing.TIMEOUT, 0),
        ('service unhealthy (responded with "NOT_SERVING")', Failing.NOT_SERVING, 0),
    ],
)
def test_reads_what_the_kubelet_writes(text: str, kind: Failing, number: int) -> None:
    """The kubelet's sentences about a failed readiness probe are told apart."""
    failure = read_failure(text)

    assert failure.kind is kind
    assert number in (failure.status, failure.port)


def test_reads_the_scheduler() -> None:
    """Each reason of the scheduler's sentence is counted, and the part about preemption is no reason."""
    refusal = read_refusal(
        "0/6 nodes are available: 1 node(s) had untolerated taint {dedicated: db, x}, 2 Insufficient cpu, "
        "1 node(s) didn't match Pod's node affinity/selector, 2 node(s) were unschedulable. preemption: 0/6 nodes are "
        "available: 6 Preemption is not helpful for scheduling."
    )

    assert refusal is not None
    assert refusal.nodes == 6
    assert [str(each) for each in refusal.reasons] == [
        "1 has the taint dedicated: db, x",
        "2 lack cpu",
        "1 does not match its node selector or affinity",
        "2 are cordoned",
    ]


def test_reads_a_missing_claim() -> None:
    """A claim that does not exist, or is not bound, is said as such, with and without a count before it."""
    texts = (
        'persistentvolumeclaim "data" not found',
        '0/3 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/3 nodes are available.',
        "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes",
    )
    read = [read_refusal(each) for each in texts]

    assert [str(each.reasons[0]) for each in read if each] == [
        "its PersistentVolumeClaim data does not exist",
        "its PersistentVolumeClaim data does not exist",
        "its PersistentVolumeClaim is not bound",
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ('configmap "app-config" not found', Missing("ConfigMap", "app-config")),
        ('secret "db" not found', Missing("Secret", "db")),
        ("couldn't find key password in Secret shop/db", Missing("Secret", "db", "password")),
        ("couldn't find key a.b in ConfigMap shop/cfg", Missing("ConfigMap", "cfg", "a.b")),
        ("context deadline exceeded", None),
    ],
)
def test_names_what_is_missing(said: str, wanted: Missing | None) -> None:
    """ConfigMap, Secret and key are read from the kubelet's message."""
    assert missing_in(said) == wanted


def test_order_of_troubles_is_that_of_the_catalogue() -> None:
    """Scheduling before images before init containers before memory before crashes before readiness (RTE-004)."""
    assert [each.value for each in Trouble] == ["unscheduled", "image", "create", "init", "memory", "crash", "unready"]
