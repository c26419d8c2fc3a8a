"""The words that all reports share: layers, statuses, the question, the vantage. One thing is called one name."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model.call.complaint import told_beside
from bot.model.probe import Vantage, VantageKind
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.diagnosis import Diagnosis, Offer, OpenGap, Verdict
from bot.model.result.finding import Affected, AffectedLine, Finding, Layer
from bot.model.result.status import Basis, Status
from bot.model.text import count, one_line, shorten

LAYER_WORDS = {Layer.DNS: "DNS", Layer.ROUTING: "Routing", Layer.APPLICATION: "Application"}
NOT_TESTED = "not tested"
_MOST_CODES = 8  # of the checks that something unread leaves open; -o json has all of them
_NEW = timedelta(hours=1)  # objects younger than that are as good as now
_NO_YEAR = 1970  # a dump without any time has the start of the Unix epoch
_LONGEST_VALUE = 160  # characters of an evidence value; its two ends say more than its middle


def verdict_word(verdict: Verdict) -> str:
    """The first word of a verdict: ok, warn, fail, unknown; `not tested` behind a layer that fails."""
    if verdict.consequence_of and verdict.status is Status.UNKNOWN:
        return NOT_TESTED
    return str(verdict.status)


def verdict_words(verdict: Verdict, root: str = "") -> str:
    """The sentence of a verdict. Where it only repeats the root cause, that is said in fewer words."""
    if root and verdict.summary == root:
        return "the root cause, above"
    words = verdict.summary.removeprefix(f"{NOT_TESTED}:").strip()
    if verdict.consequence_of and verdict_word(verdict) != NOT_TESTED:
        return f"{words} (follows from {LAYER_WORDS[verdict.consequence_of]})"
    if verdict.status is Status.OK and verdict.basis is Basis.CONFIG and "not probed" not in words:
        return f"{words} (not probed)"
    return words


def service_words(question: Question) -> str:
    """`user-service in shop`."""
    name = question.service or question.name or question.address
    return f"{name} in {question.namespace}" if question.namespace else name


def question_words(question: Question) -> str:
    """The question as it was understood, e.g. `user-service in shop, port 80/TCP, called from shop/checkout`."""
    words = [service_words(question)]
    if question.port is not None:
        words.append(f"port {question.port}/{question.protocol}")
    if question.source:
        words.append(f"called from {source_words(question.source)}")
    if question.symptom:
        words.append(f"symptom {question.symptom}")
    if question.cluster:
        words.append(f"cluster {question.cluster}")
    return ", ".join(words)


def source_words(source: Source) -> str:
    if source.pod and source.workload:
        return f"{source.namespace}/{source.pod} ({source.workload})"
    if source.pod or source.workload:
        return str(source)
    return f"namespace {source.namespace}"


def container_words(source: Source, offer: Offer) -> str:
    """Return what somebody agrees to who has a container added to a caller's pod: at most 300 characters, as Slack asks."""
    whose = f"pod {source.namespace}/{source.pod}" if source.pod else f"a pod of {source_words(source)}"
    return (
        f"Adds an ephemeral container ({shorten(offer.image, 40)}) to {shorten(whose, 66)}. It measures the network from there "
        f"for at most {offer.seconds:.0f} s, and ends. It restarts nothing, and stays in the pod's spec until the pod ends: "
        "it cannot be removed."
    )


def held_fields(age: float | None) -> dict[str, float]:
    """Return how old what watches held was at most, in seconds; nothing where everything was read."""
    return {} if age is None else {"watch_age_seconds": round(age, 1)}


def vantage_fields(seen: Vantage) -> dict[str, str]:
    """Return a vantage as it stands in JSON."""
    return {"kind": str(seen.kind), "namespace": seen.namespace, "pod": seen.pod, "node": seen.node}


def vantage_words(seen: Vantage) -> str:
    """Return in words from where was measured."""
    if seen.kind is VantageKind.NONE:
        return "not probed"
    place = f"{seen.namespace}/{seen.pod}" if seen.pod else "this machine"
    node = f" on {seen.node}" if seen.node else ""
    return f"probed from {'the caller ' if seen.kind is VantageKind.CALLER else ''}{place}{node}"


def footer_words(diagnosis: Diagnosis) -> str:
    """Vantage, requests, time and id."""
    words = [vantage_words(diagnosis.vantage)]
    if diagnosis.observations:
        words.append(count(len(diagnosis.observations), "probe"))
    if diagnosis.api_requests:
        words.append(count(diagnosis.api_requests, "API request"))
    words += filter(None, [watch_words(diagnosis.watch_age)])
    if old := saved_words(diagnosis.told_at, diagnosis.asked_at):
        words.append(old)
    return " · ".join([*words, f"{diagnosis.took_ms} ms", *filter(None, [diagnosis.id])])


def watch_words(age: float | None) -> str:
    """How old, at most, what a worker's watches held was; empty where everything was read."""
    return "" if age is None else f"from watches, at most {max(1, math.ceil(age))} s old"


def finding_words(finding: Finding) -> str:
    """`RTE-001 selector-matches-no-pod`."""
    return f"{finding.code} {finding.name}"


def affected_words(affected: Affected | AffectedLine) -> str:
    return f"{affected.endpoints} of {count(affected.of, 'endpoint')} affected"


def gap_words(gap: OpenGap) -> str:
    """What was not looked at, why, and which checks that leaves open."""
    left = len(gap.codes) - _MOST_CODES
    listed = ", ".join(gap.codes[:_MOST_CODES]) + (f" and {left} more" if left > 0 else "")
    codes = f" (leaves open {listed})" if listed else ""
    return f"{gap.what}: {gap.why}{codes}"


def lookup_words(commands: Iterable[str]) -> str:
    """Return in a line what the tools that look a name up mean by their exit codes; empty where none is printed.

    Measured with BusyBox 1.35, BIND 9.18 and glibc 2.36 (docs/resolvers.md); Alpine's getent: aports, main/musl/getent.c.
    """
    if not any(" -- nslookup " in each for each in commands):
        return ""
    return (
        "nslookup asks DNS for that one name: exit code 1 beside an address means that its AAAA failed, 0 without one that the "
        "name exists and has no address. getent asks as the C library does, with search list and /etc/hosts: exit code 2 is "
        "no address for whatever reason, NXDOMAIN and silence alike."
    )


def value_words(value: Any) -> str:
    """A value of an evidence on one line: text as it is, the rest as JSON."""
    if not isinstance(value, str):
        import json  # noqa: PLC0415 (a healthy answer has no evidence)

        value = json.dumps(value, ensure_ascii=False, default=str)
    return one_line(value, limit=_LONGEST_VALUE)


def ref_words(ref: Ref) -> str:
    return str(ref)


def saved_words(told: datetime, asked: datetime) -> str:
    """Of when saved objects are, whose ages are told as of their own time; empty where it makes no difference."""
    if asked - told < _NEW or told.year == _NO_YEAR:
        return ""
    return f"saved objects of {told.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now`, in words, with the time itself."""
    minutes = int((now - moment).total_seconds() // 60)
    shown = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{shown}, {count(minutes // size, unit)} ago"
    return shown


def headline(diagnosis: Diagnosis) -> str:
    """The first line, without its status word: the cause; else what is not known; else that all is well."""
    if diagnosis.root_cause:
        return diagnosis.root_cause.message
    name = service_words(diagnosis.question)
    if diagnosis.outcome is Status.OK:
        return f"{name}: {healthy_words(diagnosis)}"
    unknown = [
        f"{LAYER_WORDS[Layer(layer)]}: {verdict.summary}"
        for layer, verdict in diagnosis.verdicts.items()
        if verdict.status is diagnosis.outcome
    ]
    return f"{name}: no fault found in what could be looked at. {'; '.join(unknown)}"


def healthy_words(diagnosis: Diagnosis) -> str:
    """All three verdicts of a healthy Service on one line. That nothing was probed at all is said once."""
    unprobed = all(each.basis is Basis.CONFIG for each in diagnosis.verdicts.values())
    told = [
        f"{LAYER_WORDS[Layer(layer)]} {verdict.status} ({_bracketed(verdict_words(verdict), unprobed=unprobed)})"
        for layer, verdict in diagnosis.verdicts.items()
    ]
    return ", ".join([*told, *(["by configuration alone"] if unprobed else [])])


def _bracketed(words: str, *, unprobed: bool) -> str:
    flat = words.replace(" (not probed)", "; not probed")
    return flat.replace("; not probed", "") if unprobed else flat


def unseen_words(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return what no object shows of the complaint, hop by hop, each once."""
    return tuple(dict.fromkeys(filter(None, (told_beside(each.because) for each in diagnosis.hops))))


_PLACE = "come and go, or need the caller's place"


def symptom_words(diagnosis: Diagnosis) -> str:
    """What a healthy answer says of the complaint; it never explains the complaint away (failure-modes A.4)."""
    symptom = diagnosis.question.symptom
    if symptom is None or diagnosis.root_cause:
        return ""
    noticed = bool(diagnosis.also_noticed)
    if diagnosis.vantage.kind is VantageKind.NONE:
        rest = "Look at what was noticed first; what else" if noticed else "What"
        objects = "; ".join((f"{rest} the cluster's objects say is in order", *unseen_words(diagnosis)))
        return f"You said {symptom}: nothing was probed, so it may well be so. {objects}."
    why = "come and go, need the caller's place, or follow from what was noticed" if noticed else _PLACE
    return f"You said {symptom}: it did not happen in the probes just now. It may {why}."
