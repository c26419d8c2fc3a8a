"""The backends accept connections and never answer

## Meaning
The application's port is open: the kernel accepts connections for it. But the process behind it does not read or does
not reply. Typical reasons: all worker threads or database connections are taken, a deadlock, a long garbage collection,
a debugger.

## Impact
Every request waits until the client's own time-out. Pods stay Ready if their readiness probe only connects.

## How it is detected
For every backend a connection was made, and a GET got no byte within two seconds in most of its tries. The path asked is
the one that the pod itself declares for readiness, else the path of the question, else `/`.

## When it stays silent
If one backend answers (then some-backends-failing, APP-013, tells of the others). If nothing was measured, or connecting
itself fails. If only `/` is silent while the declared path answers, which long polls and streams do on purpose.

## Fix
Look at the log and take a thread dump while it hangs. The printed command deletes one pod: if its successor answers,
the state of the process is the fault, not its surroundings; then restart the rest.

## Known limits
A proxy sidecar accepts connections for a dead application. Where no path is declared or asked for, `/` may be silent by
design, and some protocols wait for other words than HTTP; the finding is then "likely", not "certain".
"""

from collections.abc import Iterator, Sequence

from bot.checks.engine.check import check
from bot.checks.facts.backends import Failing, about_of, all_failing, all_of, pods_of
from bot.checks.facts.commands import at_endpoints
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Purpose
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix
from bot.model.text import listing


@check(
    "APP-011",
    "backends-hang",
    hop=Hop.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods", "nodes"),
    causes=(Effect.POD_NOT_READY,),
    fits=(Symptom.SLOW,),
    by_probes=True,
)
def backends_hang(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        bad = all_failing(case, port)
        if bad and all(each.backend.hangs_on(each.seen) for each in bad):
            yield _found(case, service, port, bad)


def _found(case: Case, service: Service, port: ServicePort, bad: Sequence[Failing]) -> Detection:
    pods = pods_of(each.backend for each in bad)
    paths = {each.seen.get.path for each in bad}
    declared = all(each.seen.get.purpose is Purpose.ENDPOINT for each in bad)
    does = "accept connections and send" if len(bad) > 1 else "accepts connections and sends"
    return Detection(
        about=about_of(service, (each.backend for each in bad)),
        message=f"{all_of(case, port, len(bad))} of Service {service.namespace}/{service.name} {does} no byte in answer "
        f"to a GET of {listing(sorted(paths))} ({listing([each.backend.label for each in bad], most=3)}).",
        confidence=Confidence.CERTAIN if declared else Confidence.LIKELY,
        evidence=tuple(
            Evidence(
                each.backend.pod.ref if each.backend.pod else service.ref,
                "http",
                f"{each.backend.place}{each.seen.get.path} connected, then silence",
                "the path that it declares for readiness" if each.seen.get.purpose is Purpose.ENDPOINT else "",
            )
            for each in bad[:5]
        ),
        check=(*_logs(pods), at_endpoints(service.ref)),
        fix=_fixes(pods),
        affected=Affected(len(bad), len(bad)),
        pods=frozenset(pod.name for pod in pods),
        key=(str(port),),
    )


def _logs(pods: tuple[Pod, ...]) -> tuple[str, ...]:
    return tuple(
        kubectl("logs", pod.name, "--all-containers", "--tail=50", namespace=pod.namespace) for pod in pods[:1]
    )


def _fixes(pods: tuple[Pod, ...]) -> tuple[Fix, ...]:
    """One pod only: its state is the evidence, and deleting all of them would destroy it."""
    risk = (
        "its workload makes a new pod; the state that explains the hang goes with this one, so take a thread dump first"
    )
    return tuple(
        Fix(about=pod.ref, command=kubectl("delete", "pod", pod.name, namespace=pod.namespace), risk=risk)
        for pod in pods[:1]
        if pod.workload
    )
