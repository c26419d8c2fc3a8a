"""The real program in a process of its own, as a shell starts it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLUSTER = str(ROOT / "tests" / "cli" / "cluster.yaml")


def k8snet(
    *words: str, given: str | bytes = b"", env: dict[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run `k8snet WORDS`, without any kubeconfig; output is decoded as UTF-8."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("K8SNET_", "KUBE", "SLACK_", "NO_COLOR"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=60,
        env={
            **kept,
            "KUBECONFIG": str(ROOT / "no-kubeconfig"),
            "COLUMNS": "80",
            "PYTHONPATH": str(ROOT),
            **(env or {}),
        },
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
