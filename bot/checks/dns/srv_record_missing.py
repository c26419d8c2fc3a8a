"""The Service has no SRV record of this port

## Meaning
`_PORT._PROTOCOL.SERVICE.NAMESPACE.svc.ZONE` exists for each port of a Service that has a name: the name of the port, not its
number, and its protocol in small letters. A port without a name has none, and an ExternalName has none at all.

## Impact
"No such host" for programs that find servers by SRV (MongoDB's `+srv`, gRPC with service configuration, SIP, some brokers),
while the Service's own name resolves.

## How it is detected
An SRV name was asked for, the Service that it names exists, and none of its ports has that name and protocol.

## When it stays silent
For every other kind of name: what a program asks beside the name in question is not known. If the Service could not be read.

## Fix
Name the port as the client asks for it; the patch is printed where the Service has one port of that protocol, without a
name. Or ask for a name that the Service has.

## Known limits
A Corefile may rewrite such names. The records of a headless Service carry the ports of its pods, and only of ready ones.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.lookups import resolved_to
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.about_name import srv_missing
from bot.model.kube.services import Service
from bot.model.pattern import pattern
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence, Fix

_SRV = pattern(r"_(?P<port>[a-z0-9-]+)\._(?P<protocol>tcp|udp|sctp)\.")


def _is_srv(case: Case) -> bool:
    return case.question.name.startswith("_")


@check(
    "DNS-025",
    "srv-record-missing",
    hop=Hop.RECORD,
    needs=("services",),
    fits=(Symptom.NXDOMAIN,),
    when=_is_srv,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def srv_record_missing(case: Case) -> Iterator[Detection]:
    asked, service = _SRV.match(case.question.name.lower()), case.service
    if asked is None or service is None or resolved_to(case, case.question.name):
        return
    port, protocol = asked["port"], asked["protocol"].upper()
    has_it = any(each.name == port and each.protocol == protocol for each in service.ports)
    if has_it and not service.is_external_name:
        return
    ports = [f"{each.name or '(no name)'} {each.port}/{each.protocol}" for each in service.ports]
    said = f"{service.ref} is an alias, of which there are no SRV records." if service.is_external_name else ""
    yield Detection(
        about=service.ref,
        message=said or srv_missing(service, port, protocol),
        evidence=(Evidence(service.ref, "spec.ports", ports or None, f"asked: _{port}._{protocol.lower()}"),),
        check=(get_field(service.ref, "ports"),),
        fix=_named(service, port, protocol),
        key=(port, protocol),
    )


def _named(service: Service, port: str, protocol: str) -> tuple[Fix, ...]:
    """Return the change that names the only port of the protocol; one that has a name keeps it, since others may ask for it."""
    at = [place for place, each in enumerate(service.ports) if each.protocol == protocol]
    if len(at) != 1 or service.is_external_name or service.ports[at[0]].name:
        return ()
    operation = {"op": "add", "path": f"/spec/ports/{at[0]}/name", "value": port}
    return (Fix(about=service.ref, operations=(operation,), risk="none is known"),)
