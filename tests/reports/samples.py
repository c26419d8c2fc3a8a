"""Diagnoses and digests to be told: one in trouble with everything, a degraded one, an unknown one, two healthy ones."""

from datetime import UTC, datetime

from bot.model.call.hop import Hop, HopState
from bot.model.probe import DnsQuery, HttpGet, Observation, Outcome, Purpose, TcpConnect, Vantage, VantageKind
from bot.model.question.question import Question, Source, Symptom
from bot.model.refs import Ref
from bot.model.result.diagnosis import (
    Change,
    Diagnosis,
    OpenGap,
    RootCause,
    Verdict,
)
from bot.model.result.digest import Digest, DigestCause, DigestLine, Table, Totals
from bot.model.result.finding import AffectedLine, Confidence, Evidence, Finding, Fix, FixLine, Layer, Severity
from bot.model.result.status import Basis, Status

NOW = datetime(2026, 11, 23, 4, 53, tzinfo=UTC)
ID = "01JDB2Q4W6Z8R3T5V7X9Y1A2B3"
SERVICE = Ref("Service", "user-service", "shop")
WORKER = Vantage(VantageKind.WORKER, "k8snet", "k8snet-worker-0", "node-3")
NOBODY = Vantage()
QUESTION = Question(
    service="user-service",
    namespace="shop",
    port=80,
    source=Source(namespace="shop", pod="checkout-7d9f", workload="deploy/checkout"),
    symptom=Symptom.TIMEOUT,
    cluster="prod-eu",
    name="user-service",
    assumed=("namespace: shop, the only one with a Service of that name",),
)
FIX = Fix(
    about=SERVICE, risk="traffic moves to these pods at once", merge={"spec": {"selector": {"app": "user-service"}}}
)
TYPO = Finding(
    id="f1",
    fingerprint="8d1f0a55c0ffee00",
    code="RTE-001",
    name="selector-matches-no-pod",
    layer=Layer.ROUTING,
    severity=Severity.FAIL,
    confidence=Confidence.CERTAIN,
    about=SERVICE,
    message="Service shop/user-service selects app=user-servce; 3 ready pods carry app=user-service (1 letter apart).",
    evidence=(
        Evidence(SERVICE, "spec.selector", {"app": "user-servce"}, "no pod of the namespace has it"),
        Evidence(Ref("Deployment", "user-service", "shop"), "metadata.labels.app", "user-service"),
    ),
    affected=AffectedLine(3, 3, 1.0),
    check=(
        """kubectl -n shop get svc user-service -o 'jsonpath=selector: {.spec.selector}{"\\n"}'""",
        "kubectl -n shop get pods --show-labels",
    ),
    fix=(FixLine(FIX.rendered, FIX.risk, "with this change: dns ok, routing ok, application ok (on configuration)"),),
    since=datetime(2026, 11, 23, 4, 41, 10, tzinfo=UTC),
    changed_by="kubectl-edit at 2026-11-23 04:41 UTC",
    fixes=(FIX,),
)
EMPTY = Finding(
    id="f2",
    fingerprint="77aa",
    code="DNS-023",
    name="headless-without-ready-endpoint",
    layer=Layer.APPLICATION,
    severity=Severity.INFO,
    confidence=Confidence.CERTAIN,
    about=SERVICE,
    message="The headless Service has no ready endpoint.",
    caused_by=("f1",),
)
CRASH = Finding(
    id="f3",
    fingerprint="99bb",
    code="APP-001",
    name="crash-loop",
    layer=Layer.APPLICATION,
    severity=Severity.WARN,
    confidence=Confidence.LIKELY,
    about=Ref("Pod", "other", "shop"),
    message="Container app of pod other restarted 7 times in the last hour.",
)
OBSERVATIONS = (
    Observation(
        DnsQuery("user-service.shop.svc.cluster.local.", "10.96.0.10"),
        Outcome.ANSWERED,
        3.123456,
        answers=("10.96.12.7",),
    ),
    Observation(TcpConnect("10.96.12.7", 80, purpose=Purpose.SERVICE), Outcome.REFUSED, 0.4, (Outcome.REFUSED,) * 3),
    Observation(HttpGet("fd00::7", 8080, "/ready", pod="user-service-1"), Outcome.ANSWERED, 11.0, status=200),
)
GAPS = (
    OpenGap(
        "networkpolicies in shop",
        "forbidden",
        ("NPL-001", "NPL-002"),
        '- apiGroups: ["networking.k8s.io"]\n  resources: ["networkpolicies"]\n  verbs: ["get", "list"]',
    ),
)
OK_DNS = Verdict(Status.OK, Basis.PROBED, "user-service.shop resolves to 10.96.12.7 in 3 ms")
TROUBLED = Diagnosis(
    id=ID,
    question=QUESTION,
    asked_at=NOW,
    took_ms=1240,
    api_requests=9,
    vantage=WORKER,
    outcome=Status.FAIL,
    verdicts={
        "dns": OK_DNS,
        "routing": Verdict(Status.FAIL, Basis.CONFIG, TYPO.message),
        "application": Verdict(Status.UNKNOWN, Basis.NONE, "not tested: there is no endpoint to call", Layer.ROUTING),
    },
    hops=(HopState(Hop.ENDPOINTS, Status.FAIL, Basis.CONFIG, TYPO.message, (TYPO.id,)),),
    root_cause=RootCause("f1", TYPO.code, TYPO.name, TYPO.layer, TYPO.confidence, SERVICE, TYPO.message),
    findings=(TYPO, EMPTY, CRASH),
    observations=OBSERVATIONS,
    gaps=GAPS,
    changes=(
        Change(
            datetime(2026, 11, 23, 4, 41, 10, tzinfo=UTC), SERVICE, "spec.selector", "kubectl-edit", "12 min before"
        ),
    ),
)
HEALTHY = Diagnosis(
    id=ID,
    question=Question(service="user-service", namespace="shop", port=80, name="user-service"),
    asked_at=NOW,
    took_ms=240,
    api_requests=7,
    vantage=WORKER,
    outcome=Status.OK,
    verdicts={
        "dns": OK_DNS,
        "routing": Verdict(Status.OK, Basis.PROBED, "3 of 3 endpoints connect"),
        "application": Verdict(Status.OK, Basis.PROBED, "3 of 3 backends answer 200 in 11 ms"),
    },
    root_cause=None,
    observations=OBSERVATIONS[:1],
)
CONFIGURED = Diagnosis(
    id=ID,
    question=QUESTION,
    asked_at=NOW,
    took_ms=40,
    api_requests=0,
    vantage=NOBODY,
    outcome=Status.OK,
    verdicts={
        "dns": Verdict(Status.OK, Basis.CONFIG, "user-service.shop exists; not probed"),
        "routing": Verdict(Status.OK, Basis.CONFIG, "3 usable endpoints behind 80/TCP; not probed"),
        "application": Verdict(Status.OK, Basis.CONFIG, "3 of 3 pods ready; not probed"),
    },
    root_cause=None,
)
UNSEEN = Diagnosis(
    id=ID,
    question=Question(service="user-service", namespace="shop", name="user-service"),
    asked_at=NOW,
    took_ms=90,
    api_requests=4,
    vantage=NOBODY,
    outcome=Status.UNKNOWN,
    verdicts={
        "dns": Verdict(Status.OK, Basis.CONFIG, "user-service.shop exists; not probed"),
        "routing": Verdict(Status.UNKNOWN, Basis.NONE, "networkpolicies in shop could not be read (forbidden)"),
        "application": Verdict(Status.OK, Basis.CONFIG, "3 of 3 pods ready; not probed"),
    },
    root_cause=None,
    gaps=GAPS,
)
DIGEST = Digest(
    scope={"cluster": "prod-eu", "namespaces": ["shop", "pay"]},
    at=NOW,
    took_ms=310,
    api_requests=12,
    totals=Totals(services=3, ok=1, warn=1, fail=1, unknown=0),
    new=(TYPO,),
    fixed=(EMPTY,),
    ongoing=(CRASH,),
    muted=1,
    gaps=GAPS,
    services=(
        DigestLine("pay", "ledger", Status.WARN, DigestCause("APP-001", CRASH.message)),
        DigestLine("shop", "search", Status.OK, None),
        DigestLine("shop", "user-service", Status.FAIL, DigestCause("RTE-001", TYPO.message)),
    ),
)
TABLE = Table(
    scope=DIGEST.scope,
    at=DIGEST.at,
    took_ms=DIGEST.took_ms,
    api_requests=DIGEST.api_requests,
    totals=DIGEST.totals,
    gaps=DIGEST.gaps,
    services=DIGEST.services,
)
