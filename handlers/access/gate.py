"""The one gate: who is answered at all, and what may be told where. Every decision leaves an audit line in the log."""

import structlog
from msgspec import Struct

from bot.config import Config
from bot.errors import K8snetError, UsageError
from handlers.access.asker import Asker
from handlers.access.directory import Directory
from handlers.access.standing import SHARED, Own, Sharing, refusal

audit = structlog.get_logger("audit")

UNSURE = (
    "Only you see this: I cannot tell whether this channel is shared with another company. "
    "A mention here tells me for a day, the scopes channels:read and groups:read for good."
)


UNKNOWN_CHANNEL = "I cannot tell whether this channel is shared with another company."
HOW_TO_LEARN = (
    "Allow the scopes channels:read and groups:read, name the channel in K8SNET_ALLOWED_CHANNELS, or mention me there: "
    "that tells me for a day."
)


class NotAllowedError(UsageError):
    """You may not ask that here."""


class Permit(Struct, frozen=True):
    """What may be asked may be told: to the channel, or with `alone` to its asker only."""

    alone: bool = False


class Gate:
    """One per Slack process."""

    def __init__(self, config: Config, directory: Directory, own: Own) -> None:
        self._config, self._directory, self._own = config, directory, own

    async def refusal(self, asker: Asker) -> str:
        """Return why this asker is not answered at all, or nothing; learns what the payload says of its channel."""
        if asker.shared is not None and asker.channel:
            await self._directory.heard(asker.channel, shared=asker.shared)
        if asker.user in ("", self._own.bot):
            return ""  # no person: an event about ourselves
        try:
            person = await self._directory.person(asker.user)
        except K8snetError as error:
            self._log(asker, asker.channel, "refused", str(error))
            return f"{error} {error.hint}"
        foreign = bool(asker.homes - {self._own.team})
        sharing = await self.sharing(asker.channel) if foreign and asker.channel else Sharing.UNKNOWN
        sentence = refusal(asker.homes, person, sharing, self._own, self._config.allowed_team)
        if not sentence and asker.shared and asker.channel not in self._config.allowed_channels:
            sentence = SHARED
        if sentence:
            self._log(asker, asker.channel, "refused", sentence)
        return sentence

    async def permit(self, asker: Asker, channel: str) -> Permit:
        """Return how a question from this asker is answered in a channel. Raises NotAllowedError where it is not."""
        sharing = await self.sharing(channel)
        if sharing is Sharing.SHARED:
            self._log(asker, channel, "refused", SHARED)
            raise NotAllowedError(SHARED)
        alone = sharing is Sharing.UNKNOWN
        self._log(asker, channel, "alone" if alone else "allowed", f"the channel is {sharing}")
        return Permit(alone=alone)

    async def permit_post(self, asker: Asker, channel: str) -> None:
        """Raise NotAllowedError unless a channel may read what nobody asks for at that moment, such as digests."""
        if (await self.permit(asker, channel)).alone:
            raise NotAllowedError(UNKNOWN_CHANNEL, hint=HOW_TO_LEARN)

    async def sharing(self, channel: str) -> Sharing:
        """Return who can read a channel; one that is allowed by its id counts as internal."""
        if channel in self._config.allowed_channels:
            return Sharing.INTERNAL
        return await self._directory.sharing(channel)

    def _log(self, asker: Asker, channel: str, decision: str, reason: str) -> None:
        audit.info("access", decision=decision, reason=reason, user=asker.user, channel=channel, door=asker.door)
