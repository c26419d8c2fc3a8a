"""`check` over namespaces and `digest`: many Services on one snapshot, judged on configuration."""

import os
import time
from pathlib import Path

from bot.commands.options import Color, Output
from bot.commands.output import EXIT, allow, say, wants_color, width
from bot.commands.parse import Place
from bot.commands.saved import DEFAULT_NAMESPACE
from bot.errors import UsageError
from bot.model.question.grammar import Command
from bot.model.question.target import shown
from bot.model.result.diagnosis import Digest
from bot.model.snapshot import Snapshot
from bot.reports.digest_text import digest_text, table
from bot.reports.json import check_json, digest_json, read_digest
from bot.reports.markdown import digest_markdown
from bot.usecases.diagnose import now
from bot.usecases.digest import digest
from bot.usecases.refusals import expect_services


def check_scope(asked: Command, where: Place, *, output: Output, color: Color) -> int:
    """Print one line a Service, the worst first, and give the exit code."""
    allow(output, Output.TEXT, Output.JSON)
    found = judged(asked, where)
    say(check_json(found) if output is Output.JSON else table(found, color=wants_color(color)))
    return EXIT[found.outcome]


def digest_scope(asked: Command, where: Place, since: str, *, output: Output, color: Color) -> int:
    """Print the digest of a scope, compared with an earlier one, and give the exit code."""
    allow(output, Output.TEXT, Output.JSON, Output.MARKDOWN)
    if asked.rest:
        raise UsageError(f"{shown(asked.rest[0])} has no meaning here.", hint="Schedules of digests are kept in Slack.")
    found = judged(asked, where, earlier(since) if since else None)
    if output is Output.JSON:
        say(digest_json(found))
    elif output is Output.MARKDOWN:
        say(digest_markdown(found))
    else:
        say(digest_text(found, color=wants_color(color), width=width()))
    return EXIT[found.outcome]


def judged(asked: Command, where: Place, since: Digest | None = None) -> Digest:
    """Read a scope and judge every Service of it."""
    began = time.monotonic()
    snapshot, namespaces = _read(asked, where)
    expect_services(snapshot, namespaces)
    took_ms = round((time.monotonic() - began) * 1000)
    return digest(snapshot, at=now(), took_ms=took_ms, namespaces=namespaces, since=since)


def _read(asked: Command, where: Place) -> tuple[Snapshot, tuple[str, ...]]:
    if where.dump:
        from bot.cluster.dump import read_dump  # noqa: PLC0415 (only for saved objects)

        scope = asked.namespaces if asked.namespaces or asked.everything else (DEFAULT_NAMESPACE,)
        return read_dump(where.dump), scope
    from bot.commands.live import read_scope_live  # noqa: PLC0415 (only for a cluster)

    return read_scope_live(where, asked.namespaces, everything=asked.everything)


def earlier(name: str) -> Digest:
    """Read the digest of `--since`: a file written by `digest -o json`, or with REDIS_URL one that the bot remembers."""
    path = Path(name)
    if path.is_file():
        return read_digest(path.read_bytes())
    if os.environ.get("REDIS_URL"):
        from bot.commands.stored_digest import remembered  # noqa: PLC0415 (a file needs no Redis)

        if found := remembered(name):
            return found
    raise UsageError(
        f"There is no digest in {shown(name)}.",
        hint="Write one first: k8snet digest -o json > FILE. The id of one in Slack needs REDIS_URL.",
    )
