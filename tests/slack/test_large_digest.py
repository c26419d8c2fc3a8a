"""A digest of two thousand faults: within Slack's limits, and whatever it leaves out is counted."""

import json
from datetime import UTC, datetime

from bot.model.refs import Ref
from bot.model.result.digest import Digest, DigestCause, DigestLine, Totals
from bot.model.result.finding import Confidence, Finding, Layer, Severity
from bot.model.result.mutes import heard
from bot.model.result.status import Status
from bot.reports.digest_text import digest_text
from handlers.blockkit.lint import lint
from handlers.messages.digest import digest_message
from handlers.messages.digest_form import services_view

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
PLACES = tuple(f"namespace-{number}" for number in range(40))
HOSTILE = "<!channel> & `tick` *bold* " + "selects nothing " * 20


def finding(number: int) -> Finding:
    about = Ref("Service", f"service-{number:04d}", PLACES[number % 40])
    return Finding(
        f"f{number}",
        f"p{number}",
        "RTE-001",
        "selector-matches-no-pod",
        Layer.ROUTING,
        Severity.FAIL,
        Confidence.CERTAIN,
        about,
        HOSTILE,
    )


def large() -> Digest:
    """700 new, 700 fixed, 600 that go on, and a namespace that could not be listed."""
    lines = tuple(
        DigestLine(PLACES[each % 40], f"service-{each:04d}", Status.FAIL, DigestCause("RTE-001", HOSTILE), HOSTILE)
        for each in range(2000)
    )
    scope = {"cluster": "prod", "namespaces": [*PLACES, "secret"]}
    return Digest(
        scope,
        AT,
        1,
        1,
        Totals(2000, 0, 0, 2000, 0),
        services=lines,
        unread=("secret",),
        new=tuple(map(finding, range(700))),
        fixed=tuple(map(finding, range(700, 1400))),
        ongoing=tuple(map(finding, range(1400, 2000))),
        compared_with=AT,
    )


def test_message_counts_what_it_leaves_out() -> None:
    """Eight rows a part, then how many more; the scope tells how many namespaces it does not name."""
    told = digest_message(heard(large(), ()), stamp="s", report=digest_text(large(), color=False), run="R")
    shown = json.dumps(told["blocks"], ensure_ascii=False)

    assert [each for each in lint(told) if each.severity == "error"] == []
    assert [f"and {more} more" in shown for more in (692, 592)] == [True, True]
    assert told["text"].startswith(
        "prod namespace-0, namespace-1, namespace-2 and 38 more: 700 new problems, 700 fixed"
    )
    assert "secret could not be listed" in told["text"]


def test_list_of_all_counts_what_it_leaves_out() -> None:
    """Each Service is in the list or in the number at its end, and no line is cut out of its middle."""
    view = services_view(large())
    shown = json.dumps(view, ensure_ascii=False)
    listed = sum(f"/service-{each:04d} " in shown for each in range(2000))

    assert [each for each in lint(view, surface="modal") if each.severity == "error"] == []
    assert f"and {2000 - listed} more" in shown
    assert listed > 1000
