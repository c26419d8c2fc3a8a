"""Reports as people read them: golden texts, and the rules that every text keeps whatever is in it."""

import re
import shlex
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.model.probe import Vantage, VantageKind
from bot.model.refs import Ref
from bot.model.result.diagnosis import Diagnosis, OpenGap, RootCause, Verdict
from bot.model.result.digest import DigestLine
from bot.model.result.finding import Evidence, FixLine, Severity
from bot.model.result.status import Status
from bot.model.result.triage import Cause, Triage
from bot.reports.digest_text import MOST_FINDINGS, check_line, digest_text, table
from bot.reports.markdown import digest_markdown, markdown
from bot.reports.text import text
from bot.reports.triage_text import since_words
from bot.reports.words import gap_words
from handlers.messages.digest import unknown_services
from tests.reports.samples import CONFIGURED, DIGEST, GAPS, HEALTHY, TABLE, TROUBLED, TYPO, UNSEEN

Gold = Callable[[str, str], None]
DIAGNOSES = {"troubled": TROUBLED, "healthy": HEALTHY, "configured": CONFIGURED, "unseen": UNSEEN}


@pytest.mark.parametrize("name", DIAGNOSES)
def test_text_is_gold(name: str, same_as_gold: Gold) -> None:
    """The text of each diagnosis is the one a reviewer agreed to."""
    same_as_gold(f"{name}.txt", text(DIAGNOSES[name], width=100))


@pytest.mark.parametrize("name", ["troubled", "healthy"])
def test_markdown_is_gold(name: str, same_as_gold: Gold) -> None:
    """So is the Markdown for a ticket."""
    same_as_gold(f"{name}.md", markdown(DIAGNOSES[name]))


def test_a_left_out_hint_is_told_only_without_a_fix() -> None:
    """Where the fix is known, nobody reads at 3 a.m. what else might have been looked at; -o json has it all the same."""
    hint = OpenGap("daemonsets in shop", "left out, since the requests for one question are used up")
    mended = replace(TROUBLED, gaps=(*GAPS, hint))
    unmended = replace(mended, findings=tuple(replace(each, fix=()) for each in TROUBLED.findings))

    for tell in (text, markdown):
        assert "left out" not in tell(mended)
        assert "left out" in tell(unmended)
        assert "networkpolicies in shop" in tell(mended)


def test_colour_is_gold(same_as_gold: Gold) -> None:
    """So is the coloured text, with its escapes."""
    same_as_gold("troubled.ansi", text(TROUBLED, color=True, width=100))


def test_digest_is_gold(same_as_gold: Gold) -> None:
    """So are the digest, its Markdown and the table."""
    same_as_gold("digest.txt", digest_text(DIGEST, width=100))
    same_as_gold("digest.md", digest_markdown(DIGEST))
    same_as_gold("table.txt", table(TABLE))


def test_cause_comes_first() -> None:
    """The first line is the cause; the verdicts follow in the order of the layers."""
    lines = text(TROUBLED, width=200).splitlines()

    assert lines[0] == f"FAIL  {TYPO.message}"
    words = [
        line.split() for line in lines if line.startswith("  ") and line.split()[0] in ("DNS", "Routing", "Application")
    ]
    assert [each[0] for each in words] == ["DNS", "Routing", "Application"]
    assert [each[1] for each in words] == ["ok", "fail", "not"]


@pytest.mark.parametrize("diagnosis", [HEALTHY, CONFIGURED], ids=["probed", "configuration"])
def test_healthy_is_short(diagnosis: Diagnosis) -> None:
    """A healthy answer is at most three lines and says whether anything was measured."""
    told = text(diagnosis, width=80)

    assert 1 <= told.count("\n") <= 3
    assert told.startswith("ok  user-service in shop")
    assert ("not probed" in told) == (diagnosis is CONFIGURED)


def test_symptom_is_not_explained_away() -> None:
    """A complaint that nothing confirms is answered, never contradicted by configuration."""
    assert "You said timeout: nothing was probed" in text(CONFIGURED)


def test_a_bound_of_since_when_is_told_as_one() -> None:
    """Where no more is known; to somebody who asks about a Service, and in a triage."""
    made = TROUBLED.asked_at - timedelta(hours=3)
    bound = replace(TYPO, since=None, since_earliest=made)
    told = " ".join(text(replace(TROUBLED, findings=(bound, *TROUBLED.findings[1:])), width=300).split())
    cause = Cause(bound, (), None, 1.0)
    found = Triage({"namespaces": ["shop"]}, TROUBLED.asked_at, 1, 1, DIGEST.totals, causes=(cause,))

    assert "UTC, 3 hours ago, at the earliest" in told
    assert since_words(cause, found).endswith(f"{made:%H:%M} UTC at the earliest")
    assert not since_words(replace(cause, finding=TYPO, since=TYPO.since), found).endswith("earliest")


@pytest.mark.parametrize("seen", [Vantage(), Vantage(VantageKind.WORKER, "k8snet", "worker-0")])
def test_what_was_noticed_is_not_called_in_order(seen: Vantage) -> None:
    """What is wrong in front of the Service is context, and may be just what the asker saw."""
    noticed = replace(TYPO, severity=Severity.INFO, caused_by=())
    told = " ".join(text(replace(CONFIGURED, findings=(noticed,), vantage=seen), width=300).split())

    assert "Also noticed" in told
    assert "be so. What the cluster" not in told
    assert "what was noticed" in told


@pytest.mark.parametrize("width", [20, 60, 80, 100, 200])
def test_commands_are_whole_lines(width: int) -> None:
    """Commands are never wrapped: each stands alone and a shell reads it as it was made."""
    lines = [line.strip() for line in text(TROUBLED, width=width).splitlines()]
    wanted = [*TYPO.check, TYPO.fix[0].command]

    assert set(wanted) <= set(lines)
    assert all(shlex.split(each) for each in wanted)


def test_prose_keeps_the_width() -> None:
    """Prose is wrapped to the terminal; only commands and names may be longer."""
    long = [line for line in text(TROUBLED, width=60).splitlines() if len(line) > 60]

    assert all("kubectl" in line for line in long)


def test_one_line_check() -> None:
    """`check` says the same in one line."""
    assert check_line(TROUBLED) == f"fail     user-service in shop: RTE-001 {TYPO.message}\n"
    assert check_line(HEALTHY).count("\n") == 1


HOSTILE = st.text(alphabet=st.sampled_from("a<@!*_`|[](){}\x1b\x9b\x07\u202e\u200b\n\r\t\\;&$\"'~#0m"), max_size=30)
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")


def _hostile(words: str) -> Diagnosis:
    """The troubled diagnosis with these words wherever a cluster's words may stand."""
    ref = Ref("Pod", words, words)
    found = replace(
        TYPO,
        about=ref,
        message=words,
        evidence=(Evidence(ref, words, [words, {words: words}], words),),
        fix=(FixLine(f"kubectl get pod {words}", words, words),),
        check=(words,),
        changed_by=words,
    )
    return replace(
        TROUBLED,
        question=replace(TROUBLED.question, service=words, namespace=words, assumed=(words,)),
        root_cause=RootCause("f1", found.code, found.name, found.layer, found.confidence, ref, words),
        verdicts={layer: Verdict(each.status, each.basis, words) for layer, each in TROUBLED.verdicts.items()},
        findings=(found,),
        gaps=(replace(GAPS[0], what=words, why=words, grant=words),),
        vantage=Vantage(VantageKind.WORKER, words, words, words),
    )


@given(HOSTILE)
def test_nothing_speaks_to_a_terminal(words: str) -> None:
    """Escapes, controls and direction marks in any field never reach a terminal, in no form of text."""
    diagnosis = _hostile(words)

    for told in (text(diagnosis, width=80), markdown(diagnosis), check_line(diagnosis)):
        assert not BAD.search(told)


@given(HOSTILE)
def test_nothing_is_markup(words: str) -> None:
    """In Markdown no words of a cluster open a tag, a link, a mention or a heading outside of code."""
    told = markdown(_hostile(words))
    outside = re.sub(r"(`{3,})sh\n.*?\n\1(?=\n)", "", told, flags=re.DOTALL)
    unescaped = re.sub(r"\\.", "", outside)

    assert not re.search(r"[<\[@]", re.sub(r"`[^`\n]*`", "", unescaped))


def test_digest_names_what_is_unknown() -> None:
    """A Service that could not be judged stands in a digest with its reason, since no finding names it."""
    line = DigestLine("shop", "orders", Status.UNKNOWN, None, "routing: nodes could not be read (forbidden)")
    digest = replace(DIGEST, services=(*DIGEST.services, line))

    for told in (digest_text(digest), digest_markdown(digest)):
        assert "shop/orders: routing: nodes could not be read" in told.replace("\\", "")
    assert "Unknown" not in digest_text(DIGEST)


def test_what_is_left_out_is_counted_in_services() -> None:
    """Two Services of one reason that is not shown are two more, in text and in Slack."""
    reasons = [*(f"routing: {number}" for number in range(MOST_FINDINGS)), "last", "last"]
    lines = tuple(DigestLine("shop", f"s{at:02}", Status.UNKNOWN, None, why) for at, why in enumerate(reasons, start=1))
    digest = replace(DIGEST, services=lines)
    in_slack = str(unknown_services(digest))

    assert "and 2 more Services, in -o json" in digest_text(digest)
    assert f"and {len(lines) - 8} more Services" in in_slack


def test_unread_list_names_some_of_the_checks_that_it_leaves_open() -> None:
    """A hundred codes say less than eight and how many more there are."""
    few, many = (tuple(f"RTE-{at:03}" for at in range(1, most)) for most in (9, 100))

    assert gap_words(OpenGap("pods", "forbidden")) == "pods: forbidden"
    assert gap_words(OpenGap("pods", "forbidden", codes=few)).endswith("RTE-007, RTE-008)")
    assert gap_words(OpenGap("pods", "forbidden", codes=many)).endswith("RTE-007, RTE-008 and 91 more)")
