"""What these tests need from the machine: Debian's Chromium, Node with npm, and the packages of package-lock.json.

Missing ones are installed where that is allowed; elsewhere one sentence says what to install. K8SNET_TEST_CHROMIUM names
another Chromium or Chrome.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
# pngquant makes pictures small; the font draws the marks of verdicts.
PACKAGES = {"chromium": "chromium", "node": "nodejs", "npm": "npm", "pngquant": "pngquant"}
EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")


class UnfitError(Exception):
    """This machine cannot run these tests; the message says what to do."""


def chromium() -> str:
    """Return the browser's path."""
    found = os.environ.get("K8SNET_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise UnfitError("the page's tests need Chromium: install it, or set K8SNET_TEST_CHROMIUM to its path")
    return found


def prepare() -> None:
    """Install what is missing, or raise UnfitError."""
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if os.environ.get("K8SNET_TEST_CHROMIUM") or shutil.which("google-chrome"):
        missing = [each for each in missing if each != "chromium"]
    missing += [] if EMOJI.exists() or not shutil.which("apt-get") else ["fonts-noto-color-emoji"]
    if missing:
        _install(missing)
    _run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        "npm could not install the packages of package-lock.json",
    )


def _install(missing: list[str]) -> None:
    named = " ".join(missing)
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise UnfitError(f"the page's tests need {named}: install them (root and apt-get would do it here)")
    print(f"installing {named} …", file=sys.stderr, flush=True)
    for words in (("update",), ("install", "-y", "--no-install-recommends", *missing)):
        _run(["apt-get", "-qq", *words], f"apt-get could not install {named}")


def _run(words: list[str], failure: str) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(words, cwd=HERE, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnfitError(f"{failure}: {done.stderr.strip()}")
