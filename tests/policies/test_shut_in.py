"""Namespaces that policies let no pod out of, against every pod that there could be."""

from collections import Counter
from datetime import UTC, datetime
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.documents import snapshot_from
from bot.model.policy.index import PolicyIndex
from tests.examples import examples
from tests.policies.clusters import KEYS, NAMESPACES, PORTS, VALUES, cluster, documents

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LABELS = [dict(zip(KEYS, each, strict=True)) for each in product((*VALUES, ""), repeat=len(KEYS))]
ALL_LABELS = [{key: value for key, value in each.items() if value} for each in LABELS]


def compared(seed: int, protocol: str) -> Counter[tuple[bool, bool]]:
    """Count namespaces, targets and ports: nobody is let out as the index says, and by asking of each pod there could be."""
    made = cluster(Random(seed), hosts=False, apis=("",))
    snapshot = snapshot_from(documents(made), taken_at=NOW)
    index = PolicyIndex(snapshot)
    seen: Counter[tuple[bool, bool]] = Counter()
    for space, pod, port in product(NAMESPACES, snapshot.pods, PORTS):
        target = index.pod(pod)
        each = (index.decide(index.anyone(space, labels), target, port, protocol).egress for labels in ALL_LABELS)
        seen[index.shut_in(space, target, port, protocol), all(one.decision == "deny" for one in each)] += 1
    return seen


@examples(40)
@given(seed=st.integers(0, 2**32), protocol=st.sampled_from(("TCP", "UDP")))
def test_who_is_said_to_be_kept_in_is_let_out_under_no_labels(seed: int, protocol: str) -> None:
    assert compared(seed, protocol)[True, False] == 0


def test_nearly_all_that_are_kept_in_are_found() -> None:
    """What is left are selectors that only together select every pod, and rules of policies that can select none."""
    seen = sum((compared(seed, "UDP") for seed in range(60)), Counter[tuple[bool, bool]]())

    assert seen[True, True] > 300
    assert seen[False, True] < seen[True, True] / 4
