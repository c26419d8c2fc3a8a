"""Packed dumps (`.tgz`, `.tar`, `.zip`, `.gz`) → the files in them. Pure: bytes in, bytes out; nothing is written anywhere.

Support bundles and must-gathers are handed on like that. A pack is known by its first bytes, not by its name. One that is
broken is refused as a whole: which lists would have come behind the break nobody knows.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from bot.cluster.formats import GZIP, TAR, USTAR, ZIP
from bot.errors import DumpUnreadableError

MOST = 1 << 30  # bytes of all files of a pack together
# RuntimeError: an encrypted zip; NotImplementedError: a way of packing that Python does not have.
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    gzip.BadGzipFile,
    RuntimeError,
    NotImplementedError,
)


class Packed(NamedTuple):
    """One file of a pack; without a path the text that was packed alone."""

    path: str
    data: bytes


def unpacked(data: bytes, label: str) -> Iterator[Packed]:
    """Yield the files of a pack, in order of their paths. Raises DumpUnreadableError for one that is broken, or too large."""
    try:
        plain = _inflated(data, label) if data.startswith(GZIP) else data
        if plain.startswith(ZIP):
            yield from _in_order(_of_zip(plain, label))
        elif plain[TAR] == USTAR:
            yield from _in_order(_of_tar(plain, label))
        else:
            yield Packed("", plain)
    except _BROKEN as error:
        raise DumpUnreadableError(f"{label} cannot be unpacked: {str(error) or type(error).__name__}.") from None


def _inflated(data: bytes, label: str) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(MOST + 1)
    _bound(len(found), label)
    return found


def _of_zip(data: bytes, label: str) -> Iterator[Packed]:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        inside = [each for each in pack.infolist() if not each.is_dir()]
        _bound(sum(each.file_size for each in inside), label)
        yield from (Packed(each.filename, pack.read(each)) for each in inside)


def _of_tar(data: bytes, label: str) -> Iterator[Packed]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as pack:
        inside = [each for each in pack if each.isreg()]
        _bound(sum(each.size for each in inside), label)
        for each in inside:
            file = pack.extractfile(each)
            assert file is not None  # it is a regular file
            yield Packed(each.name, file.read())


def _in_order(files: Iterator[Packed]) -> list[Packed]:
    return sorted(files, key=lambda each: each.path.split("/"))


def _bound(size: int, label: str) -> None:
    if size > MOST:
        raise DumpUnreadableError(f"{label} holds more than {MOST >> 20} MiB: unpack it and give the folder.")
