"""What Slack says about channels, people and user groups, and what its events told: asked when needed, kept for a while.

Each look-up needs a scope that may not have been granted (`channels:read` and `groups:read`, `users:read`,
`usergroups:read`), and may fail. What could not be learned is unknown, and whoever asks decides.
https://docs.slack.dev/reference/methods/conversations.info, users.info, usergroups.users.list
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import structlog
from msgspec import Struct
from slack_sdk.errors import SlackApiError

from bot.errors import K8snetError, SlackUnreachableError, StoreUnreachableError
from bot.jobs.client import JobClient
from handlers.access.standing import Person, Sharing
from handlers.client import ShutError, SlackClient
from handlers.slack_errors import code_of, reason_of

log = structlog.get_logger()

LIMIT = 0.9  # seconds of one look-up: it is on the way to an acknowledgement that Slack wants within 3
_CHANNEL_LIFE = 60.0  # a channel can become shared at any moment
_PERSON_LIFE = 600.0
_GROUP_LIFE = 300.0
_STALE_LIFE = 86400.0  # of people, while Slack does not answer
_MOST = 10_000  # people and channels that are kept
# Slack did answer, and will not say.
_UNSAID = frozenset(("missing_scope", "user_not_found", "user_not_visible"))

Known = TypeVar("Known")


class Lookup(Struct, frozen=True):
    """What came of asking: `body` as Slack sent it; without one, why there is none, as `Sharing` tells it."""

    body: Mapping[str, Any] | None = None
    why: Sharing = Sharing.SILENT


class Kept(Generic[Known]):
    """Facts by id, each with its age; the oldest goes when there are too many."""

    def __init__(self, life: float, clock: Callable[[], float]) -> None:
        self._life, self._clock = life, clock
        self._facts: dict[str, tuple[float, Known]] = {}

    def fresh(self, key: str, life: float = 0.0) -> tuple[Known] | None:
        """Return what is known, in a tuple since it may be None, unless it is older than `life` seconds."""
        found = self._facts.get(key)
        return (found[1],) if found and self._clock() - found[0] < (life or self._life) else None

    def keep(self, key: str, fact: Known) -> Known:
        """Keep a fact as of now, and return it."""
        self._facts.pop(key, None)
        self._facts[key] = (self._clock(), fact)
        if len(self._facts) > _MOST:
            del self._facts[next(iter(self._facts))]
        return fact


class Directory:
    """One per Slack process."""

    def __init__(self, slack: SlackClient, jobs: JobClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._slack, self._jobs = slack, jobs
        self._channels: Kept[Sharing] = Kept(_CHANNEL_LIFE, clock)
        self._people: Kept[Person | None] = Kept(_PERSON_LIFE, clock)
        self._groups: Kept[frozenset[str]] = Kept(_GROUP_LIFE, clock)

    async def heard(self, channel: str, *, shared: bool) -> None:
        """Remember what an event said of a channel: here for a minute, in the store for a day."""
        sharing = Sharing.SHARED if shared else Sharing.INTERNAL
        if self._channels.fresh(channel) == (sharing,):
            return
        self._channels.keep(channel, sharing)
        try:
            await self._jobs.remember_channel(channel, sharing)
        except StoreUnreachableError as error:
            log.warning("a channel's sharing was not remembered", channel=channel, reason=str(error))

    async def sharing(self, channel: str) -> Sharing:
        """Return who can read a channel. A pending invitation of another company counts: it may be accepted any moment."""
        if channel.startswith("D"):
            return Sharing.INTERNAL  # its two people, and the bot can only be one of them
        if known := self._channels.fresh(channel):
            # An event may have told another replica that it is shared now.
            is_shared = known[0] is Sharing.SHARED or await self._remembered(channel) is Sharing.SHARED
            return Sharing.SHARED if is_shared else known[0]
        found = await self._ask("conversations.info", channel=channel)
        if found.body is not None:
            described = found.body.get("channel") or {}
            outside = described.get("is_ext_shared") or described.get("is_pending_ext_shared")
            return self._channels.keep(channel, Sharing.SHARED if outside else Sharing.INTERNAL)
        remembered = await self._remembered(channel)
        if remembered is not Sharing.UNKNOWN:
            return remembered if found.why is Sharing.SILENT else self._channels.keep(channel, remembered)
        return self._channels.keep(channel, found.why) if found.why is Sharing.UNKNOWN else found.why

    async def person(self, user: str) -> Person | None:
        """Return what Slack says of somebody; None where it will not say.

        Raises SlackUnreachableError where it does not answer, and did not within a day: then a guest could pass for a member.
        """
        if known := self._people.fresh(user):
            return known[0]
        found = await self._ask("users.info", user=user)
        if found.body is not None:
            return self._people.keep(user, _person(found.body.get("user") or {}))
        if found.why is not Sharing.SILENT:
            return self._people.keep(user, None)
        if known := self._people.fresh(user, _STALE_LIFE):
            return known[0]
        raise SlackUnreachableError("Slack does not tell me who you are just now.", hint="Ask again in a moment.")

    async def is_outside(self, channel: str) -> bool:
        """Return whether Slack says that we are no member of a channel, at this moment."""
        found = await self._ask("conversations.info", channel=channel)
        return found.body is not None and (found.body.get("channel") or {}).get("is_member") is False

    async def members(self, group: str) -> frozenset[str]:
        """Return the people of a user group (S…); none where it could not be learned."""
        if known := self._groups.fresh(group):
            return known[0]
        found = await self._ask("usergroups.users.list", usergroup=group)
        if found.body is None:
            log.warning("a user group's members are not known, so nobody is in it", group=group)
            return frozenset()
        return self._groups.keep(group, frozenset(map(str, found.body.get("users") or ())))

    async def _remembered(self, channel: str) -> Sharing:
        try:
            return Sharing(await self._jobs.remembered_channel(channel) or Sharing.UNKNOWN)
        except (StoreUnreachableError, ValueError):
            return Sharing.UNKNOWN

    async def _ask(self, method: str, **arguments: str) -> Lookup:
        try:
            async with asyncio.timeout(LIMIT):
                return Lookup(await self._slack.look_up(method, arguments))
        except (SlackApiError, K8snetError, TimeoutError) as error:
            log.info("Slack did not say", method=method, reason=reason_of(error), **arguments)
            if isinstance(error, ShutError):
                return Lookup(why=Sharing.ABSENT)
            refused = isinstance(error, SlackApiError) and code_of(error) in _UNSAID
            return Lookup(why=Sharing.UNKNOWN if refused else Sharing.SILENT)


def _person(user: Mapping[str, Any]) -> Person:
    grid = user.get("enterprise_user") or {}
    return Person(
        team=str(user.get("team_id") or ""),
        enterprise=str(grid.get("enterprise_id") or ""),
        teams=frozenset(map(str, grid.get("teams") or ())),
        is_gone=bool(user.get("deleted")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        timezone=str(user.get("tz") or ""),
    )
