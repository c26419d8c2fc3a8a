"""The caller may still use an address that it looked up before the Service was made anew

## Meaning
Some programs look a name up once and keep the address: nginx with a plain `proxy_pass http://name` and HAProxy without
`resolvers` until they are started again, a JVM with `networkaddress.cache.ttl=-1` for ever. The Service got its address
after this program started.

## Impact
Only clients that run for long fail, with timeouts or "connection refused"; a command in the same pod works, since it looks
the name up anew.

## How it is detected
The calling container is nginx or HAProxy, by its image or because `--resolver` says so, and it started before the Service
was created, or before its address or external name was changed (managedFields).

## When it stays silent
Without a known caller. If the container started after the Service. For other programs: they look names up again. Where the
asker saw no failure of connections this is context and no verdict.

## Fix
Start the client again. For nginx: `resolver` with the cluster's DNS and a variable in `proxy_pass`; for HAProxy: a
`resolvers` section.

## Known limits
Whether its configuration resolves names at run time is not read. A Service that was made after the program for the first
time is not told from one that was made anew.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.caches import address_since
from bot.model.dns.search.guess import chosen_resolver
from bot.model.dns.search.table import WORDS
from bot.model.kubectl import kubectl, resource
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Layer, Severity

# They look a name up when they start, unless their configuration says otherwise.
_ONCE = ("nginx", "haproxy")
_FITS = (Symptom.TIMEOUT, Symptom.REFUSED, Symptom.RESET, Symptom.SERVER_ERROR)
_TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet")


def _keeps_addresses(case: Case) -> bool:
    return case.caller.pod is not None and chosen_resolver(case.question, case.caller).resolver in _ONCE


@check(
    "DNS-030",
    "application-dns-cache",
    hop=Hop.CALLER,
    layer=Layer.APPLICATION,
    needs=("services", "source"),
    fits=_FITS,
    when=_keeps_addresses,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def application_dns_cache(case: Case) -> Iterator[Detection]:
    service, pod = case.service, case.caller.pod
    since, began = address_since(service) if service else None, _began(case)
    if service is None or pod is None or service.is_headless or since is None or began is None or began >= since:
        return
    chosen = chosen_resolver(case.question, case.caller)
    about = pod.workload or pod.ref
    program = WORDS[chosen.resolver].title
    guess = f" (a guess, by {chosen.because})" if chosen.because else ""
    complained = case.question.symptom in _FITS
    yield Detection(
        about=about,
        message=f"{pod.name} runs since {began:%Y-%m-%d %H:%M:%S} UTC, and {service.ref} has its address since "
        f"{since:%Y-%m-%d %H:%M:%S} UTC: {program}{guess} may still call the one before.",
        severity=Severity.WARN if complained else Severity.INFO,
        confidence=Confidence.LIKELY if complained else Confidence.POSSIBLE,
        evidence=(
            Evidence(pod.ref, "startedAt", f"{began:%Y-%m-%d %H:%M:%S} UTC", program),
            Evidence(service.ref, "address since", f"{since:%Y-%m-%d %H:%M:%S} UTC"),
        ),
        check=(kubectl("get", "svc", service.name, "-o", "wide", namespace=service.namespace),),
        fix=_again(case),
        pods=frozenset({pod.name}),
    )


def _began(case: Case) -> datetime | None:
    """Return when the last of the caller's containers started; one that was restarted has looked names up anew."""
    pod = case.caller.pod
    states = (each.state.running for each in (pod.status.container_statuses or ())) if pod else ()
    return max((each.started_at for each in states if each and each.started_at), default=None)


def _again(case: Case) -> tuple[Fix, ...]:
    about = case.caller.ref
    if about is None or about.kind not in _TEMPLATED:
        return ()
    words = ("rollout", "restart", f"{resource(about)}/{about.name}")
    return (Fix(about=about, command=kubectl(*words, namespace=about.namespace), risk=f"makes new pods of {about}"),)
