"""`make test-nodes`: the tests on real nodes, in both modes of kube-proxy and all at once, each with a cluster of its own.

They mostly wait, for kubelets and for time-outs, so two cores bear them. What concerns no Service is tested in a third run.
The outcome is written to docs/scorecard.md.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.binaries import build
from tests.cluster.nodes import debian
from tests.cluster.nodes.cluster import MODES
from tests.cluster.nodes.layout import repository
from tests.cluster.nodes.scorecard import Scorecard, document

HERE = Path(__file__).parent
OF_EACH_MODE = ("test_faults.py", "test_silence.py", "test_ground.py")


def main(words: Sequence[str] = ()) -> int:
    """Run them all, or in each mode those that `words` of pytest choose; raises Unfit where nodes cannot be."""
    debian.prepare()
    os.environ["K8SNET_TEST_BINARIES"] = str(build())
    once = [str(path) for path in sorted(HERE.glob("test_*.py")) if path.name not in OF_EACH_MODE]
    with tempfile.TemporaryDirectory(prefix="k8snet-nodes-") as folder:
        cards = {mode: Path(folder, f"{mode}.json") for mode in MODES}
        chosen = words or [str(HERE / name) for name in OF_EACH_MODE]
        running = {f"mode {mode}": _start(chosen, mode, card) for mode, card in cards.items()}
        if not words:
            running["once"] = _start(once, MODES[0])
        codes = [_told(name, process) for name, process in running.items()]
        if not any(codes) and not words:
            (repository() / "docs/scorecard.md").write_text(document([Scorecard.read(card) for card in cards.values()]))
    return next((code for code in codes if code), 0)


def _start(words: Sequence[str], mode: str, card: Path | None = None) -> subprocess.Popen[str]:
    environ = {**os.environ, "K8SNET_TEST_PROXY": mode, **({"K8SNET_SCORECARD": str(card)} if card else {})}
    command = [sys.executable, "-m", "pytest", "-m", "nodes", *words]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _told(name: str, process: subprocess.Popen[str]) -> int:
    """Wait for a run and print what it said, all at once: the runs would write into each other's lines."""
    said, _ = process.communicate()
    print(f"real nodes, {name}:\n{said}", flush=True)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
