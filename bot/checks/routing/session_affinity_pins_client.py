"""Session affinity keeps clients at a backend that fails

## Meaning
With `sessionAffinity: ClientIP` kube-proxy sends every connection of one client address to the same endpoint, until the client
has been silent for a while (three hours, if nobody said otherwise). Some endpoints of this Service fail, so the clients that
were sent there fail every time, and all others never.

## Impact
It looks as if some callers were special. A retry does not help them.

## How it is detected
Affinity is on, and of the endpoints that were measured some fail and some answer. The share of the clients is that of the
endpoints that fail.

## When it stays silent
Where all endpoints answer, or all fail. Without a measurement. For headless Services, which have no affinity. It is context
only: that an endpoint fails is the fault, and told by itself (APP-013).

## Fix
Mend the endpoint, or its readiness probe, so that it is taken out. Without affinity (`sessionAffinity: None`) the failures are
spread over all clients.

## Known limits
Which client is kept where is known on its node only. Behind an ingress or a NAT many clients are one address.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.backends import failures, probed
from bot.checks.facts.commands import get_field
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Affected, Detection, Evidence, Severity

_MINUTE = 60


def has_affinity(case: Case) -> bool:
    """Return whether the Service keeps clients at one endpoint."""
    return case.service is not None and case.service.affinity_seconds > 0


@check(
    "RTE-024",
    "session-affinity-pins-client",
    hop=Hop.PROXY,
    needs=("services", "endpointslices"),
    fits=(Symptom.INTERMITTENT,),
    when=has_affinity,
    by_probes=True,
)
def session_affinity_pins_client(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        tried = probed(case, port)
        bad = len(failures(tried))
        if not 0 < bad < len(tried):
            continue
        seconds = service.affinity_seconds
        lasts = f"{seconds // _MINUTE} minutes" if seconds >= _MINUTE else f"{seconds} seconds"
        yield Detection(
            about=service.ref,
            message=f"Service {service.namespace}/{service.name} keeps each client address at one endpoint (sessionAffinity: "
            f"ClientIP): about {bad} of {len(tried)} clients fail every time, until they have been silent for {lasts}; the "
            f"others never do.",
            severity=Severity.INFO,
            evidence=(Evidence(service.ref, "spec.sessionAffinity", "ClientIP", f"for {lasts} after the last call"),),
            check=(get_field(service.ref, "sessionAffinity"),),
            affected=Affected(bad, len(tried)),
            key=(str(port),),
        )
        return
