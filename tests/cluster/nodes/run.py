"""`make test-nodes`: the tests on real nodes, in both modes of kube-proxy, three clusters at a time in lanes of like length.

They wait a lot, for kubelets and for time-outs, so two cores bear three clusters. What concerns no Service is tested once.
The outcome is written to docs/scorecard.md.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.cluster.binaries import build
from tests.cluster.nodes import debian
from tests.cluster.nodes.cluster import MODES
from tests.cluster.nodes.layout import repository
from tests.cluster.nodes.scorecard import Scorecard, document

HERE = Path(__file__).parent
FAULTS = ("test_faults.py",)
OTHERS = ("test_silence.py", "test_ground.py")


class Run(NamedTuple):
    """Some test files, or other words of pytest, in one mode of kube-proxy."""

    mode: str
    words: Sequence[str]

    def __str__(self) -> str:
        return f"{' '.join(Path(each).name for each in self.words)} with kube-proxy in mode {self.mode}"


def main(words: Sequence[str] = ()) -> int:
    """Run them all, or in each mode those that `words` of pytest choose; raises Unfit where nodes cannot be."""
    debian.prepare()
    os.environ["K8SNET_TEST_BINARIES"] = str(build())
    lanes = [[Run(mode, words)] for mode in MODES] if words else _whole()
    with tempfile.TemporaryDirectory(prefix="k8snet-nodes-") as folder, ThreadPoolExecutor(len(lanes)) as pool:
        codes = [
            code
            for codes in pool.map(lambda lane: [_run(each, Path(folder)) for each in lane], lanes)
            for code in codes
        ]
        if not any(codes) and not words:
            cards = [Scorecard.read(card) for card in sorted(Path(folder).iterdir())]
            (repository() / "docs/scorecard.md").write_text(document(cards))
    return next((code for code in codes if code), 0)


def _whole() -> list[list[Run]]:
    """Every test file of this folder."""
    once = sorted(path.name for path in HERE.glob("test_*.py") if path.name not in FAULTS + OTHERS)
    rest = [Run(mode, _paths((*OTHERS, *once) if mode == MODES[0] else OTHERS)) for mode in MODES]
    return [*([Run(mode, _paths(FAULTS))] for mode in MODES), rest]


def _paths(names: Sequence[str]) -> list[str]:
    return [str(HERE / name) for name in names]


def _run(run: Run, cards: Path) -> int:
    """Do one run, print what it said, all at once, since runs would write into each other's lines; give its exit code."""
    card = cards / f"{run.mode}-{Path(run.words[0]).stem}.json"
    environ = {**os.environ, "K8SNET_TEST_PROXY": run.mode, "K8SNET_SCORECARD": str(card)}
    command = [sys.executable, "-m", "pytest", "-m", "nodes", "--durations=8", *run.words]
    done = subprocess.run(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    print(f"{run}:\n{done.stdout}", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
