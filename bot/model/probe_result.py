"""What `k8snet probe` writes in a caller's pod: JSON lines, and what they say of the probes that were ordered.

Rule: what was not answered counts as not measured. It was written in somebody else's pod, and is believed only as far as its
types say.
"""

from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from bot.model.dns.search.answers import SearchStep
from bot.model.probe import DnsQuery, Observation, Outcome, Probe
from bot.model.probe_order import OWN_NAMESERVER
from bot.model.text import one_line

LONGEST_RESULT = 1 << 20  # bytes; 150 observations are some 50 KB
LONGEST_CONF = 4 << 10  # characters of a resolv.conf that are told


class Began(Struct, frozen=True, tag="began", tag_field="line"):
    """The first line: the pod's own resolv.conf, cut to `LONGEST_CONF`."""

    resolv_conf: str = ""


class Seen(Struct, frozen=True, tag="seen", tag_field="line", omit_defaults=True):
    """What the probe at this place of the order saw, as an Observation; `server` was asked where the order left it open."""

    at: int
    outcome: Outcome
    ms: float = 0.0
    outcomes: tuple[Outcome, ...] = ()
    answers: tuple[str, ...] = ()
    status: int = 0
    detail: dict[str, Any] = field(default_factory=dict)
    server: str = ""


class Stepped(Struct, frozen=True, tag="stepped", tag_field="line"):
    """The next name of the search, and what its nameservers answered."""

    step: SearchStep


class Ended(Struct, frozen=True, tag="ended", tag_field="line"):
    """The last line: without it the result was cut short."""

    lines: int


class Refused(Struct, frozen=True, tag="refused", tag_field="line"):
    """The only line of an order that is not carried out, with the reason."""

    why: str


Line = Began | Seen | Stepped | Ended | Refused
_LINE: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class ProbeResult(Struct, frozen=True):
    """What came back. `why` says in words what is missing of it; empty: nothing. `grant` is the RBAC rule that was missing."""

    observations: tuple[Observation, ...] = ()
    resolv_conf: str = ""
    why: str = ""
    grant: str = ""
    steps: tuple[SearchStep, ...] = ()  # of a search, in the order asked


def line_text(line: Line) -> str:
    """Return one line of the result, with its end."""
    return msgspec.json.encode(line).decode() + "\n"


def line_of(at: int, seen: Observation, ordered: Probe) -> Seen:
    """Return what was seen as the line of the probe that was ordered at this place."""
    asked = seen.probe.server if isinstance(seen.probe, DnsQuery) and _is_open(ordered) else ""
    return Seen(at, seen.outcome, seen.ms, seen.outcomes, seen.answers, seen.status, seen.detail, asked)


def read_result(text: str, probes: tuple[Probe, ...]) -> ProbeResult:
    """Return what a container's log says of `probes`, in their order; lines of others are passed over."""
    lines = [known for each in text.splitlines() if (known := _line(each))]
    began = next((each for each in lines if isinstance(each, Began)), None)
    refused = next((each.why for each in lines if isinstance(each, Refused)), "")
    if refused or began is None:
        return ProbeResult(why=one_line(refused, limit=300) or "it wrote no result")
    seen = {each.at: each for each in lines if isinstance(each, Seen)}
    is_whole = any(isinstance(each, Ended) for each in lines)
    return ProbeResult(
        tuple(_observation(probe, seen.get(at)) for at, probe in enumerate(probes)),
        began.resolv_conf[:LONGEST_CONF],
        "" if is_whole else "its result was cut short",
        steps=tuple(each.step for each in lines if isinstance(each, Stepped)),
    )


def _line(text: str) -> Line | None:
    try:
        return _LINE.decode(text) if text.startswith("{") else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _observation(probe: Probe, seen: Seen | None) -> Observation:
    if seen is None:
        return Observation(probe, Outcome.NOT_RUN)
    asked = replace(probe, server=seen.server) if isinstance(probe, DnsQuery) and _is_open(probe) else probe
    return Observation(asked, seen.outcome, seen.ms, seen.outcomes, seen.answers, seen.status, seen.detail)


def _is_open(probe: Probe) -> bool:
    return isinstance(probe, DnsQuery) and probe.server == OWN_NAMESERVER
