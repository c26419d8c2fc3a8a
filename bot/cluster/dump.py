"""Saved objects → a Snapshot: the dump reader. Law: no network, and the same files give the same Snapshot.

What a plain dump lacks counts as "none exist", except Nodes and the DNS namespace, without which nothing can be said
about them. The clock of a dump is the newest time in it.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from bot.cluster.archive import is_snapshot, snapshot_in
from bot.cluster.documents import Document, kinds_in, snapshot_from, unfold
from bot.cluster.formats import documents_in, text_of
from bot.cluster.redaction import redacted
from bot.errors import DumpUnreadable
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.endpoints import expected_slices
from bot.model.kube.kinds import row
from bot.model.kube.objects import KubeObject
from bot.model.kube.services import EndpointSlice
from bot.model.kube.workloads import Event, Node
from bot.model.question.question import Question
from bot.model.snapshot import Gap, LogTail, Snapshot, last_lines

STANDARD_INPUT = "-"
LOG_LINES = 20
# Where nothing in a dump has a time, no age can be told; the start of the Unix epoch makes that plain.
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)

_ENDINGS = {".json", ".jsonl", ".ndjson", ".yaml", ".yml"}
_LOG_FILE = "logs.txt"
_NO_LOG = ("Request log error:", "Create log error")
_LOG = re.compile(
    r"^==== START logs for container (?P<container>\S+) of pod (?P<namespace>[^\s/]+)/(?P<pod>\S+) ====\n"
    r"(?P<text>.*?)^==== END logs for container (?P=container) of pod (?P=namespace)/(?P=pod) ====\s*$",
    re.MULTILINE | re.DOTALL,
)


class _Saved(NamedTuple):
    documents: tuple[Document, ...]
    logs: tuple[LogTail, ...]


def read_dump(paths: Sequence[str], question: Question | None = None) -> Snapshot:
    """Read files, folders or `-` (standard input) into one Snapshot.

    Environment values stay only where they name the question's Service; without a question all are dropped. A snapshot
    file of ours stands alone. Raises DumpUnreadable with a sentence that names the file or the object.
    """
    saved = [_parse(text, label) for path in dict.fromkeys(paths) for label, text in _texts(path)]
    documents = tuple(each for one in saved for each in one.documents)
    host = question.service if question else ""
    for document in documents:
        if is_snapshot(document):
            if len(documents) > 1:
                raise DumpUnreadable("A snapshot holds all of its cluster's objects: give it alone.")
            return snapshot_in(document, paths[0])  # redacted when it was written
    if not any("kind" in each for each in documents):
        raise DumpUnreadable(f"{', '.join(paths)} holds no Kubernetes object.")
    return _plain(documents, tuple(log for one in saved for log in one.logs), host)


def _plain(documents: tuple[Document, ...], logs: tuple[LogTail, ...], host: str) -> Snapshot:
    snapshot = snapshot_from(documents, taken_at=NO_TIME)
    slices = snapshot.slices
    if row(EndpointSlice) not in kinds_in(documents):
        slices = _computed_slices(snapshot)
    return redacted(
        replace(
            snapshot,
            taken_at=max((*_times(snapshot), *_heartbeats(documents)), default=NO_TIME),
            slices=slices,
            gaps=_gaps(snapshot),
            logs=tuple(each for each in logs if _has_crashed(snapshot, each)),
        ),
        host,
    )


def _computed_slices(snapshot: Snapshot) -> tuple[EndpointSlice, ...]:
    """`kubectl cluster-info dump` and `kubectl get all` leave EndpointSlices out; the controller's rules are known."""
    return tuple(
        each
        for service in snapshot.services
        if service.selector.pairs and not service.is_external_name
        for each in expected_slices(service, snapshot.pods_in(service.namespace))
    )


def _gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    gaps: list[Gap] = []
    if not snapshot.nodes:
        gaps.append(Gap("nodes", "", "nodes", "the dump has no Nodes"))
    if not _has_dns_namespace(snapshot):
        why = "the dump has no object of kube-system"
        gaps.append(Gap("dns", "", "the cluster's DNS", why))
        gaps.append(Gap("corefile", "", "the DNS configuration", why))
    return tuple(gaps)


def _has_dns_namespace(snapshot: Snapshot) -> bool:
    inside = (snapshot.services, snapshot.pods, snapshot.workloads, snapshot.config_maps)
    return cluster_dns(snapshot).service is not None or any(
        each.namespace == "kube-system" for objects in inside for each in objects
    )


def _has_crashed(snapshot: Snapshot, log: LogTail) -> bool:
    """Only the last words of a failed container are evidence; kubectl writes its own failures between the lines."""
    if any(line.startswith(_NO_LOG) for line in log.lines):
        return False
    pod = snapshot.pod(log.namespace, log.pod)
    statuses = pod.container_statuses if pod else ()
    return any(each.name == log.container and (each.restart_count or not each.ready) for each in statuses)


# --- the clock


def _times(snapshot: Snapshot) -> Iterator[datetime]:
    """When something last happened. A deletionTimestamp is left out: it lies ahead by the grace period."""
    for field in snapshot.__struct_fields__:
        known = getattr(snapshot, field)
        for each in known if isinstance(known, tuple) else ():
            if isinstance(each, KubeObject):
                yield from filter(None, _times_of(each))


def _times_of(known: Any) -> Iterator[datetime | None]:
    yield known.metadata.creation_timestamp
    yield from (entry.time for entry in known.metadata.managed_fields or ())
    status = getattr(known, "status", None)
    yield from (each.last_transition_time for each in getattr(status, "conditions", None) or ())
    for each in getattr(known, "container_statuses", ()):
        for state in (each.state, each.last_state):
            yield state.running and state.running.started_at
            yield state.terminated and state.terminated.finished_at
    if isinstance(known, Event):
        yield known.last_seen


def _heartbeats(documents: Iterable[Document]) -> Iterator[datetime]:
    """The kubelet's heartbeat is the youngest time in most dumps; no check needs it, so no word has it."""
    for kind, document in unfold(documents):
        status = document.get("status") if kind is row(Node) else None
        for each in (status.get("conditions") or ()) if isinstance(status, Mapping) else ():
            try:
                yield msgspec.convert(each["lastHeartbeatTime"], datetime).astimezone(UTC)
            except (
                KeyError,
                TypeError,
                ValueError,
                OverflowError,
            ):  # the heartbeat is a courtesy, its absence no fault
                continue


# --- files


def _texts(path: str) -> Iterator[tuple[str, str]]:
    """Give (label, text) of a path's files, in an order that does not depend on the file system."""
    if path == STANDARD_INPUT:
        yield "standard input", text_of(sys.stdin.buffer.read(), "standard input")
        return
    try:
        for file in _files(Path(path)):
            yield str(file), text_of(file.read_bytes(), str(file))
    except OSError as error:
        raise DumpUnreadable(f"{error.filename or path}: {error.strerror or error}.") from None


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, inside, names in os.walk(path):
        inside[:] = sorted(each for each in inside if not each.startswith("."))
        for name in sorted(names):
            if Path(name).suffix.lower() in _ENDINGS or name == _LOG_FILE:
                yield Path(folder, name)


def _parse(text: str, label: str) -> _Saved:
    """Split off the logs that `kubectl cluster-info dump` writes in files of their own or between the objects."""
    logs: tuple[LogTail, ...] = ()
    if "==== START logs for container " in text:
        logs = tuple(_tail(each) for each in _LOG.finditer(text))
        text = _LOG.sub("", text)
    if not text.strip() or Path(label).name == _LOG_FILE:
        return _Saved((), logs)
    return _Saved(documents_in(text, label), logs)


def _tail(found: re.Match[str]) -> LogTail:
    lines = last_lines(found["text"], LOG_LINES)
    return LogTail(found["namespace"], found["pod"], found["container"], previous=False, lines=lines)
