"""What the caller itself saw is judged beside what the worker saw: certain where the worker's place was not."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.probe import Observation, Outcome, TcpConnect, VantageKind
from bot.model.probe_order import OWN_NAMESERVER
from bot.model.probe_result import ProbeResult
from bot.model.result.finding import Severity
from bot.usecases.from_caller import plans, with_caller
from tests.checks.manifests import Written, case_of, observation, written_cases

CASES = written_cases(Path(__file__).with_name("callers_place.yaml"))
CONF = "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"


def seen(written: Written) -> Case:
    """The case as its `caller:` lines say that the pod itself saw it, beside the worker's `saw:` lines."""
    case = case_of(written)
    theirs = tuple(observation(line) for line in written.headers["caller"])
    conf = "\n".join(written.headers.get("conf", (CONF,)))
    assert case.caller.pod is not None
    found, told = with_caller(case, case.caller.pod, ProbeResult(theirs, conf), case.observations)
    assert told == ()
    return found


@pytest.mark.parametrize("written", CASES, ids=lambda written: written.title)
def test_case(written: Written) -> None:
    """Findings above info, verdicts, what hops say, how sure the root is, and the evidence of both places."""
    case = seen(written)
    judgement = judge(case, strict=True)
    root, hops = judgement.root_cause, {str(each.hop): each for each in judgement.hops}
    above = {each.code for each in judgement.findings if each.severity is not Severity.INFO}
    told = {
        layer: f"{each.status}{f'<{each.consequence_of}' if each.consequence_of else ''}"
        for layer, each in judgement.verdicts.items()
    }

    assert above == {code for code in written.words("expect") if code != "nothing"}
    assert told == dict(word.split("=") for word in written.words("verdicts")), [
        (str(h.hop), str(h.status), h.because) for h in judgement.hops
    ]
    assert set(written.words("info")) <= {each.code for each in judgement.findings if each.severity is Severity.INFO}
    for line in written.headers.get("hop", ()):
        name, status, words = line.split(" ", 2)
        assert hops[name].status == status
        assert words in hops[name].because
    if sure := written.one("confidence"):
        assert root is not None
        assert root.confidence == sure
    if note := written.one("note"):
        assert note in {each.note for finding in judgement.findings for each in finding.evidence}


def test_worker_alone_is_less_sure() -> None:
    """The case that the caller makes certain is likely without it."""
    written = next(each for each in CASES if each.one("confidence") == "certain")
    root = judge(case_of(written), strict=True).root_cause

    assert root is not None
    assert (root.code, root.confidence) == ("NPL-002", "likely")


def test_caller_is_asked_what_the_worker_is_and_its_own_nameserver() -> None:
    case = case_of(CASES[0])
    asked = plans(case, tuple(each.probe for each in case.observations))

    assert asked.caller[1:] == asked.worker
    assert asked.caller[0].server == OWN_NAMESERVER  # type: ignore[union-attr]
    assert plans(case, (TcpConnect("10.0.0.1", 80),)).caller == (
        TcpConnect("10.0.0.1", 80),
    )  # an address was asked for


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (
            ProbeResult(why="it is a static pod", grant="- rule"),
            "it is a static pod; what was measured was measured from the worker",
        ),
        (ProbeResult((Observation(TcpConnect("10.0.0.1", 80), Outcome.NOT_RUN),)), "no probe was made in time"),
    ],
)
def test_worker_counts_where_the_caller_saw_nothing(theirs: ProbeResult, why: str) -> None:
    """And that is told, though nothing else is missing."""
    case = case_of(CASES[0])
    assert case.caller.pod is not None
    found, told = with_caller(case, case.caller.pod, theirs, case.observations)

    assert found == replace(case)
    assert found.vantage.kind is VantageKind.WORKER
    (gap,) = told
    assert (gap.what, gap.grant, gap.is_asked) == ("the network from shop/checkout-1", theirs.grant, True)
    assert why in gap.why
