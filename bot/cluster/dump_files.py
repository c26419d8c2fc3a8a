"""Paths of a dump → its files, in an order that does not depend on the file system; what cannot be read is kept as a problem.

`kubectl cluster-info dump` writes the logs of containers in files of their own or between the objects.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.cluster.documents import Document
from bot.cluster.formats import GZIP, TAR, USTAR, ZIP, Problem, parsed, text_of
from bot.errors import DumpUnreadableError
from bot.model.kube.kinds import KINDS, Kind, kind_of
from bot.model.logs import LogTail, last_lines
from bot.model.pattern import pattern

STANDARD_INPUT = "-"
LOG_LINES = 20

_ENDINGS = {".json", ".jsonl", ".ndjson", ".yaml", ".yml"}
_LOG_FILE = "logs.txt"
_LOG = pattern(
    r"^==== START logs for container (?P<container>\S+) of pod (?P<namespace>[^\s/]+)/(?P<pod>\S+) ====\n"
    r"(?P<text>.*?)^==== END logs for container (?P=container) of pod (?P=namespace)/(?P=pod) ====\s*$",
    re.MULTILINE | re.DOTALL,
)
_MENTIONED = pattern(r"\bkind\"?\s*:\s*[\"']?([A-Z][A-Za-z]+)")
_NAMES = {
    word.lower(): each
    for each in reversed(KINDS)
    for word in (each.plural, each.kind, each.short, *(("netpols",) if each.short == "netpol" else ()))
    if word
}


class SavedFile(NamedTuple):
    """One file, or standard input: its objects and logs, and the parts of it that could not be read."""

    label: str
    documents: tuple[Document, ...] = ()
    logs: tuple[LogTail, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def named_kind(self) -> Kind | None:
        """Return the kind that the file is named after (`pods.json`), or else its folder (`pods/shop.json`)."""
        path = Path(self.label)
        return next((kind for word in (path.stem, path.parent.name) if (kind := _NAMES.get(_bare(word)))), None)


def read_files(path: str) -> Iterator[SavedFile]:
    """Yield what lies at a path: a file, a pack, a folder, or `-`. Raises DumpUnreadableError without any."""
    if path == STANDARD_INPUT:
        yield from _opened("standard input", sys.stdin.buffer.read())
        return
    try:
        files = tuple(_files(Path(path)))
        for file in files:
            try:
                yield from _opened(str(file), file.read_bytes())
            except OSError as error:
                if len(files) == 1:
                    raise
                yield SavedFile(str(file), problems=(Problem(f"{file}: {error.strerror or error}."),))
    except OSError as error:
        raise DumpUnreadableError(f"{error.filename or path}: {error.strerror or error}.") from None


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, inside, names in os.walk(path):
        inside[:] = sorted(each for each in inside if not each.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if _holds_objects(name))


def _holds_objects(name: str) -> bool:
    return Path(name).suffix.lower() in _ENDINGS or name == _LOG_FILE


def _opened(label: str, data: bytes) -> Iterator[SavedFile]:
    """Yield a file, or what is packed in it."""
    if not data.startswith((GZIP, ZIP)) and data[TAR] != USTAR:
        yield _read(label, data)
        return
    from bot.cluster.dump_packs import unpacked  # noqa: PLC0415 (most dumps are no packs)

    for path, inside in unpacked(data, label):
        folders = path.split("/")
        if not path:
            yield _read(label, inside)
        elif _holds_objects(folders[-1]) and not any(each.startswith(".") and each != "." for each in folders):
            yield _read(f"{label}/{path.removeprefix('./')}", inside)


def _read(label: str, data: bytes) -> SavedFile:
    try:
        text = text_of(data, label)
    except DumpUnreadableError as error:
        return SavedFile(label, problems=(Problem(str(error)),))
    logs: tuple[LogTail, ...] = ()
    if "==== START logs for container " in text:
        logs = tuple(_tail(each) for each in _LOG.finditer(text))
        text = _LOG.sub("", text)
    if not text.strip() or Path(label).name == _LOG_FILE:
        return SavedFile(label, logs=logs)
    found = parsed(text, label)
    return SavedFile(label, found.documents, logs, found.problems)


def mentioned_kinds(problem: Problem) -> tuple[Kind, ...]:
    """Return the kinds that are named in a text that could not be read."""
    names = {each.removesuffix("List") or each for each in _MENTIONED.findall(problem.text)}
    return tuple(each for each in KINDS if each.kind in names and kind_of(each.kind) is each)


def _tail(found: re.Match[str]) -> LogTail:
    lines = last_lines(found["text"], LOG_LINES)
    return LogTail(found["namespace"], found["pod"], found["container"], previous=False, lines=lines)


def _bare(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")
