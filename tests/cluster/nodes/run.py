"""`make test-nodes`: the tests on real nodes, in all modes of kube-proxy at once, each with a cluster of its own.

They mostly wait for kubelets, so two cores bear both. The outcome of all modes is written to docs/scorecard.md.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cluster.binaries import build
from tests.cluster.nodes import debian
from tests.cluster.nodes.cluster import MODES
from tests.cluster.nodes.layout import repository
from tests.cluster.nodes.scorecard import Scorecard, document

# What concerns no Service is tested once; it is not the same in two runs at a time, either.
ONCE = ("tests/cluster/nodes/test_leaves_nothing.py", "tests/cluster/nodes/test_in_cluster.py")


def main(words: Sequence[str] = ()) -> int:
    """Run them all, or those that `words` of pytest choose, and give the exit code; raises Unfit where nodes cannot be."""
    debian.prepare()
    environ = {**os.environ, "K8SNET_TEST_BINARIES": str(build())}
    with tempfile.TemporaryDirectory(prefix="k8snet-nodes-") as folder:
        cards = {mode: Path(folder, f"{mode}.json") for mode in MODES}
        running = {
            mode: _start(words, mode, {**environ, "K8SNET_SCORECARD": str(card)}) for mode, card in cards.items()
        }
        codes = [_told(mode, process) for mode, process in running.items()]
        if not any(codes) and not words:
            parts = [Scorecard.read(card) for card in cards.values()]
            (repository() / "docs/scorecard.md").write_text(document(parts))
    return next((code for code in codes if code), 0)


def _start(words: Sequence[str], mode: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the tests of a mode; the first mode's shows as it goes on, the others' when they are done."""
    others = () if mode == MODES[0] else tuple(f"--ignore={path}" for path in ONCE)
    command = [sys.executable, "-m", "pytest", "-m", "nodes", *others, *(words or ("tests/cluster/nodes",))]
    output = None if mode == MODES[0] else subprocess.PIPE
    return subprocess.Popen(command, env={**environ, "K8SNET_TEST_PROXY": mode}, stdout=output, text=True)


def _told(mode: str, process: subprocess.Popen[str]) -> int:
    said, _ = process.communicate()
    if said:
        print(f"\nkube-proxy in mode {mode}:\n{said}", flush=True)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
