"""The scheduler's sentence is read as its releases write it."""

import pytest

from bot.checks.application._scheduling import read_refusal

_TAIL = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("2 Insufficient cpu. ", ["2 lack cpu"]),
        ("2 Insufficient cpu. no new claims to deallocate, ", ["2 lack cpu"]),  # since 1.34
        ("2 Insufficient nvidia.com/gpu. no new claims to deallocate, ", ["2 lack nvidia.com/gpu"]),
        ("1 node(s) had untolerated taint {a: b}, 1 Insufficient memory. ", ["1 has the taint a: b", "1 lacks memory"]),
        # 1.34 names the taint no more
        (
            "2 node(s) had untolerated taint(s). no new claims to deallocate, ",
            ["2 have a taint that it does not tolerate"],
        ),
        ("2 node(s) didn't have free ports for the requested pod ports. ", ["2 have its host port taken"]),
    ],
)
def test_reasons(said: str, reasons: list[str]) -> None:
    """What stands about claims and preemption is no reason."""
    refusal = read_refusal(f"0/2 nodes are available: {said}{_TAIL}")

    assert refusal is not None
    assert [str(each) for each in refusal.reasons] == reasons
