"""The application checks on clusters with holes in them, and the readers of other programs' sentences.

The holes are made in the cases of the manifests, so that every check has something to find and something missing.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.checks import all_checks
from bot.checks.application._exit_codes import exit_words
from bot.checks.application._pull_errors import why_not_pulled
from bot.checks.application._scheduling import read_refusal
from bot.checks.application._start_errors import Missing, missing_in, why_not_started
from bot.checks.engine.judge import judge
from bot.checks.facts.pod_state import Trouble, trouble_of
from bot.checks.facts.probe_failures import Failing, read_failure
from bot.cluster.documents import snapshot_from
from bot.errors import DumpUnreadableError
from bot.model.case import Case
from bot.model.kube.pods import ContainerProbe, ExecAction, GrpcAction, Terminated
from bot.model.kube.workloads import Event
from tests.checks import manifests
from tests.checks.manifests import Written, written_cases
from tests.examples import examples

FILES = sorted((Path(__file__).parent / "application").glob("*.yaml"))
CASES = [case for path in FILES for case in written_cases(path)]
ERRORED = "Readiness probe errored and resulted in unknown state: "
OURS = [each for each in all_checks() if each.code.startswith("APP-")]
BY_STATE = ("APP-001", "APP-002", "APP-003", "APP-004", "APP-005", "APP-006", "APP-007", "APP-008", "APP-009")


def _holes(draw: st.DrawFn, document: Any) -> Any:
    """Take out or set to null about one in twelve of all values, whatever they are."""
    if isinstance(document, dict):
        kept = {key: each for key, each in document.items() if draw(st.integers(0, 23))}
        return {key: _holes(draw, each) if draw(st.integers(0, 23)) else None for key, each in kept.items()}
    if isinstance(document, list):
        return [_holes(draw, each) for each in document if draw(st.integers(0, 23))]
    return document


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case of the manifests; of the objects that it names itself some values are missing."""
    written: Written = draw(st.sampled_from(CASES))
    own = {manifests._key(each) for document in written.documents for each in manifests._expanded(document)}
    documents = [
        {**_holes(draw, each), "kind": each["kind"], "metadata": {**each["metadata"]}}
        if manifests._key(each) in own
        else each
        for each in json.loads(json.dumps(manifests._merged(written)))
    ]
    case = manifests.case_of(written)
    try:
        snapshot = manifests.with_slices(snapshot_from(documents, taken_at=manifests.NOW, cluster="test"))
    except DumpUnreadableError:
        assume(False)
    return replace(case, snapshot=replace(snapshot, logs=case.snapshot.logs))


@examples(80, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_no_check_raises_and_each_finding_stands_alone(case: Case) -> None:
    """Whatever is missing in the objects, no application check raises, and no finding says "None" or lacks evidence."""
    for finding in judge(case, OURS, strict=True).findings:
        assert finding.message.endswith(".")
        assert "None" not in finding.message
        assert finding.evidence
        assert all(command.startswith("kubectl ") for command in finding.check)


@examples(50, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_pod_is_in_one_finding_at_most(case: Case) -> None:
    """Of the causes that are told from a pod's own state, no two findings hold the same pod."""
    held = [found for each in OURS if each.code in BY_STATE for found in each.rule(case)]
    names = [name for found in held for name in found.pods]

    assert len(names) == len(set(names))
    assert all(trouble_of(case, pod) is None for pod in case.backends.pods if pod.is_terminating)


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
        (f'{ERRORED}strconv.Atoi: parsing "htp": invalid syntax', Failing.NO_PORT, 0),
        (f'{ERRORED}exec: "/probe": stat /probe: no such file or directory: unknown', Failing.NO_COMMAND, 0),
        (
            "(combined from similar events): Readiness probe failed: HTTP probe failed with statuscode: 503",
            Failing.STATUS,
            503,
        ),
        ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", Failing.TIMEOUT, 0),
        ('service unhealthy (responded with "NOT_SERVING")', Failing.NOT_SERVING, 0),
    ],
)
def test_reads_what_the_kubelet_writes(text: str, kind: Failing, number: int) -> None:
    """The kubelet's sentences about a failed readiness probe are told apart."""
    failure = read_failure(Event(message=text).text)

    assert failure.kind is kind
    assert number in (failure.status, failure.port)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("open /data/ready: no such file or directory", Failing.OUTPUT),
        ("db check: dial tcp 10.96.0.77:5432: connect: connection refused", Failing.OUTPUT),
        ("GET http://payments/health -> statuscode: 404", Failing.OUTPUT),
        ("", Failing.OUTPUT),
        ('command timed out: "sh -c echo started; sleep 30" timed out after 1s', Failing.TIMEOUT),
    ],
)
def test_output_of_a_command_is_the_programs(said: str, kind: Failing) -> None:
    """What the command of an exec probe prints is never read as the kubelet's own sentence."""
    failure = read_failure(f"Readiness probe failed: {said}", ContainerProbe(exec=ExecAction(command=("check",))))

    assert failure.kind is kind
    assert (failure.status, failure.port) == (0, 0)
    assert failure.text == said


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('timeout: failed to connect service "10.1.0.1:8080" within 1s: context deadline exceeded', Failing.TIMEOUT),
        (
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service",
            Failing.NO_HEALTH_SERVICE,
        ),
        ('service unhealthy (responded with "NOT_SERVING")', Failing.NOT_SERVING),
        (
            "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
            Failing.UNKNOWN_HEALTH_NAME,
        ),
    ],
)
def test_reads_what_a_grpc_probe_gets(said: str, kind: Failing) -> None:
    """The sentences of the kubelet's gRPC prober; all that does not answer it is a time-out to it."""
    assert read_failure(f"Readiness probe failed: {said}", ContainerProbe(grpc=GrpcAction(port=8080))).kind is kind


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
    assert [each.value for each in Trouble] == [
        "unscheduled",
        "volume",
        "image",
        "create",
        "init",
        "memory",
        "crash",
        "unready",
    ]
