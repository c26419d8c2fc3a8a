"""The layers of images: tar files, each with a digest of what is in it.

A folder that was the upper one of an overlay becomes a layer as it is, but for what was deleted in it: an overlay marks that
with a character device, a layer with a file named `.wh.NAME` (https://github.com/opencontainers/image-spec/blob/main/layer.md).
"""

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Collection
from pathlib import Path


def digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def pack(file: Path, root: Path, *, only: str = "", without: Collection[str] = ()) -> None:
    """Write the files below a root as a layer: only those below one folder, or all but those below some."""
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as layer:
        for parent in reversed(Path(only).parents) if only else ():
            if parent.parts:
                folder(layer, str(parent))
        for path in sorted((root / only).rglob("*")):
            inside = str(path.relative_to(root))
            if not any(inside == each or inside.startswith(f"{each}/") for each in without):
                _pack(layer, path, inside)


def _pack(layer: tarfile.TarFile, path: Path, inside: str) -> None:
    status = path.lstat()
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(0, 0):
        above, _, name = inside.rpartition("/")
        write(layer, f"{above}/.wh.{name}", b"", 0o644)
    else:
        layer.add(path, inside, recursive=False)


def folder(layer: tarfile.TarFile, path: str, mode: int = 0o755) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    layer.addfile(entry)


def link(layer: tarfile.TarFile, path: str, target: str) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    layer.addfile(entry)


def write(archive: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
