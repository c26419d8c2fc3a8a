"""Diagnoses, tables and digests whose every word may be hostile, made of chance that can be repeated."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec.structs import replace

from bot.model.call.hop import Hop, HopState
from bot.model.probe import HttpGet, Observation, Outcome, TcpConnect, Vantage, VantageKind
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.diagnosis import Diagnosis, OpenGap, RootCause, Verdict
from bot.model.result.digest import Digest, DigestCause, DigestLine, Table, Totals
from bot.model.result.finding import Confidence, Evidence, Finding, FixLine, Layer, Severity
from bot.model.result.status import Basis, Status

NOW = datetime(2026, 11, 23, 4, 53, tzinfo=UTC)
# What has made trouble somewhere: Slack's tokens, markup, entities, emoji, terminals, directions, lengths, nothing at all.
WORDS = (
    *("", " ", "\n", "\x00\x1b[31mred", "\u202eevil", "\u200b", "é" * 300, "👩‍👩‍👧" * 40, "﷽" * 60),
    *("<!channel>", "<@U0ANA>", "<#C0INCIDENTS>", "<!here|x>", "<https://evil.example|https://grafana.corp>", "@here"),
    *(
        "*bold* _it_ ~no~ `code`",
        "```\nfence\n```",
        "&amp;lt;",
        "&<>" * 400,
        ":x: :white_check_mark:",
        "https://evil.example",
    ),
    *(
        "user-service",
        "a" * 5000,
        "word " * 900,
        "\n".join("line" for _ in range(400)),
        "$(reboot) `id`",
        '{"a": "<b>"}',
    ),
    *("\t|\t", "--", "\r\n\r\n", "%s%n{0}", "'; DROP", "-", ".", "!date^1^{date}|x"),
)


class Chance:
    """Chooses words, numbers and parts."""

    def __init__(self, choose: Random, drawn: Sequence[str] = ()) -> None:
        self.choose = choose
        self._words = (*WORDS, *drawn)

    def word(self) -> str:
        """Return a word, or some of them joined."""
        return "".join(self.choose.choices(self._words, k=self.choose.choice((1, 1, 1, 2, 5))))

    def some(self, make: Any, most: int) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.choose.randint(0, most)))

    def ref(self) -> Ref:
        return Ref(self.choose.choice(("Service", "Pod", "NetworkPolicy")), self.word(), self.word())


def diagnosis(chance: Chance) -> Diagnosis:
    """Return a diagnosis of any outcome; where one is broken, its cause is the first finding."""
    choose = chance.choose
    findings = chance.some(lambda: finding(chance), 6)
    findings = tuple(_numbered(each, number) for number, each in enumerate(findings))
    root = findings[0] if findings and choose.random() < 0.8 else None
    cause = (
        RootCause(root.id, root.code, root.name, root.layer, root.confidence, root.about, root.message)
        if root
        else None
    )
    return Diagnosis(
        id=choose.choice(("01JDB2Q4W6Z8R3T5V7X9Y1A2B3", "")),
        question=question(chance),
        asked_at=NOW,
        took_ms=choose.randint(0, 99_999),
        api_requests=choose.randint(0, 40),
        vantage=Vantage(choose.choice(tuple(VantageKind)), chance.word(), chance.word(), chance.word()),
        outcome=choose.choice((Status.FAIL, Status.WARN)) if cause else choose.choice((Status.OK, Status.UNKNOWN)),
        verdicts={str(layer): _verdict(chance) for layer in Layer},
        root_cause=cause,
        findings=findings,
        observations=chance.some(lambda: _observation(chance), 30),
        gaps=chance.some(lambda: OpenGap(chance.word(), chance.word(), ("NPL-001",), chance.word()), 5),
        hops=tuple(_hop(chance, hop) for hop in Hop if choose.random() < 0.9),
    )


def question(chance: Chance) -> Question:
    source = Source(namespace=chance.word(), pod=chance.word(), workload=chance.word())
    return Question(
        service=chance.word(),
        namespace=chance.word(),
        name=chance.word(),
        address=chance.word(),
        cluster=chance.word(),
        source=chance.choose.choice((None, source)),
        assumed=chance.some(chance.word, 4),
    )


def finding(chance: Chance) -> Finding:
    choose = chance.choose
    evidence = chance.some(lambda: Evidence(chance.ref(), chance.word(), _value(chance), chance.word()), 12)
    return Finding(
        id="",
        fingerprint="77aa",
        code="RTE-001",
        name=choose.choice(("selector-matches-no-pod", chance.word())),
        layer=choose.choice(tuple(Layer)),
        severity=choose.choice((Severity.FAIL, Severity.WARN)),
        confidence=choose.choice(tuple(Confidence)),
        about=chance.ref(),
        message=chance.word(),
        evidence=evidence,
        check=chance.some(chance.word, 6),
        fix=chance.some(lambda: FixLine(chance.word(), chance.word(), choose.choice((None, chance.word()))), 3),
        since=choose.choice((None, NOW - timedelta(days=3))),
        changed_by=choose.choice((None, chance.word())),
    )


def table(chance: Chance) -> Table:
    """Return a table of as many Services as come."""
    lines = chance.some(lambda: _line(chance), 60)
    return Table(
        scope={"cluster": chance.word(), "namespaces": list(chance.some(chance.word, 5))},
        at=NOW,
        took_ms=1,
        api_requests=1,
        totals=_totals(chance),
        gaps=chance.some(lambda: OpenGap(chance.word(), chance.word()), 5),
        services=lines,
    )


def digest(chance: Chance) -> Digest:
    """Return a digest with findings old and new."""
    found = table(chance)
    parts = (chance.some(lambda: finding(chance), 14) for _ in range(3))
    new, fixed, ongoing = parts
    return Digest(
        scope=found.scope,
        at=NOW,
        took_ms=1,
        api_requests=1,
        totals=found.totals,
        gaps=found.gaps,
        services=found.services,
        new=new,
        fixed=fixed,
        ongoing=ongoing,
    )


LOOKED_AT = (Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN)


def _line(chance: Chance) -> DigestLine:
    cause = chance.choose.choice((None, DigestCause("RTE-001", chance.word())))
    return DigestLine(chance.word(), chance.word(), chance.choose.choice(LOOKED_AT), cause, chance.word())


def _numbered(found: Finding, number: int) -> Finding:
    return replace(found, id=f"f{number + 1}", caused_by=("f1",) if number % 3 == 2 else ())


def _verdict(chance: Chance) -> Verdict:
    behind = chance.choose.choice((None, None, Layer.ROUTING))
    return Verdict(chance.choose.choice(LOOKED_AT), chance.choose.choice(tuple(Basis)), chance.word(), behind)


def _hop(chance: Chance, hop: Hop) -> HopState:
    return HopState(hop, chance.choose.choice(tuple(Status)), chance.choose.choice(tuple(Basis)), chance.word())


def _value(chance: Chance) -> Any:
    return chance.choose.choice((chance.word(), [chance.word()], {chance.word(): chance.word()}, 7, None, True))


def _observation(chance: Chance) -> Observation:
    probe = chance.choose.choice((TcpConnect(chance.word(), 80), HttpGet(chance.word(), 80, chance.word())))
    return Observation(probe, chance.choose.choice(tuple(Outcome)), 3.2)


def _totals(chance: Chance) -> Totals:
    numbers = [chance.choose.randint(0, 9) for _ in range(4)]
    return Totals(sum(numbers), *numbers)
