"""Files and objects of a dump that could not be read → gaps: what depends on them is open, and the rest goes on."""

from collections.abc import Iterable, Iterator

from bot.cluster.documents import Unread
from bot.cluster.dump_files import SavedFile, mentioned_kinds
from bot.cluster.formats import Problem
from bot.model.gaps import SCOPE, SIMILAR_SERVICES, Gap
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import ConfigMap
from bot.model.snapshot import Snapshot

UNKNOWN_FILE = "unread files"  # the need of no check: what nobody knows the meaning of


def unread_gaps(
    snapshot: Snapshot, files: Iterable[SavedFile], unread: Iterable[Unread], asked: str | None
) -> tuple[Gap, ...]:
    """Return gaps for files and objects that could not be read. `asked` is the asked Service's name; None: all are asked."""
    gaps: list[Gap] = []
    for each in unread:
        what = each.called if each.kind else f"{each.called} of the dump"
        gaps.extend(Gap(need, each.namespace, what, each.why) for need in _needs(snapshot, each, asked))
    for file in files:
        for problem in file.problems:
            gaps.extend(_of_file(snapshot, file, problem, asked))
    return tuple(dict.fromkeys(gaps))


def _of_file(snapshot: Snapshot, file: SavedFile, problem: Problem, asked: str | None) -> Iterator[Gap]:
    """What a file, or a part of it, leaves open: the kinds that it mentions, or that it is named after."""
    why = problem.sentence.replace(file.label, "it").rstrip(".")
    named = file.named_kind
    kinds = mentioned_kinds(problem) or ((named,) if named and not problem.is_template else ())
    if not kinds:
        yield Gap(UNKNOWN_FILE, "", file.label, why)
    for kind in kinds:
        unread = Unread(kind, "", "", f"{kind.plural} of {file.label}", why)
        yield from (Gap(need, "", unread.called, why) for need in _needs(snapshot, unread, asked))


def _needs(snapshot: Snapshot, unread: Unread, asked: str | None) -> tuple[str, ...]:
    """The needs that an unread object, or with no name any number of them, leaves open."""
    kind, name = unread.kind, unread.name
    if kind is None:
        return (UNKNOWN_FILE,)
    is_dns = not name or "dns" in name
    dns = ("dns",) if kind.struct in (Service, EndpointSlice, Pod) and is_dns else ()
    if kind.struct is ConfigMap:
        return (kind.gap,) if is_dns else (UNKNOWN_FILE,)
    if kind.struct is Service:
        may_be_asked = asked is not None and name in ("", asked) and not snapshot.services_named(asked)
        return (SCOPE if asked is None else "services" if may_be_asked else SIMILAR_SERVICES, *dns)
    return (kind.gap, *dns)
