"""What a channel, or a person in their direct messages, means where no namespace and no cluster is said: kept until changed."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.jobs import keys
from bot.jobs.runs import decode
from bot.jobs.store import Store, answering
from bot.model.question.question import Question


class Default(Struct, frozen=True):
    """A namespace, a cluster, or both; `by` is the name of who said so."""

    namespace: str = ""
    cluster: str = ""
    by: str = ""


class Defaults:
    """Defaults by channel."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, channel: str) -> Default:
        """Read a channel's default; an empty one where there is none."""
        async with answering():
            raw = await self._store.quick.hget(keys.DEFAULTS, channel)
        return decode(raw, Default, f"default of {channel!r}") or Default()

    async def use(self, channel: str, default: Default) -> None:
        """Keep a channel's default; an empty one ends it."""
        async with answering():
            if default.namespace or default.cluster:
                await self._store.quick.hset(keys.DEFAULTS, channel, msgspec.json.encode(default))
            else:
                await self._store.quick.hdel(keys.DEFAULTS, channel)


def filled(question: Question, default: Default) -> Question:
    """Return a question about one Service with a default for what was not said.

    The namespace is where the Service is looked for first: one that has none of that name, or that was not said for the
    caller's sake, gives way. It is one of its cluster, and is not taken where another cluster was said.
    """
    if not question.service:
        return question
    assumed = list(question.assumed)
    cluster = question.cluster or default.cluster
    if cluster != question.cluster:
        assumed.append(f"cluster: {cluster}, the default here")
    is_there = not (default.cluster and cluster != default.cluster)
    first = default.namespace if is_there and not question.namespace else ""
    return replace(question, cluster=cluster, default_namespace=first, assumed=tuple(assumed))
