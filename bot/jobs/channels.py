"""What Slack told of a channel, for all replicas: whether another company reads it, and which form of messages it takes."""

from bot.jobs import keys
from bot.jobs.store import Store, answering


async def remember_channel(store: Store, channel: str, sharing: str) -> None:
    """Keep a word about a channel for a day: it may be shared with another company tomorrow."""
    async with answering():
        await store.quick.set(keys.sharing(channel), sharing, ex=keys.SHARING_LIFE)


async def remembered_channel(store: Store, channel: str) -> str:
    """Return the word that was kept; empty where there is none."""
    async with answering():
        raw = await store.quick.getrange(keys.sharing(channel), 0, 15)
    return str(raw.decode(errors="replace"))


async def remember_level(store: Store, team: str, channel: str, level: str, *, is_short: bool) -> None:
    """Keep which form of messages a channel takes: for a day, or an hour, since Slack's clients and rules change."""
    life = keys.SEEN_LIFE if is_short else keys.LEVEL_LIFE
    async with answering():
        await store.quick.set(keys.level(team, channel), level, ex=life)


async def remembered_level(store: Store, team: str, channel: str) -> str:
    """Return the form that was kept; empty where there is none."""
    async with answering():
        raw = await store.quick.getrange(keys.level(team, channel), 0, 15)
    return str(raw.decode(errors="replace"))
