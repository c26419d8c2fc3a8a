"""What takes long to make and is the same for every run: folders in the user's cache, named by a digest of what made them."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.live_cluster.binaries import cache


def key(*parts: str | Path) -> str:
    """A short digest of words and of files, with all that is below them."""
    digest = hashlib.sha256()
    for part in parts:
        for each in _files(part) if isinstance(part, Path) else (part.encode(),):
            digest.update(len(each).to_bytes(8) + each)
    return digest.hexdigest()[:12]


def kept(what: str, key: str, make: Callable[[Path], None]) -> Path:
    """Make a folder unless it is there already; it appears under its name only when it is whole."""
    target = cache() / f"{what}-{key}"
    if not target.exists():
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        fresh.mkdir(parents=True)
        try:
            make(fresh)
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def _files(path: Path) -> Iterable[bytes]:
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else (path,)
    return (each.read_bytes() for each in files)
