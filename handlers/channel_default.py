"""What a channel means where nothing is said, for somebody who may ask about it: to all others it does not exist."""

from bot.jobs.client import JobClient
from bot.jobs.defaults import Default, filled
from bot.model.question.question import Question
from bot.model.question.request import Kind
from handlers.access import Asker, Gate


async def default_of(channel: str, asker: Asker, *, jobs: JobClient, gate: Gate, kind: Kind = Kind.WHY) -> Default:
    """Return a channel's default as far as somebody may ask about it: both parts, its cluster, or nothing."""
    default = await jobs.defaults.of(channel)
    cluster = default.cluster or jobs.default_cluster
    if default.namespace and not await gate.is_open(asker, channel, kind, cluster, default.namespace):
        default = Default(cluster=default.cluster, by=default.by)
    if default.cluster and not await gate.is_open(asker, channel, kind, default.cluster):
        return Default()
    return default


async def with_default(
    question: Question, channel: str, asker: Asker, *, jobs: JobClient, gate: Gate, kind: Kind = Kind.WHY
) -> Question:
    """Return a question with its channel's default for what was not said."""
    return filled(question, await default_of(channel, asker, jobs=jobs, gate=gate, kind=kind))
