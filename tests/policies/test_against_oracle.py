"""The evaluator against a second, naive reading of the API's text, over random clusters."""

from collections import Counter
from datetime import UTC, datetime
from itertools import product
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from bot.cluster.documents import snapshot_from
from bot.model.policy.index import PolicyIndex
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot
from tests.examples import examples
from tests.policies import oracle
from tests.policies.clusters import PORTS, PROTOCOLS, Object, cluster, documents, ends

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@example(seed=3968, protocol="TCP")
@examples(60)
@given(seed=st.integers(0, 2**32), protocol=st.sampled_from(PROTOCOLS))
def test_agrees_with_the_oracle(seed: int, protocol: str) -> None:
    """For every two ends and every port both readings give the same answer, and the answer explains itself."""
    made = cluster(Random(seed))
    snapshot = snapshot_from(documents(made), taken_at=NOW)
    index = PolicyIndex(snapshot)
    for source, target in product(ends(made), repeat=2):
        parties = [_party(index, snapshot, each) for each in (source, target)]
        for port in PORTS:
            found = index.decide(*parties, port, protocol)

            said = oracle.decided(made, source, target, port, protocol)
            assert (found.egress.decision, found.ingress.decision) == said, (source, target, port, found.because)
            assert all(found.because)


def _party(index: PolicyIndex, snapshot: Snapshot, end: Object) -> Party:
    pod = snapshot.pod(end["namespace"], end["name"]) if end["kind"] == "pod" else None
    return index.pod(pod) if pod else index.address(end["ips"][0])


def test_random_clusters_are_dense() -> None:
    """The clusters of these tests are worth asking: denials and rules that admit are both common."""
    seen: Counter[str] = Counter()
    for seed in range(100):
        made = cluster(Random(seed))
        snapshot = snapshot_from(documents(made), taken_at=NOW)
        index = PolicyIndex(snapshot)
        parties = [index.pod(pod) for pod in snapshot.pods]
        decisions = [index.decide(one, two, 80).ingress for one in parties for two in parties]
        seen.update(f"{each.decision} {'by rule' if each.allowed_by else each.isolated}" for each in decisions)

    assert min(seen["deny True"], seen["allow by rule"], seen["allow False"]) > 200
