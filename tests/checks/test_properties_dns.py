"""No cluster, however odd, makes the DNS and proxy checks fail; what they are sure of was proved, and their patches mend."""

import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.checks import all_checks
from bot.checks.engine.judge import judge
from bot.cluster.documents import snapshot_from
from bot.model.case import Case
from bot.model.logs import LogTail
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose, TcpConnect, Vantage, VantageKind
from bot.model.question.question import Question, Source
from bot.model.result.finding import Confidence, Finding, Layer
from bot.usecases.whatif import apply
from tests.checks.manifests import NOW, WORKER, case_of, judged, written_cases
from tests.examples import examples

HERE = Path(__file__).parent
CODES = ("DNS-002", "DNS-004", "DNS-014", "DNS-015", "DNS-026", "RTE-032")
OURS = [each for each in all_checks() if each.code in CODES]
DNS_IPS = ("10.244.0.2", "10.244.1.2", "10.244.2.2")
CONTROL, FQDN = "kubernetes.default.svc.cluster.local.", "db.shop.svc.cluster.local."
TARGETS = (
    *("", ".", "10.0.0.5", "::1", "db.example.test", "DB.Example.Test.", "db.shop.svc.cluster.local", "db", "web.shop"),
    *(
        "web.shop.svc.cluster.local.",
        "web.nowhere.svc.cluster.local",
        "shop.svc.cluster.local",
        "a.b.web.shop.svc.cluster.local",
    ),
    *("web.shop.cluster.local", "cluster.local", "svc.cluster.local", ".svc.cluster.local", "x.shop.svc.", "é.shop"),
)
LINES = (
    "/etc/coredns/Corefile:4 - Error during parsing: Unknown directive 'proxy'",
    ":99999 - Error during parsing: ",
    "Corefile:0 - Error during parsing: ''",
    'plugin/loop: Loop (127.0.0.1:5 -> :53) detected for zone ".", see',
    "[ERROR] plugin/reload: Corefile changed but reload failed: ",
    "[ERROR] plugin/reload: Corefile changed but reload failed: plugin/forward: not an IP",
    "[INFO] Reloading complete",
    "cannot serve dns://.:53 - it is already defined",
)
MAYBE = st.none() | st.booleans()
STATUSES = st.fixed_dictionaries(
    {"name": st.just("coredns")},
    optional={
        "ready": st.booleans(),
        "restartCount": st.integers(0, 9),
        "state": st.sampled_from([{}, {"waiting": None}, {"waiting": {"reason": "CrashLoopBackOff"}}, {"running": {}}]),
        "lastState": st.sampled_from(
            [{}, {"terminated": {"exitCode": 1}}, {"terminated": {"exitCode": 1, "finishedAt": NOW.isoformat()}}]
        ),
    },
)
OUTCOMES = st.sampled_from(Outcome)
TRIES = st.lists(OUTCOMES, max_size=3).map(tuple)
DETAILS = st.sampled_from(
    [{}, {"aa": True}, {"aa": False}, {"cname": ["db.example.test."]}, {"cname": []}, {"cname": None}]
)
QUERIES = st.builds(
    DnsQuery,
    st.sampled_from([CONTROL, FQDN, "db.example.test."]),
    st.sampled_from([*DNS_IPS, "10.96.0.10"]),
    type=st.sampled_from(["A", "AAAA"]),
    transport=st.sampled_from(["udp", "tcp"]),
    purpose=st.sampled_from([Purpose.SERVICE, Purpose.REPLICA, Purpose.TARGET]),
    tries=st.integers(1, 3),
)
CONNECTS = st.builds(
    TcpConnect,
    st.sampled_from(["10.96.1.1", "fd00::1", "10.244.0.9", *DNS_IPS]),
    st.sampled_from([80, 8080, 53]),
    purpose=st.sampled_from([Purpose.SERVICE, Purpose.ENDPOINT]),
)
ANSWERS = st.sampled_from([(), ("10.96.0.1",), ("10.96.1.1",), ("10.9.9.9", "fd00::2")])
SEEN = st.builds(Observation, QUERIES | CONNECTS, OUTCOMES, outcomes=TRIES, answers=ANSWERS, detail=DETAILS)
# As a plan would ask: each DNS pod for a name that all know, the virtual IP, and each endpoint; mostly with answers.
MOSTLY = st.sampled_from([Outcome.ANSWERED] * 3) | OUTCOMES
PLANNED = st.tuples(MOSTLY, MOSTLY, MOSTLY, st.sampled_from([Outcome.TIMEOUT, Outcome.REFUSED]) | OUTCOMES, MOSTLY).map(
    lambda each: [
        *(
            Observation(DnsQuery(CONTROL, ip, purpose=Purpose.REPLICA), one)
            for ip, one in zip(DNS_IPS, each, strict=False)
        ),
        Observation(TcpConnect("10.96.1.1", 80, Purpose.SERVICE), each[3]),
        *(Observation(TcpConnect(ip, 8080), each[4]) for ip in DNS_IPS),
    ]
)
MEASURED = (
    PLANNED
    | st.lists(SEEN, max_size=8)
    | st.tuples(PLANNED, st.lists(SEEN, max_size=4)).map(lambda two: two[0] + two[1])
)
VANTAGES = st.sampled_from(
    [WORKER, Vantage(), Vantage(VantageKind.CALLER, "shop", "caller", "node-9"), replace(WORKER, node="")]
)
POLICIES = st.sampled_from([None, "", "Default", "ClusterFirst", "ClusterFirstWithHostNet", "None", "Unheard"])
DNS_CONFIGS = st.sampled_from([None, {}, {"nameservers": None}, {"nameservers": []}, {"nameservers": ["10.96.0.10"]}])


def _object(kind: str, name: str, namespace: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace, **fields.pop("metadata", {})}, **fields}


@st.composite
def clusters(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A DNS Service or none, DNS pods in any state, a Service of any type, other Services, a caller of any settings."""
    found = [_object("Service", "web", "shop", spec={"clusterIP": "10.96.2.2"})] if draw(st.booleans()) else []
    labels = {"k8s-app": "kube-dns"}
    if draw(st.integers(0, 9)):
        selector = draw(st.sampled_from([labels, labels, None]))
        spec = {
            "clusterIP": "10.96.0.10",
            "selector": selector,
            "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}],
        }
        found.append(_object("Service", "kube-dns", "kube-system", metadata={"labels": labels}, spec=spec))
    for index, address in enumerate(DNS_IPS[: draw(st.integers(0, 3))]):
        ready = draw(st.sampled_from(["True", "False", "Unknown"]))
        status = {
            "phase": "Running",
            "podIP": draw(st.sampled_from([address, address, ""])),
            "conditions": draw(st.sampled_from([None, [{"type": "Ready", "status": ready}]])),
            "containerStatuses": draw(st.none() | st.lists(STATUSES, max_size=2)),
        }
        spec = {"nodeName": draw(st.sampled_from(["", "node-1", "node-2"]))}
        found.append(
            _object("Pod", f"coredns-{index}", "kube-system", metadata={"labels": labels}, spec=spec, status=status)
        )
    conditions = draw(st.sampled_from([None, {}, {"ready": True}, {"ready": False}]))
    words = [
        {"addresses": [each], "conditions": conditions or {}, "targetRef": draw(st.none() | st.just({"kind": "Pod"}))}
        for each in draw(st.just(DNS_IPS) | st.lists(st.sampled_from(DNS_IPS), max_size=3))
    ]
    for service, namespace, port in (("kube-dns", "kube-system", 53), ("db", "shop", 8080)):
        metadata = {"labels": {"kubernetes.io/service-name": service}}
        ports = [{"name": "dns" if port == 53 else "", "port": port, "protocol": "UDP" if port == 53 else "TCP"}]
        found.append(_object("EndpointSlice", service, namespace, metadata=metadata, endpoints=words, ports=ports))
    spec = draw(
        st.sampled_from(
            [{}, {"clusterIP": "None"}, *[{"clusterIP": "10.96.1.1"}] * 4, {"clusterIPs": ["fd00::1", "10.96.1.1"]}]
        )
        | st.sampled_from(TARGETS).map(lambda name: {"type": "ExternalName", "externalName": name})
    )
    found.append(_object("Service", "db", "shop", spec={"ports": [{"port": 80, "targetPort": 8080}], **spec}))
    caller = {"dnsConfig": draw(DNS_CONFIGS), "hostNetwork": draw(st.booleans())}
    policy = draw(POLICIES)
    found.append(_object("Pod", "caller", "shop", spec={**caller, **({} if policy is None else {"dnsPolicy": policy})}))
    corefile = draw(
        st.sampled_from(["", ".:53 {\n kubernetes cluster.local\n forward . /etc/resolv.conf\n}\n", "{\n{"])
    )
    if draw(st.booleans()):
        found.append(_object("ConfigMap", "coredns", "kube-system", data={"Corefile": corefile}))
    if draw(st.booleans()):
        found.append({"kind": "Namespace", "metadata": {"name": "shop"}})
    return found


LOGS = st.lists(
    st.builds(
        LogTail,
        st.just("kube-system"),
        st.sampled_from(["coredns-0", "coredns-1"]),
        st.just("coredns"),
        st.booleans(),
        st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=4).map(tuple),
    ),
    max_size=2,
).map(tuple)
SOURCES = st.sampled_from([None, Source("shop"), Source("shop", pod="caller"), Source("kube-system", pod="coredns-0")])


@examples(250)
@given(clusters(), MEASURED, LOGS, SOURCES, VANTAGES)
def test_any_cluster_is_judged(
    documents: list[dict[str, Any]],
    seen: list[Observation],
    logs: tuple[LogTail, ...],
    source: Source | None,
    vantage: Vantage,
) -> None:
    """Nothing raises; messages are one line, commands are shell words, findings can be written as JSON."""
    snapshot = replace(snapshot_from(documents, taken_at=NOW), logs=logs)
    case = Case(Question(service="db", namespace="shop", source=source, name="db"), snapshot, tuple(seen), vantage)

    for finding in judge(case, OURS, strict=True).findings:
        assert "\n" not in finding.message
        assert msgspec.json.encode(finding)
        assert all(shlex.split(command)[0] == "kubectl" for command in finding.check)
        assert all(fix.rendered for fix in finding.fixes)


@examples(150)
@given(clusters(), MEASURED, st.sampled_from(DNS_IPS))
def test_a_lone_replica_accuses_itself_of_nothing(
    documents: list[dict[str, Any]], seen: list[Observation], server: str
) -> None:
    """DNS-002 is a contrast: with answers of one DNS pod alone there is none, whatever they are."""
    snapshot = snapshot_from(documents, taken_at=NOW)
    alone = tuple(each for each in seen if not isinstance(each.probe, DnsQuery) or each.probe.server == server)
    judgement = judge(Case(Question(service="db", namespace="shop"), snapshot, alone, WORKER), OURS, strict=True)

    assert "DNS-002" not in {each.code for each in judgement.findings}


def found(file: str, title: str) -> Finding:
    """The finding of the check that the case of this title is about."""
    written = next(each for path in HERE.glob(f"*/{file}.yaml") for each in written_cases(path) if each.title == title)
    code = next(each.code for each in all_checks() if each.module.endswith(f".{file}"))
    return next(each for each in judged(written).findings if each.code == code)


@pytest.mark.parametrize(
    ("file", "title", "confidence", "layer"),
    [
        (
            "some_dns_replicas_failing",
            "one of two replicas is silent, and the Service's pods on its node answer",
            Confidence.CERTAIN,
            Layer.DNS,
        ),
        ("some_dns_replicas_failing", "two of three tries are lost", Confidence.LIKELY, Layer.DNS),
        (
            "some_dns_replicas_failing",
            "nothing on the node of the silent replica answers: the way there, and not DNS",
            Confidence.LIKELY,
            Layer.ROUTING,
        ),
        ("external_name_dangling", "the upstream servers are silent", Confidence.LIKELY, Layer.DNS),
        ("external_name_dangling", "a short name, which nothing completes", Confidence.LIKELY, Layer.DNS),
        ("external_name_dangling", "an IP address is no name", Confidence.CERTAIN, Layer.DNS),
        ("service_proxy_not_working", "nobody said who calls", Confidence.LIKELY, Layer.ROUTING),
        ("service_proxy_not_working", "its kube-proxy crashes", Confidence.CERTAIN, Layer.ROUTING),
    ],
)
def test_certain_only_with_proof(file: str, title: str, confidence: Confidence, layer: Layer) -> None:
    """Silence that the way may explain, a slow upstream and an unseen proxy are likely; the layer is that of the cause."""
    finding = found(file, title)

    assert (finding.confidence, finding.layer) == (confidence, layer)


@pytest.mark.parametrize(
    "title",
    [
        "a Service of this cluster that is not there, one letter off",
        "the part svc is missing",
        "a short name, which nothing completes",
    ],
)
def test_printed_target_resolves(title: str) -> None:
    """With the printed patch applied the alias leads to a Service that is there, and nothing is left to say of it."""
    path = HERE / "dns/external_name_dangling.yaml"
    case = case_of(next(each for each in written_cases(path) if each.title == title))
    fix = found("external_name_dangling", title).fixes[0]
    changed = apply(case.snapshot, fix)

    assert changed is not None
    assert judge(Case(case.question, changed), strict=True).root_cause is None
