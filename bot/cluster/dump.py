"""Saved objects → a Snapshot: the dump reader. Rule: no network, and the same files give the same Snapshot.

`dump_scope` knows what a dump says was looked at; what was not is a gap. A file or an object that cannot be read is a gap,
too, and never ends the rest.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from msgspec.structs import replace

from bot.cluster.archive import is_snapshot, snapshot_in
from bot.cluster.documents import Unread, snapshot_of, unfold
from bot.cluster.dump_clock import NO_TIME, clock_of
from bot.cluster.dump_files import STANDARD_INPUT, SavedFile, read_files
from bot.cluster.dump_manifests import are_manifests, expected_pods, manifest_gaps
from bot.cluster.dump_scope import computes_slices, scope_gaps, scope_of
from bot.cluster.dump_unread import unread_gaps
from bot.cluster.redaction import redacted
from bot.errors import DumpUnreadableError
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.gaps import Gap
from bot.model.kube.endpoints import expected_slices
from bot.model.kube.kinds import BY_STRUCT
from bot.model.kube.services import EndpointSlice
from bot.model.logs import LogTail
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot

_NO_LOG = ("Request log error:", "Create log error")


def read_dump(paths: Sequence[str], question: Question | None = None, *, calls: bool = False) -> Snapshot:
    """Read files, folders or `-` (standard input) into one Snapshot.

    Environment values stay only where they name the question's Service; without a question all are dropped, but with
    `calls` hosts that may be Services. A snapshot
    file of ours stands alone. Raises DumpUnreadableError, with a sentence that names the file or the object, where nothing
    can be read at all.
    """
    files = tuple(file for path in dict.fromkeys(paths) for file in read_files(path))
    documents = tuple(each for file in files for each in file.documents)
    for document in documents:
        if is_snapshot(document):
            if len(documents) > 1:
                raise DumpUnreadableError("A snapshot holds all of its cluster's objects: give it alone.")
            return snapshot_in(document, paths[0], question)  # redacted when it was written
    if not any("kind" in each for each in documents):
        raise DumpUnreadableError(_nothing(paths, files))
    return _plain(files, question.service if question else None, ANY_SERVICE if calls else "")


def _nothing(paths: Sequence[str], files: Iterable[SavedFile]) -> str:
    """The sentence for a dump without any object: the first thing that could not be read, a Helm template above all."""
    problems = [each for file in files for each in file.problems]
    problems.sort(key=lambda each: not each.is_template)
    named = ", ".join("standard input" if each == STANDARD_INPUT else each for each in paths)
    return problems[0].sentence if problems else f"There is no Kubernetes object in {named}."


def _plain(files: tuple[SavedFile, ...], asked: str | None, host: str = "") -> Snapshot:
    unread: list[Unread] = []
    found = [(file, tuple(unfold(file.documents, unread))) for file in files]
    objects = tuple(chain.from_iterable(each for _, each in found))
    snapshot = snapshot_of(objects, unread, taken_at=NO_TIME)
    if unread and not any(snapshot.all(struct) for struct in BY_STRUCT):
        raise DumpUnreadableError(str(unread[0]))
    scope = scope_of(found)
    if not (objects or scope.own or unread):
        where = ", ".join(file.label for file in files)
        raise DumpUnreadableError(
            f"There is an empty List in {where}, and nothing else: of what it is a list, nobody can tell. "
            "Was it saved from the right context and namespace?"
        )
    clock = clock_of(snapshot, objects)
    manifests: tuple[Gap, ...] = ()
    if are_manifests(objects):
        scope = scope._replace(everything=True)
        snapshot = replace(snapshot, pods=expected_pods(snapshot, objects))
        manifests = tuple(manifest_gaps(snapshot))
    gaps = scope_gaps(snapshot, scope, manifests)
    logs = (log for file in files for log in file.logs)
    whole = replace(
        snapshot,
        taken_at=clock.at,
        is_dated=clock.is_dated,
        slices=_computed_slices(snapshot, gaps) if computes_slices(snapshot, scope) else snapshot.slices,
        gaps=(*gaps, *unread_gaps(snapshot, files, unread, asked)),
        logs=tuple(each for each in logs if _has_crashed(snapshot, each)),
        listed=scope.listed,
    )
    return redacted(whole, asked or host)


def _computed_slices(snapshot: Snapshot, gaps: tuple[Gap, ...]) -> tuple[EndpointSlice, ...]:
    """The controller's rules are known, so its slices are where the pods are."""
    opened = {each.namespace for each in gaps if each.need == "endpointslices"}
    return tuple(
        each
        for service in snapshot.services
        if service.selector.pairs and not service.is_external_name and not opened & {"", service.namespace}
        for each in expected_slices(service, snapshot.pods_in(service.namespace))
    )


def _has_crashed(snapshot: Snapshot, log: LogTail) -> bool:
    """Only the last words of a failed container are evidence; kubectl writes its own failures between the lines."""
    if any(line.startswith(_NO_LOG) for line in log.lines):
        return False
    pod = snapshot.pod(log.namespace, log.pod)
    statuses = pod.container_statuses if pod else ()
    return any(each.name == log.container and (each.restart_count or not each.ready) for each in statuses)
