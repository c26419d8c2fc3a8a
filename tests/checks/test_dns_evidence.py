"""What the log of a DNS pod says is quoted where it proves something: its cause, without what a library adds."""

from pathlib import Path

from tests.checks.manifests import judged, written_cases

NOT_SYNCED = Path(__file__).parent / "dns/dns_not_synced.yaml"


def test_the_cause_is_quoted_without_what_client_go_adds() -> None:
    """Of a CoreDNS that is not synced the line with the cause is shown, not the one that says that it is not."""
    written = next(each for each in written_cases(NOT_SYNCED) if "what client-go adds" in each.title)
    root = judged(written).root

    assert root is not None
    logged = [each.value for each in root.evidence if each.field == "log"]
    assert [each.rpartition(": ")[2] for each in logged] == ["certificate has expired"]
