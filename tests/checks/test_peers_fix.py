"""Not-ready addresses are published only for pods that look for each other by the Service that they are behind."""

from pathlib import Path

import pytest

from bot.checks.dns.headless_without_ready_endpoint import headless_without_ready_endpoint
from tests.checks.manifests import case_of, written_cases

FILE = Path(__file__).parent / "dns" / "headless_without_ready_endpoint.yaml"
CASES = {each.title: each for each in written_cases(FILE)}


@pytest.mark.parametrize(
    ("title", "fixes"),
    [
        ("the only pod looks for its peers by the Service that it is behind", 1),
        ("the only pod looks for somebody else", 0),
        ("no pod of a headless Service is ready", 0),
    ],
)
def test_addresses_are_published_for_who_waits_for_itself(title: str, fixes: int) -> None:
    """Callers get pods that are not ready then, too."""
    (found,) = headless_without_ready_endpoint.rule(case_of(CASES[title]))

    assert [each.merge for each in found.fix] == [{"spec": {"publishNotReadyAddresses": True}}] * fixes
