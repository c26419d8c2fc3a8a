"""What Slack's events told of a channel, for all replicas: whether another company reads it."""

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
