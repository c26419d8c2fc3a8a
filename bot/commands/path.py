"""`path`: by routing and policy alone, may this source reach that target; one question, or a batch of JSON lines."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from bot.commands.options import Color, Output
from bot.commands.output import EXIT, allow, say, wants_color, width
from bot.commands.parse import Place
from bot.commands.saved import DEFAULT_NAMESPACE, read_saved
from bot.errors import UsageError
from bot.model.question.grammar import Command
from bot.model.question.question import Question, Source
from bot.model.question.resolve import resolve_source
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.reports.json import written_line
from bot.reports.path_text import path_json, path_text
from bot.usecases.path import batch as answers
from bot.usecases.path import path as answer

STANDARD_INPUT = "-"


def path(asked: Command, where: Place, *, output: Output, color: Color) -> int:
    """Decide one connection, print it, and give the exit code: 0 allowed, 3 denied, 5 unknown."""
    allow(output, Output.TEXT, Output.JSON)
    question, target, snapshot = _to_pod(asked, where) if asked.pod else _to_service(asked.question, where)
    source = question.source
    assert source is not None  # the grammar gives both ends
    found = answer(snapshot, source, target, question.port, question.protocol)
    found = replace(found, assumed=question.assumed)
    say(path_json(found) if output is Output.JSON else path_text(found, color=wants_color(color), width=width()))
    return EXIT[found.outcome]


def _to_service(question: Question, where: Place) -> tuple[Question, Ref | str, Snapshot]:
    """To a Service by name, or to an IP whatever it belongs to."""
    if question.address:
        whole = _whole(where)
        placed = resolve_source(_in_some_namespace(question), whole)
        return placed, question.address, whole
    if where.dump:
        resolved, snapshot = read_saved(question, where)
    else:
        from bot.commands.live import read_live  # noqa: PLC0415 (only for a cluster)

        resolved, snapshot = read_live(question, where)
    return resolved, Ref("Service", resolved.service, resolved.namespace), snapshot


def _to_pod(asked: Command, where: Place) -> tuple[Question, Ref, Snapshot]:
    question, pod = _in_some_namespace(asked.question), asked.pod or Source()
    source = question.source or Source()
    place = pod.namespace or source.namespace or question.namespace
    snapshot = _whole(where, (source.namespace or place, place))
    return resolve_source(question, snapshot), Ref("Pod", pod.pod, place), snapshot


def _in_some_namespace(question: Question) -> Question:
    """Without a Service there is no namespace to find: the caller's counts, else the default one."""
    said = question.namespace or (question.source.namespace if question.source else "")
    return replace(question, namespace=said or DEFAULT_NAMESPACE)


def _whole(where: Place, namespaces: tuple[str, ...] = ()) -> Snapshot:
    """Namespaces whole, or with none named the whole cluster."""
    if where.dump:
        from bot.cluster.dump import read_dump  # noqa: PLC0415 (only for saved objects)

        return read_dump(where.dump)
    from bot.commands.live import read_scope_live  # noqa: PLC0415 (only for a cluster)

    return read_scope_live(where, tuple(dict.fromkeys(namespaces)), everything=not namespaces)[0]


def batch(file: str, where: Place, words: Sequence[str] | None, *, output: Output) -> int:
    """Decide every line of a file and write one JSON object a line, in order. Gives 0: each line has its own answer."""
    if words:
        raise UsageError("A batch has its ends in the file.", hint="Leave FROM and TO out, or --batch.")
    if output is not Output.JSON:
        raise UsageError("A batch answers in JSON lines.", hint="Say -o json.")
    lines = list(_lines(file))
    for told in answers(_whole(where), lines):
        _write(told)
    sys.stdout.flush()
    return 0


def _write(told: dict[str, Any]) -> None:
    sys.stdout.buffer.write(written_line(told).encode())


def _lines(file: str) -> Iterator[bytes]:
    if file == STANDARD_INPUT:
        yield from sys.stdin.buffer
        return
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 (read line by line)
            yield from opened
    except OSError as error:
        raise UsageError(f"The batch {file} cannot be read: {error.strerror}.") from error
