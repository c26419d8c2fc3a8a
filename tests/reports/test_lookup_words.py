"""Beside a lookup that is printed stands what its tools' exit codes mean, and nowhere else."""

from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Finding, Layer, Severity
from bot.reports.finding_text import write_remedy
from bot.reports.paper import Paper

LOOKUPS = (
    "kubectl -n shop exec a -- getent ahosts db",
    "kubectl -n shop exec a -- nslookup db.shop.svc.cluster.local.",
)


def _told(*check: str) -> str:
    about = Ref("Service", "db", "shop")
    finding = Finding(
        *("f1", "", "DNS-020", "ndots-too-low", Layer.DNS, Severity.FAIL, Confidence.LIKELY, about, "it fails"),
        check=check,
    )
    paper = Paper(color=False, width=500)
    write_remedy(paper, finding)
    return str(paper)


def test_a_lookup_is_explained_once() -> None:
    """Both tools are, in one line."""
    assert _told(*LOOKUPS).count("exit code 1 beside an address means that its AAAA failed") == 1
    assert _told(*LOOKUPS).count("exit code 2 is no address for whatever reason") == 1


def test_other_commands_are_not() -> None:
    """What only shows objects says nothing of exit codes."""
    assert "exit code" not in _told("kubectl -n shop get svc")
