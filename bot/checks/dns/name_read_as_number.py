"""The Service's name is a number, and programs take it for an address

## Meaning
Since Kubernetes 1.36 a Service may be called like a number: `443`, `1-2-3-4`, `0x7f000001`. The C library, and most of what is
built upon it, reads a host of one to four numbers as an IPv4 address before it asks any DNS: 443 is 0.0.1.187.

## Impact
A program that uses the short name connects to a wrong address, or nowhere. No DNS query is ever made. Go refuses the plain
number as well; c-ares, nginx and others that ask DNS for it find it.

## How it is detected
The name that was asked is one that the C library reads as an address (inet_aton: one to four decimal, octal or hexadecimal
numbers).

## When it stays silent
If it was asked with its namespace (`443.prod`): that is no number, unless the namespace is one, too.

## Fix
Call it by NAME.NAMESPACE, or give the Service a name that begins with a letter.

## Known limits
Which name the application really uses is known only where its environment holds it.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_services
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dns.search.numbers import inet_aton
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity


def _is_read_as_number(case: Case) -> bool:
    return bool(case.question.service and inet_aton(case.question.name))


@check(
    "DNS-037",
    "name-read-as-number",
    hop=Hop.RECORD,
    needs=("services",),
    fits=(Symptom.NXDOMAIN, Symptom.TIMEOUT),
    when=_is_read_as_number,
)
def name_read_as_number(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    name, short = case.question.name.lower(), f"{service.name}.{service.namespace}"
    address, right = inet_aton(name), case.fqdn if inet_aton(short) else short
    yield Detection(
        about=service.ref,
        message=f"{name} is a number to the C library, curl and Node: they take it for {address} and ask no DNS; "
        f"call {right}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(Evidence(service.ref, "metadata.name", service.name, f"{name} is read as {address} (inet_aton)"),),
        check=(at_services(service.namespace),),
        key=(service.name,),
    )
