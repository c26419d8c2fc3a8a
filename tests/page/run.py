"""`make test-page`, `make pictures`: prepares the machine, then runs the tests marked `browser`, or writes the pictures.

A machine that cannot hold them is told so: that fails, it never skips.
"""

import os
import subprocess
import sys

from tests.page.machine import UnfitError, prepare

# Each in a process of its own: Playwright keeps an event loop running in its, which asyncio's tests cannot share.
FOLDERS = ("tests/page", "tests/slack")


def main(words: list[str]) -> int:
    try:
        prepare()
    except UnfitError as unfit:
        print(f"NOT RUN, the tests of the page: {unfit}", file=sys.stderr)
        return 1
    if words == ["--pictures"]:
        return run("tests/page/test_pictures.py", K8SNET_WRITE_PICTURES="1")
    if words:
        return run(*words)
    return max([run(folder) for folder in FOLDERS])


def run(*words: str, **environ: str) -> int:
    """Run pytest on the marked tests; return its exit code."""
    command = [sys.executable, "-m", "pytest", "-m", "browser", *words]
    return subprocess.run(command, env={**os.environ, **environ}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
