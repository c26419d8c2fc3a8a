"""CoreDNS does not start with its Corefile

## Meaning
CoreDNS reads its configuration, the Corefile, from a ConfigMap. It ends at once if a word in it is unknown or wrong, and
it ends itself if it finds that the queries it forwards come back to it (a forwarding loop).

## Impact
If all DNS pods crash like this, every lookup in the cluster fails. If others still run, they do so with the Corefile
before it: nothing is broken yet, and everything will be at their next restart.

## How it is detected
A DNS pod is not ready and has crashed, and its last words, in its log or its termination message, say so: an error while
parsing, with its line, or the loop plugin's "Loop … detected". A DNS pod that runs and logs that a changed Corefile was
refused is told as context, and so is a Corefile that its own words show to be refused: a plugin or option that this version
of CoreDNS has no more, a plugin or zone twice, a missing brace. Where all DNS pods crash and no last words of theirs were
read, such a Corefile is the likely reason.

## When it stays silent
Without the log of a crashed DNS pod, unless its Corefile shows it. If that pod is ready again, or its crash is over an hour
old. If a changed Corefile was taken after all. For crashes with other last words.

## Fix
Correct the line in the ConfigMap; the command to edit it is printed. For a loop, forward to the addresses of real
upstream servers, or let the kubelet's `resolvConf` name a file without 127.0.0.53: on nodes with systemd-resolved that
is `/run/systemd/resolve/resolv.conf`. CoreDNS reads the change at its next start.

## Known limits
The loop plugin looks only once, at the start: without its message there may still be a loop. Managed clusters may undo
edits of this ConfigMap (on AKS settings belong to `coredns-custom`, on EKS to the add-on).
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_pods
from bot.checks.facts.pod_state import OUT_OF_MEMORY, last_end
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.configured import Configured, configured_dns
from bot.model.dns.corefile.complaints import Complaint, Mistake, fatal, quoted, refused_reload, way_round
from bot.model.dns.corefile.mistakes import mistake
from bot.model.dns.corefile.syntax import Fault
from bot.model.dns.corefile_places import CorefilePlace
from bot.model.dns.stub_domains import STUB_DOMAINS
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl, show_config
from bot.model.memo import memo
from bot.model.probe import Outcome, Purpose
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.snapshot import Snapshot
from bot.model.text import count, one_line

_ANSWERS = (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA)


class Told(Struct, frozen=True):
    """A DNS pod with what its log says of the Corefile."""

    pod: Pod
    complaint: Complaint


@check(
    "DNS-004",
    "corefile-broken",
    hop=Hop.DNS_SERVER,
    needs=("dns",),
    uses=("corefile", "logs", "nodes"),
    causes=(Effect.DNS_SERVERS_DOWN, Effect.CONTAINER_CRASHES),
    of_cluster=True,
)
def corefile_broken(case: Case) -> Iterator[Detection]:
    service = case.dns.service
    if service is None:
        return
    crashing = [pod for pod in case.dns.pods if _crashes(case, pod)]
    crashed = [Told(pod, said) for pod in crashing if (said := fatal(_log(case, pod)))]
    latent = [Told(pod, said) for pod in case.dns.pods if pod.is_ready and (said := refused_reload(_log(case, pod)))]
    if crashed:
        yield _found(case, service, crashed, crashing, _severity(case))
    elif latent:
        yield _found(case, service, latent, [], Severity.INFO)
    elif wrong := _wrong_in_itself(case):
        yield wrong


@memo
def _mistake(snapshot: Snapshot) -> Fault | None:
    """Return what the present Corefile's next start would end with, by the version of the pods' image; found once."""
    known = configured_dns(snapshot)
    if known is not None and known.key == STUB_DOMAINS:  # kube-dns has no Corefile
        return None
    pods = cluster_dns(snapshot).pods
    images = {each.image for pod in pods for each in pod.serving_containers if "coredns" in each.image}
    return mistake(known.corefile, images.pop() if len(images) == 1 else "") if known else None


def _wrong_in_itself(case: Case) -> Detection | None:
    """Return the finding of a Corefile that ends the next start of a DNS pod, whatever was read of logs; else None."""
    known, found = configured_dns(case.snapshot), _mistake(case.snapshot)
    down = [pod for pod in case.dns.pods if _crashes(case, pod)]
    if known is None or found is None or not (case.dns.usable or _may_end_by_it(case, down)):
        return None
    config = known.config.ref
    place = f"line {found.line} of its Corefile: " if found.line else ""
    crashing = f"; {len(down)} of {count(len(case.dns.pods), 'DNS pod')} {'crashes' if len(down) == 1 else 'crash'}"
    starts = "will not start" if case.dns.usable else "does not start"
    others = "; the pods that serve were started with an older one" if case.dns.usable else ""
    return Detection(
        about=config,
        message=f"CoreDNS {starts} with the present Corefile, because of {place}{one_line(found.what, limit=160)}"
        f"{crashing if down else ''}{others}.",
        severity=_severity(case),
        confidence=Confidence.LIKELY,
        evidence=_quoted_line(known, found.line),
        check=(
            show_config(config, known.key),
            at_pods(config.namespace, case.dns.service.selector if case.dns.service else ""),
        ),
        fix=_fixes(config),
        pods=frozenset(pod.name for pod in down),
        key=("in itself", found.what),
        since=min((each.ready_since for each in down if each.ready_since), default=None),
        written=Written(config, ("data",)),
    )


def _may_end_by_it(case: Case, down: list[Pod]) -> bool:
    """Return whether every DNS pod crashes and leaves no word that says why: then the Corefile's mistake is all there is."""
    live = [each for each in case.dns.pods if not each.is_terminating]
    ends = [end for pod in down for each in pod.container_statuses if (end := last_end(each))]
    is_killed = any(each.reason == OUT_OF_MEMORY for each in ends)
    return bool(live) and len(down) == len(live) and not is_killed and not any(_log(case, each) for each in down)


def _quoted_line(known: Configured, line: int) -> tuple[Evidence, ...]:
    lines = known.text.splitlines()
    if not 0 < line <= len(lines):
        return ()
    return (Evidence(known.config.ref, f"data.{known.key}", one_line(lines[line - 1], limit=160), f"line {line}"),)


def _found(case: Case, service: Service, told: list[Told], crashing: list[Pod], severity: Severity) -> Detection:
    """`crashing`: all DNS pods that do; not every one's log was read, and they share one Corefile."""
    config = case.dns.config
    return Detection(
        about=config.ref if config else service.ref,
        message=_crash(case, told[0].complaint, crashing) if crashing else _waiting(told[0].complaint),
        severity=severity,
        confidence=Confidence.CERTAIN,
        evidence=tuple(_evidence(case, told)),
        check=tuple(_commands(service, case.dns.place, told[0].pod)),
        fix=_fixes(config.ref if config else None),
        pods=frozenset(pod.name for pod in crashing or [each.pod for each in told]),
        key=(told[0].complaint.kind, told[0].complaint.words),
        since=min((pod.ready_since for pod in crashing if pod.ready_since), default=None),
        written=Written(config.ref, ("data",), begins=False) if config else None,
    )


def _crashes(case: Case, pod: Pod) -> bool:
    """It is down after a crash of the last hour; a pod that came back is history, one on a lost node tells nothing."""
    if pod.is_ready or pod.is_terminating or case.snapshot.is_lost(pod.spec.node_name):
        return False
    ends = [
        end for each in pod.container_statuses for end in (each.state.terminated, each.last_state.terminated) if end
    ]
    waits = any(
        each.state.waiting and each.state.waiting.reason == "CrashLoopBackOff" for each in pod.container_statuses
    )
    return waits or any(each.exit_code != 0 and case.snapshot.is_recent(each.finished_at) for each in ends)


def _log(case: Case, pod: Pod) -> tuple[str, ...]:
    """What there is of its last words: termination messages, then logs, the run before first."""
    own = [each for each in case.snapshot.logs if (each.namespace, each.pod) == (pod.namespace, pod.name)]
    ends = [
        end for each in pod.container_statuses for end in (each.last_state.terminated, each.state.terminated) if end
    ]
    words = [line for end in ends for line in (end.message or "").splitlines()]
    return (*words, *(line for tail in sorted(own, key=lambda each: not each.previous) for line in tail.lines))


def _severity(case: Case) -> Severity:
    """A replica that never starts costs no requests while others take them, or something else answers."""
    answered = any(each.outcome in _ANSWERS for each in case.measured.queries(Purpose.SERVICE))
    place = case.dns.service.namespace if case.dns.service else ""
    if not case.snapshot.has("endpointslices", place):  # then the pods themselves say whether one still serves
        answered = answered or any(each.is_ready for each in case.dns.pods)
    return Severity.INFO if case.dns.usable or answered else Severity.FAIL


def _crash(case: Case, complaint: Complaint, crashing: list[Pod]) -> str:
    pods = f"{len(crashing)} of {count(len(case.dns.pods), 'DNS pod')} {'crashes' if len(crashing) == 1 else 'crash'}"
    others = "; the others still serve, until their next restart" if case.dns.usable else ""
    if complaint.kind is not Mistake.LOOP:
        return f"CoreDNS does not start, because of {complaint.words}; {pods}{others}."
    way = way_round(_corefile(case))
    return f"CoreDNS ends itself, because {complaint.words}{f': {way}' if way else ''}; {pods}{others}."


def _waiting(complaint: Complaint) -> str:
    if complaint.kind is Mistake.LOOP:
        return f"CoreDNS serves with an older Corefile and will end itself with the present one: {complaint.words}."
    return (
        f"CoreDNS serves with an older Corefile and will not start with the present one, because of {complaint.words}."
    )


def _evidence(case: Case, told: list[Told]) -> Iterator[Evidence]:
    for each in told[:3]:
        note = "it goes on with the Corefile before" if each.pod.is_ready else "its last words"
        yield Evidence(each.pod.ref, "log", one_line(each.complaint.line, limit=300), note)
    text, place = quoted(_corefile(case), told[0].complaint)
    if text and (known := case.dns.place):
        yield Evidence(known.config.ref, f"data.{known.key}", text, place)


def _corefile(case: Case) -> str:
    return case.dns.place.text if case.dns.place else ""


def _commands(service: Service, place: CorefilePlace | None, pod: Pod) -> Iterator[str]:
    again = any(each.last_state.terminated for each in pod.container_statuses)
    yield kubectl("logs", pod.name, *(("--previous",) if again else ()), "--tail=20", namespace=pod.namespace)
    if place:
        yield show_config(place.config.ref, place.key)
    yield at_pods(service.namespace, service.selector)


def _fixes(config: Ref | None) -> tuple[Fix, ...]:
    """The Corefile that was read is scrubbed, so no patch is made of it: a person edits the real one."""
    if config is None:
        return ()
    risk = "all DNS of the cluster depends on it; an operator of the cluster may undo the edit"
    return (Fix(about=config, command=kubectl("edit", "cm", config.name, namespace=config.namespace), risk=risk),)
