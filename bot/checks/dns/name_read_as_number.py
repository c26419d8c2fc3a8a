"""The Service's name is a number, and programs take it for an address

## Meaning
Since Kubernetes 1.36 a Service may be called like a number: `443`, `1-2-3-4`, `0x7f000001`. The C library, and most of what is
built upon it, reads a host of one to four numbers as an IPv4 address before it asks any DNS: 443 is 0.0.1.187.

## Impact
A program that uses the short name connects to a wrong address, or nowhere. No DNS query is ever made. Go refuses the plain
number as well; other names resolve.

## How it is detected
The name that was asked is the Service's short one, and the C library reads it as an address (inet_aton: a decimal, octal or
hexadecimal number).

## When it stays silent
If it was asked with its namespace (`443.prod`): that is no number.

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
from bot.model.pattern import pattern
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity

_NUMBER = pattern(r"0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*")
_MOST = 2**32


def _value(text: str) -> int:
    """Return a number as the C library reads it; -1 where it is none."""
    if not _NUMBER.fullmatch(text):
        return -1
    return int(text, 16) if text.startswith("0x") else int(text, 8) if text.startswith("0") else int(text)


def _is_read_as_number(case: Case) -> bool:
    """A Service's name has no dot, so only a single number is one."""
    question = case.question
    return (
        bool(question.service) and question.name == question.service and 0 <= _value(question.service.lower()) < _MOST
    )


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
    value = _value(service.name.lower())
    address = ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
    right = f"{service.name}.{service.namespace}"
    yield Detection(
        about=service.ref,
        message=f"{service.name} alone is a number to the C library, curl and Node: they take it for {address} and ask no DNS; "
        f"call {right}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(Evidence(service.ref, "metadata.name", service.name, f"read as {address} (inet_aton)"),),
        check=(at_services(service.namespace),),
        key=(service.name,),
    )
