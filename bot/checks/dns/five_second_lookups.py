"""Lookups are lost on the way to the DNS pods, and asked again seconds later

## Meaning
Some lookups through the DNS Service get no answer, and the next try of the same does, while each DNS pod answers every time
when it is asked by itself. So datagrams are lost between: two queries that a client sends at once from one port race for one
entry of the node's connection table (A and AAAA, kernels before 5.1), or an entry still leads to a DNS pod that is gone.

## Impact
A resolver waits before it asks again: five seconds for glibc and Go, two and a half for Alpine images, which may also fail
("Try again"). Requests are slow in steps of five seconds.

## How it is detected
By the worker's lookups: at least two tries through the DNS Service were lost, at least one of the same name was answered,
and no DNS pod that was asked by itself lost any.

## When it stays silent
Without measurements. For one lost try. If a DNS pod itself fails (DNS-002), or all lookups fail. Where the asker saw nothing
slow or now and then, this is context and no verdict.

## Fix
NodeLocal DNSCache asks over TCP and tracks no connections. For an entry that leads nowhere: `conntrack -D -p udp --dport 53`
on the node, or restart its kube-proxy. `single-request-reopen` in dnsConfig helps programs on glibc. Which of these it is
only the node tells.

## Known limits
The counters that would prove it (`conntrack -S`, insert_failed) are the node's: the command is printed. The worker's node is
measured, not the caller's.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import count

_FITS = (Symptom.SLOW, Symptom.INTERMITTENT)
_LOST = 2  # tries: one lost datagram is no sign of anything


@check(
    "DNS-029",
    "five-second-lookups",
    hop=Hop.DNS_ACCESS,
    needs=("dns",),
    fits=_FITS,
    by_probes=True,
)
def five_second_lookups(case: Case) -> Iterator[Detection]:
    service = case.dns.service
    through = (*case.measured.queries(Purpose.SERVICE), *case.measured.queries(Purpose.STEP))
    alone = case.measured.queries(Purpose.REPLICA)
    mixed = [each for each in through if _lost(each) and Outcome.ANSWERED in each.outcomes]
    lost, tries = sum(map(_lost, mixed)), sum(len(each.outcomes) for each in mixed)
    if service is None or lost < _LOST or not alone or any(map(_failed, alone)):
        return
    complained = case.question.symptom in _FITS
    node = case.vantage.node or "NODE"
    yield Detection(
        about=service.ref,
        message=f"{lost} of {count(tries, 'lookup')} through {service.ref} were lost and answered when asked again, while "
        f"{count(len(alone), 'lookup')} of DNS pods themselves were all answered: a resolver waits five seconds before it "
        "asks again.",
        severity=Severity.WARN if complained else Severity.INFO,
        confidence=Confidence.LIKELY if complained else Confidence.POSSIBLE,
        evidence=tuple(
            Evidence(service.ref, each.query.name, [str(one) for one in each.outcomes], each.query.type)
            for each in mixed[:3]
        ),
        check=(
            kubectl("debug", f"node/{node}", "-it", "--image=nicolaka/netshoot", "--", "conntrack", "-S"),
            kubectl("get", "pods", "-l", "k8s-app=kube-proxy", "-o", "wide", namespace="kube-system"),
        ),
    )


def _lost(seen: Observation) -> int:
    return sum(each is Outcome.TIMEOUT for each in seen.outcomes)


def _failed(seen: Observation) -> bool:
    return seen.query.transport == "udp" and (_lost(seen) > 0 or seen.outcome is Outcome.TIMEOUT)
