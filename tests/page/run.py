"""`make test-page`, `make pictures`: prepares the machine, then runs the tests marked `browser`, or writes the pictures.

A machine that cannot hold them is told so: that fails, it never skips.
"""

import os
import subprocess
import sys

from tests.page.machine import UnfitError, prepare


def main(words: list[str]) -> int:
    try:
        prepare()
    except UnfitError as unfit:
        print(f"NOT RUN, the tests of the page: {unfit}", file=sys.stderr)
        return 1
    pictures = "--pictures" in words
    rest = [word for word in words if word != "--pictures"]
    if not any(word.startswith("tests/") for word in rest):
        rest += ["tests/page/test_pictures.py"] if pictures else ["tests/page", "tests/slack"]
    environ = {**os.environ, "K8SNET_WRITE_PICTURES": "1" if pictures else ""}
    return subprocess.run([sys.executable, "-m", "pytest", "-m", "browser", *rest], env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
