"""Every backend answers with a server error

## Meaning
The way to the application is fine: it is reached and it replies. But its reply is HTTP 5xx, from every pod. Usually
something that it needs itself is broken: a database, a secret, another Service, or the release.

## Impact
Every request fails with 500, 502, 503 or the like.

## How it is detected
Every backend was called directly, on the path that the pod declares for readiness, else on the path asked for, else on
`/`; all of them fail and at least one answers 5xx. For pods that are not ready also the kubelet's own recent words
count: "Readiness probe failed: HTTP probe failed with statuscode: 503" (likely).

## When it stays silent
If one backend answers below 500 (APP-013). For 404, 401 and other 4xx. If the readiness path answers well and only other
paths fail: that is ready-but-broken (APP-012). Without measurements while the pods are ready.

## Fix
Read the application's log. If the failing pods came with a recent rollout, going back is printed.

## Known limits
What the application depends on is not followed: ask k8snet about that Service next. Behind a mesh sidecar a 503 may come
from the sidecar; if the body looks like one of Envoy's, this is said and the finding is only "likely".
"""

from collections.abc import Iterator, Sequence

from bot.checks.application._readiness_probes import look, misasked
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.backends import Failing, about_of, all_failing, all_of, pods_of, words_of
from bot.checks.facts.peers import waits_for_itself
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble
from bot.checks.facts.probe_failures import Failing as Kind
from bot.checks.facts.probe_failures import Failure, last_failure
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence
from bot.model.text import listing

_SERVER_ERROR = 500
# Envoy's own bodies: https://www.envoyproxy.io/docs/envoy/latest/faq/debugging/why_is_envoy_sending_http_response
_ENVOY = ("upstream connect error", "no healthy upstream", "upstream request timeout", "no_route")


@check(
    "APP-014",
    "all-backends-fail",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods", "nodes", "workloads", "events"),
    shows=Effect.ALL_BACKENDS_FAIL,
    fits=(Symptom.SERVER_ERROR,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def all_backends_fail(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    told: set[str] = set()
    for port in case.ports:
        bad = all_failing(case, port)
        answers = any(each.seen.outcome is Outcome.SERVER_ERROR for each in bad)
        if answers and not all(each.backend.says_ready for each in bad):
            told |= {pod.name for pod in pods_of(each.backend for each in bad)}
            yield _measured(case, service, port, bad)
    for group in pod_groups.groups(case, Trouble.UNREADY):
        if not group.names & told:
            yield from _by_kubelet(case, group)


def _measured(case: Case, service: Service, port: ServicePort, bad: Sequence[Failing]) -> Detection:
    pods = pods_of(each.backend for each in bad)
    about = about_of(service, (each.backend for each in bad))
    words = sorted({words_of(each.seen, many=len(bad) > 1) for each in bad})
    proxied = any(str(each.seen.detail.get("body", "")).lower().startswith(_ENVOY) for each in bad)
    by = " (the words are those of an Envoy sidecar, not of the application)" if proxied else ""
    return Detection(
        about=about,
        message=f"{all_of(case, port, len(bad))} of Service {service.namespace}/{service.name} {' or '.join(words)}{by}.",
        confidence=Confidence.LIKELY if proxied else Confidence.CERTAIN,
        evidence=tuple(_evidence(service, bad)),
        check=_logs(service, pods),
        fix=way_back(case, about, pods),
        affected=Affected(len(bad), len(bad)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port),),
    )


def _evidence(service: Service, bad: Sequence[Failing]) -> Iterator[Evidence]:
    for each in bad[:5]:
        backend, body = each.backend, str(each.seen.detail.get("body", ""))
        value = f"{backend.place} {words_of(each.seen)}"
        yield Evidence(
            backend.pod.ref if backend.pod else service.ref, "http", value, f"it says: {body}" if body else ""
        )


def _logs(service: Service, pods: Sequence[Pod]) -> tuple[str, ...]:
    if not service.selector.pairs:
        return ()
    selector = str(service.selector)
    some = kubectl("logs", "-l", selector, "--all-containers", "--tail=50", "--prefix", namespace=service.namespace)
    first = tuple(kubectl("describe", "pod", pod.name, namespace=pod.namespace) for pod in pods[:1])
    return (some, *first)


def _by_kubelet(case: Case, group: TroubledGroup) -> Iterator[Detection]:
    """The kubelet's own request got a 5xx, and ours, if there was one, nothing better."""
    if any(misasked(case, each) for each in group.members):
        return
    for each in group.members:
        failure = last_failure(case, each.pod, each.container) if each.container else None
        if (
            failure
            and failure.kind is Kind.STATUS
            and failure.status >= _SERVER_ERROR
            and not look(case, each).answered
        ):
            yield _unready(case, group, each.pod, failure)
            return


def _unready(case: Case, group: TroubledGroup, pod: Pod, failure: Failure) -> Detection:
    publish = waits_for_itself(case)
    peers = (
        f" Where it waits for its peers, as the caller {case.caller.pod.name} does, it stays so: names of pods that are not "
        f"ready do not resolve, for Service {case.question.service} lacks publishNotReadyAddresses."
        if publish and case.caller.pod
        else ""
    )
    return Detection(
        about=group.about,
        message=f"Container {group.container} of {group.whose} answers HTTP {failure.status} to its readiness probe: "
        f"it runs, and says itself that it cannot serve.{peers}",
        severity=pod_groups.severity(case, group),
        confidence=Confidence.LIKELY,
        evidence=(Evidence(pod.ref, "events[Unhealthy]", failure.text, f"not ready: {listing(sorted(group.names))}"),),
        check=(
            kubectl("logs", pod.name, "-c", group.container, "--tail=50", namespace=pod.namespace),
            kubectl("describe", "pod", pod.name, namespace=pod.namespace),
        ),
        fix=publish or way_back(case, group.about, group.pods),
        affected=pod_groups.affected(case, group),
        pods=group.names,
        key=(group.container, "readiness"),
        since=group.since,
    )
