"""`make test-cluster`: chooses a cluster and runs the tests marked `cluster` on it, then those on real nodes.

An existing one when told to (K8SNET_TEST_KUBECONFIG), else kind where Docker runs, else a control plane of our own, built
from Go modules. Ours runs in a network namespace made for it, where pod and Service addresses are real and nothing leaves.
Real nodes are always our own (tests.live_cluster.nodes), and tested beside it; a machine that cannot hold them is told so, and
fails in CI.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.live_cluster.binaries import build
from tests.live_cluster.network import inside, missing
from tests.live_cluster.nodes import run as nodes
from tests.live_cluster.nodes.debian import UnfitError
from tests.live_cluster.runs import Run, side_by_side

HERE = Path(__file__).parent
KIND = "k8snet-test"


def main(words: list[str]) -> int:
    binaries = build()
    environ = {**os.environ, "K8SNET_TEST_BINARIES": str(binaries)}
    pytest = [sys.executable, "-m", "pytest", "-m", "cluster", "--durations=8", *(words or _files())]
    if os.environ.get("K8SNET_TEST_KUBECONFIG"):
        return subprocess.run(pytest, env=environ, check=False).returncode
    if _docker():
        return _with_kind(pytest, environ)
    ours = [*_namespace(), *pytest]
    return subprocess.run(ours, env=environ, check=False).returncode if words else _beside_real_nodes(ours, environ)


def _files() -> list[str]:
    """Return the files that have tests for a cluster: to collect all others takes half a minute."""
    files = sorted(HERE.parent.rglob("test_*.py"))
    return [str(each) for each in files if "mark.cluster" in each.read_text()]


def _beside_real_nodes(ours: list[str], environ: dict[str, str]) -> int:
    run = Run("tests on a control plane", ours, environ)
    try:
        return nodes.main(beside=[run])
    except UnfitError as unfit:
        code = side_by_side([run])
        print(f"NOT RUN, the tests on real nodes: {unfit}", file=sys.stderr)
        return code or (1 if os.environ.get("CI") else 0)


def _docker() -> bool:
    """A Docker engine that answers, and kind: the client alone is not enough."""
    if not (shutil.which("docker") and shutil.which("kind")):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def _with_kind(pytest: list[str], environ: dict[str, str]) -> int:
    kubeconfig = str(HERE / ".kind.kubeconfig")
    subprocess.run(["kind", "create", "cluster", "--name", KIND, "--kubeconfig", kubeconfig], check=True)
    try:
        return subprocess.run(pytest, env={**environ, "K8SNET_TEST_KUBECONFIG": kubeconfig}, check=False).returncode
    finally:
        subprocess.run(["kind", "delete", "cluster", "--name", KIND], check=True)
        Path(kubeconfig).unlink(missing_ok=True)


def _namespace() -> list[str]:
    for program, package in missing().items():
        sys.exit(
            f"{program} is missing: install the package {package}, or set K8SNET_TEST_KUBECONFIG to a cluster for tests"
        )
    return inside()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
