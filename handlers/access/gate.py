"""The one gate: who is answered at all, and what may be told where. Every decision leaves an audit line in the log."""

from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.config import Config
from bot.errors import K8snetError, SlackUnreachableError, UsageError
from bot.model.names import Names
from bot.model.question.request import Kind, Request
from handlers.access.asker import Asker
from handlers.access.directory import Directory
from handlers.access.rules import (
    PROBE,
    Rule,
    expect_container,
    groups_of,
    is_cluster_open,
    namespaces_open,
    narrowed,
    rules_for,
)
from handlers.access.rules_file import RulesFile
from handlers.access.standing import SHARED, Own, Sharing, refusal

audit = structlog.get_logger("audit")

UNSURE = (
    "Only you see this: I cannot tell whether this channel is shared with another company. "
    "A mention here tells me for a day, the scopes channels:read and groups:read for good."
)
NOT_NOW = "Slack does not tell me just now who reads this channel."
UNSURE_NOW = f"Only you see this: {NOT_NOW} Ask again in a moment."
NOT_THERE = "Only you see this: I am not in this channel. Invite me for answers that others see, in threads."
UNSURE_WHO = "Only you see this: without the scope users:read I cannot tell guests from members."
ABSENT = "I am not in that channel."
UNKNOWN_PERSON = "I cannot tell whether you are a guest of this workspace."
HOW_TO_KNOW = "Allow the scope users:read."
UNKNOWN_CHANNEL = "I cannot tell whether this channel is shared with another company."
HOW_TO_LEARN = (
    "Allow the scopes channels:read and groups:read, name the channel in K8SNET_ALLOWED_CHANNELS, or mention me there: "
    "that tells me for a day."
)
_WHY_ALONE = {Sharing.UNKNOWN: UNSURE, Sharing.SILENT: UNSURE_NOW, Sharing.ABSENT: NOT_THERE}
# By why an answer is its asker's alone: why nothing is posted for somebody who does not wait for it, and what would mend that.
_NO_POST = {
    UNSURE: (UNKNOWN_CHANNEL, HOW_TO_LEARN),
    NOT_THERE: (ABSENT, "Invite me."),
    UNSURE_WHO: (UNKNOWN_PERSON, HOW_TO_KNOW),
}


class NotAllowedError(UsageError):
    """You may not ask that here."""


class Permit(Struct, frozen=True):
    """What may be asked; with a `note` on why it may be told to its asker alone and not to the channel."""

    request: Request
    note: str = ""

    @property
    def alone(self) -> bool:
        """Whether the asker alone may be told."""
        return bool(self.note)


class Gate:
    """One per Slack process."""

    def __init__(self, config: Config, directory: Directory, own: Own, rules: RulesFile) -> None:
        self._config, self._directory, self._own, self._rules = config, directory, own, rules

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

    async def heard(self, channel: str, *, shared: bool) -> None:
        """Remember what an event said about who reads a channel."""
        await self._directory.heard(channel, shared=shared)

    async def permit(self, asker: Asker, channel: str, request: Request) -> Permit:
        """Return how a request of this asker is answered in a channel. Raises UsageError where it is not."""
        sharing = await self.sharing(channel)
        if sharing is Sharing.SHARED:
            self._log(asker, channel, "refused", SHARED, **self._told(request))
            raise NotAllowedError(SHARED)
        allowed, rules = await self._by_rules(asker, channel, request)
        note = _WHY_ALONE.get(sharing, "")
        if not note and not channel.startswith("D") and await self._directory.person(asker.user) is None:
            note = UNSURE_WHO
        decision = "alone" if note else "allowed"
        self._log(asker, channel, decision, note or f"the channel is {sharing}", **self._told(allowed, rules))
        return Permit(allowed, note)

    async def permit_post(self, asker: Asker, channel: str, request: Request) -> Request:
        """Return a request whose answer a channel may read, though nobody asks at that moment.

        Raises UsageError where it may not, SlackUnreachableError while Slack does not say whether it may.
        """
        permit = await self.permit(asker, channel, request)
        if permit.note:
            raise _no_post(permit.note)
        return permit.request

    async def expect_internal(self, channel: str) -> None:
        """Raise UsageError unless only our own company reads a channel, SlackUnreachableError while Slack does not say."""
        sharing = await self.sharing(channel)
        if sharing is Sharing.SHARED:
            raise NotAllowedError(SHARED)
        if sharing is not Sharing.INTERNAL:
            raise _no_post(_WHY_ALONE[sharing])

    async def permit_container(self, asker: Asker, channel: str, request: Request) -> None:
        """Raise UsageError where the rules do not let somebody have a container added to a caller's pod."""
        await self._by_rules(asker, channel, replace(request, from_caller=True))

    async def is_closed(self, channel: str) -> bool:
        """Return whether another company reads a channel by now, so that no answer may be told there any more."""
        return bool(channel) and await self.sharing(channel) is Sharing.SHARED

    async def may_see(self, asker: Asker, channel: str, request: Request) -> bool:
        """Return whether the rules allow somebody to ask what was asked before."""
        try:
            await self._by_rules(asker, channel, replace(request, from_caller=False))
        except UsageError:
            return False
        return True

    async def is_open(self, asker: Asker, channel: str, kind: Kind, cluster: str, namespace: str = "") -> bool:
        """Return whether the rules let somebody ask about a namespace, or about a cluster at all; nothing is logged."""
        held = await self._held(asker, channel, kind)
        if held is None:
            return True
        if namespace:
            return namespaces_open(held, cluster)(namespace)
        return is_cluster_open(held, cluster)

    async def visible(self, asker: Asker, channel: str, kind: Kind, names: Names) -> Names:
        """Return the names of a cluster that may be offered to somebody in a channel: those about which they may ask."""
        if await self.is_closed(channel):
            return names.open_to(lambda _: False)
        held = await self._held(asker, channel, kind)
        return names if held is None else names.open_to(namespaces_open(held, names.cluster))

    async def _held(self, asker: Asker, channel: str, kind: Kind | str) -> tuple[Rule, ...] | None:
        """Return the rules that hold for somebody in a channel and a verb; None where there are no rules at all."""
        rules = self._rules.rules()
        if rules is None:
            return None
        who = {f"channel:{channel}"}
        if not await self.is_gone(asker.user):
            groups = [f"group:{each}" for each in groups_of(rules) if asker.user in await self._directory.members(each)]
            who |= {f"user:{asker.user}", *groups}
        return rules_for(rules, frozenset(who), str(kind))

    async def is_gone(self, user: str) -> bool:
        """Return whether somebody left, or is a guest by now: what is theirs may ask what everybody may."""
        try:
            person = await self._directory.person(user)
        except K8snetError:
            return False
        return person is not None and (person.is_gone or person.is_guest)

    async def is_outside(self, channel: str) -> bool:
        """Return whether Slack says that the bot is no member of a channel."""
        return not channel.startswith("D") and await self._directory.is_outside(channel)

    async def _by_rules(self, asker: Asker, channel: str, request: Request) -> tuple[Request, str]:
        """Return the request as the rules allow it, and their names. Raises UsageError for what no rule allows."""
        held = await self._held(asker, channel, request.kind)
        if held is None:
            return request, ""
        names = ", ".join(each.name for each in held)
        try:
            if request.from_caller:
                expect_container(request, await self._held(asker, channel, PROBE) or (), self._config.default_cluster)
            return narrowed(request, held, self._config.served, self._config.default_cluster), names
        except UsageError as error:
            self._log(asker, channel, "refused", str(error), **self._told(request, names))
            raise

    async def timezone(self, user: str) -> str:
        """Return somebody's time zone, an IANA name; empty where Slack does not say."""
        try:
            person = await self._directory.person(user)
        except K8snetError:
            return ""
        return person.timezone if person else ""

    async def sharing(self, channel: str) -> Sharing:
        """Return who can read a channel; one that is allowed by its id counts as internal."""
        if channel in self._config.allowed_channels:
            return Sharing.INTERNAL
        return await self._directory.sharing(channel)

    def _log(self, asker: Asker, channel: str, decision: str, reason: str, **about: Any) -> None:
        """Write the audit line: who, where, by which kind of payload, and what came of it."""
        who = {"user": asker.user, "channel": channel, "door": asker.door}
        audit.info("access", decision=decision, reason=reason, **who, **about)

    def _told(self, request: Request, rules: str = "") -> dict[str, Any]:
        """Return what was asked about, and the rules that hold for its asker, as the audit line tells them."""
        question = request.question
        named = dict.fromkeys(each for each in (question.namespace, *request.namespaces) if each)
        cluster = question.cluster or self._config.default_cluster
        verb = f"{request.kind} {PROBE}" if request.from_caller else str(request.kind)
        return {"verb": verb, "cluster": cluster, "namespaces": list(named), "rules": rules}


def _no_post(note: str) -> K8snetError:
    """Return why nothing is posted in a channel whose answers are their asker's alone for the reason of a note."""
    if note == UNSURE_NOW:
        return SlackUnreachableError(NOT_NOW, hint="Ask again in a moment.")
    sentence, hint = _NO_POST[note]
    return NotAllowedError(sentence, hint=hint)
