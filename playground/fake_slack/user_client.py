"""What somebody at a keyboard can do in Slack, and what Slack then tells the app.

Every action waits until the app has acknowledged (or failed to), and returns the Delivery. What Slack itself would refuse
raises NotPossibleError, and the person sees Slack's own sentence where there is one.
"""

from typing import Any

from playground.fake_slack import clicks, keyboard, modals, payloads
from playground.fake_slack.core import Core
from playground.fake_slack.delivery import Delivery, Postman
from playground.fake_slack.keyboard import PLAIN, ClientEffects
from playground.fake_slack.locate import NotPossibleError
from playground.fake_slack.responseurls import ResponseUrls, say
from playground.fake_slack.session import Session
from playground.fake_slack.state import Channel, Json, Message, User, View, rendered

NOT_IN_THREADS = "{} is not supported in threads. Sorry!"


class Person(Session):
    """One user at a Slack client; `effects` are the liberties this client takes with what is typed."""

    def __init__(self, core: Core, postman: Postman, urls: ResponseUrls, user: User) -> None:
        super().__init__(core, postman, urls, user)
        self.effects: ClientEffects = PLAIN

    @property
    def views(self) -> list[View]:
        """The modals on this person's screen, the top one last."""
        return modals.on_screen(self.core, self.id)

    @property
    def view(self) -> View:
        """The top modal."""
        if not self.views:
            raise NotPossibleError("no modal is open")
        return self.views[-1]

    @property
    def home(self) -> View | None:
        """This person's App Home, once published."""
        return self.core.workspace.homes.get(self.id)

    def ephemerals(self, channel: str | Channel) -> list[Message]:
        """Return the ephemeral messages this person sees in a channel and its threads."""
        place = self.core.workspace.channel(channel).id
        kept = self.core.workspace.ephemerals
        return [one for one in kept if one.seen_by == self.id and one.channel == place and one.shown]

    async def slash(self, channel: str | Channel, text: str, *, thread_ts: str = "") -> Delivery:
        """Type a slash command."""
        place = self._inside(channel)
        typed = keyboard.typed(text, self.effects).replace("/K8snet", "/k8snet")
        name = typed.split(" ", 1)[0]
        if thread_ts:
            self.core.slackbot(place, self.id, NOT_IN_THREADS.format(name))
            raise NotPossibleError(NOT_IN_THREADS.format(name))
        company = self.core.workspace.enterprise
        if self.user.team != self.core.workspace.team and not (company and self.user.enterprise == company):
            raise NotPossibleError(f"{name} is not a valid command in this person's workspace")
        self.core.askers.add(self.id)
        url = self.urls.issue(place.id, self.id)
        sent = keyboard.sent(typed, self.core.workspace, self.effects)
        payload = payloads.command(self.core, self.user, place, sent, url)
        delivery = await self.postman.deliver("slash_commands", payload)
        self._answered(place, typed, name, delivery)
        return delivery

    async def say(self, channel: str | Channel, text: str, *, thread_ts: str = "") -> Message:
        """Write a message that the app hears nothing of, unless it is direct."""
        message = self._write(self._inside(channel), text, thread_ts)
        if self.core.workspace.channels[message.channel].kind == "im":
            await self._heard(message, "message")
        return message

    async def mention(self, channel: str | Channel, text: str, *, thread_ts: str | None = None) -> Message:
        """Write a message that names the app. Where the bot is not a member, Slack only offers to invite it."""
        place = self._inside(channel)
        bot = self.core.workspace.bot
        if f"@{bot.name}" not in text:
            text = f"@{bot.name} {text}"
        message = self._write(place, text, thread_ts or "")
        self.core.askers.add(self.id)
        if bot.id not in place.members:
            self.core.slackbot(place, self.id, f"{bot.name} is not in this channel. Invite them?")
        elif place.kind == "im":
            await self._heard(message, "message")
        else:
            await self._heard(message, "app_mention")
        return message

    async def shortcut(self, message: Message, callback_id: str) -> Delivery:
        """Pick the app's entry in a message's menu."""
        self.core.askers.add(self.id)
        place = self._inside(message.channel)
        payload = payloads.interaction(self.core, "message_action", self.user) | {
            "action_ts": f"{self.core.clock.now():.6f}",
            "callback_id": callback_id,
            "channel": {"id": place.id, "name": payloads.NAMES.get(place.kind, place.name)},
            "message_ts": message.ts,
            "message": rendered(message, self.core.workspace),
            "response_url": self.urls.issue(place.id, self.id, message),
        }
        return await self.postman.deliver("interactive", payload)

    async def global_shortcut(self, callback_id: str) -> Delivery:
        """Pick the app's entry in the shortcuts menu: no channel, no response_url."""
        self.core.askers.add(self.id)
        payload = payloads.interaction(self.core, "shortcut", self.user)
        payload |= {"action_ts": f"{self.core.clock.now():.6f}", "callback_id": callback_id}
        return await self.postman.deliver("interactive", payload)

    async def click(self, where: Message | View, action_id: str) -> Delivery:
        """Press a button, found by action_id or label, in a message, modal or App Home."""
        self.core.askers.add(self.id)
        return await clicks.click(self, where, action_id)

    async def select(self, where: Message | View, action_id: str, *wanted: str) -> Delivery | None:
        """Choose options by value or text; None when the choice only waits for the submit."""
        self.core.askers.add(self.id)
        return await clicks.select(self, where, action_id, wanted)

    async def type(self, where: Message | View, action_id: str, text: str) -> list[Json]:
        """Type into an external select and give the options the app offers."""
        return await clicks.suggestions(self, where, action_id, text)

    async def groups(self, where: Message | View, action_id: str, text: str) -> list[tuple[str, list[Json]]]:
        """Type into an external select and give what the app offers, under its headings."""
        return await clicks.groups(self, where, action_id, text)

    async def submit(self, view: View | None = None, values: dict[str, Any] | None = None) -> Delivery:
        """Fill a modal (action_id to text, option or list of options) and press its submit button."""
        self.core.askers.add(self.id)
        return await modals.submit(self, view or self.view, values or {})

    async def close(self, view: View | None = None) -> Delivery | None:
        """Close a modal; the app hears of it only when it asked to."""
        return await modals.close(self, view or self.view)

    async def open_home(self, tab: str = "home") -> Delivery:
        """Open the app's Home."""
        inner: Json = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.core.workspace.direct(self.id).id,
            "tab": tab,
            "event_ts": self.core.workspace.next_ts(self.core.clock.now()),
        }
        if self.home is not None:
            inner["view"] = modals.shown(self.core, self.home)
        self.core.askers.add(self.id)
        return await self.postman.event(payloads.event(self.core, inner))

    async def invite_bot(self, channel: str | Channel) -> Delivery:
        """Bring the bot into a channel."""
        place = self._inside(channel)
        bot = self.core.workspace.bot
        place.members.add(bot.id)
        inner = {
            "type": "member_joined_channel",
            "user": bot.id,
            "channel": place.id,
            "channel_type": "C" if place.kind == "public" else "G",
            "team": self.core.workspace.team,
            "inviter": self.id,
            "event_ts": self.core.workspace.next_ts(self.core.clock.now()),
        }
        return await self.postman.event(payloads.event(self.core, inner, place))

    def _inside(self, channel: str | Channel) -> Channel:
        place = self.core.workspace.channel(channel)
        if self.id not in place.members:
            raise NotPossibleError(f"{self.user.name} is not in {place.name}")
        if place.archived:
            raise NotPossibleError(f"{place.name} is archived")
        return place

    def _write(self, place: Channel, text: str, thread_ts: str) -> Message:
        typed = keyboard.sent(keyboard.typed(text, self.effects), self.core.workspace, self.effects)
        ts = self.core.workspace.next_ts(self.core.clock.now())
        message = Message(channel=place.id, ts=ts, user=self.id, text=typed, thread_ts=thread_ts)
        self.core.workspace.messages[place.id, ts] = message
        self.core.changed()
        return message

    async def _heard(self, message: Message, kind: str) -> Delivery:
        place = self.core.workspace.channels[message.channel]
        inner: Json = {
            "type": kind,
            "user": self.id,
            "ts": message.ts,
            "client_msg_id": self.core.workspace.next_id("m"),
            "text": message.text,
            "team": self.user.team,
            "channel": place.id,
            "event_ts": message.ts,
        }
        if message.thread_ts:
            inner["thread_ts"] = message.thread_ts
        if kind == "message":
            inner["channel_type"] = "im"
        return await self.postman.event(payloads.event(self.core, inner, place, self.user))

    def _answered(self, place: Channel, typed: str, name: str, delivery: Delivery) -> None:
        """Show what the acknowledgement says, or Slack's own sentence when there was none."""
        if not delivery.acknowledged:
            timed_out = delivery.attempts[-1].outcome == "http_timeout"
            error = "operation_timeout" if timed_out else "dispatch_failed"
            self.core.slackbot(place, self.id, f'{name} failed with the error "{error}"')
            return
        answer = delivery.response
        if answer.get("response_type") == "in_channel":
            self._write(place, typed, "")
        if answer.get("text") or answer.get("blocks"):
            say(self.core, place, self.id, answer, "ack")
