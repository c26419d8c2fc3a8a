"""`make test-nodes`: the tests on real nodes, in both modes of kube-proxy, three clusters at a time.

What concerns no Service is tested once, in a cluster of its own.
The outcome is written to docs/scorecard.md. Beside other runs, in CI, it is a part of them (`turns`), and nothing is written.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.live_cluster.binaries import build
from tests.live_cluster.nodes import debian
from tests.live_cluster.nodes.cluster import MODES
from tests.live_cluster.nodes.layout import repository
from tests.live_cluster.nodes.scorecard import Scorecard, document
from tests.live_cluster.runs import Run, side_by_side

HERE = Path(__file__).parent
FAULTS = ("test_faults.py",)
OTHERS = ("test_silence.py", "test_ground.py")


def main(words: Sequence[str] = (), beside: Sequence[Run] = ()) -> int:
    """Run them all, or in each mode those that `words` of pytest choose; `beside` are other runs.

    Raises UnfitError, before anything is run, where nodes cannot be.
    """
    debian.prepare()
    with tempfile.TemporaryDirectory(prefix="k8snet-nodes-") as folder:
        cards = Path(folder)
        code = side_by_side([_run(mode, words, cards) for mode in MODES] if words else _whole(cards, beside))
        if not code and not words and not beside:
            known = [Scorecard.read(card) for card in sorted(cards.iterdir())]
            (repository() / "docs/scorecard.md").write_text(document(known))
    return code


def _whole(cards: Path, beside: Sequence[Run]) -> list[Run]:
    """Every test file of this folder, those runs first that take longest; `beside` are shorter than the faults."""
    turns = {mode: {"K8SNET_TEST_TURN": str(number)} if beside else {} for number, mode in enumerate(MODES)}
    once = sorted(path.name for path in HERE.glob("test_*.py") if path.name not in FAULTS + OTHERS)
    faults = [_run(mode, _paths(FAULTS), cards, turns[mode]) for mode in MODES]
    others = [_run(mode, _paths(OTHERS), cards, turns[mode]) for mode in MODES]
    return [*faults, *beside, _run(MODES[0], _paths(once), cards, turns[MODES[0]]), *others]


def _paths(names: Sequence[str]) -> list[str]:
    return [str(HERE / name) for name in names]


def _run(mode: str, words: Sequence[str], cards: Path, environ: Mapping[str, str] = MappingProxyType({})) -> Run:
    """Some test files, or other words of pytest, in one mode of kube-proxy."""
    name = f"{' '.join(Path(each).name for each in words)} with kube-proxy in mode {mode}"
    return Run(
        name,
        [sys.executable, "-m", "pytest", "-m", "nodes", "--durations=8", *words],
        {
            "K8SNET_TEST_BINARIES": str(build()),
            "K8SNET_TEST_PROXY": mode,
            **environ,
            "K8SNET_SCORECARD": str(cards / f"{mode}-{Path(words[0]).stem}.json"),
        },
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
