"""The whole Slack surface on one screen, and the middleware that gives every listener what it asks for by name."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import K8snetError
from handlers import actions, commands, digest_actions, from_caller, home, mentions, pickers, shortcuts, views
from handlers.access import Asker, asker_of
from handlers.conversation import Conversations, Place
from handlers.listening import Ack, Listening, NotTakenError, Speak, is_told
from handlers.messages import notices
from handlers.messages.ask_form import ASK, FROM
from handlers.messages.digest_form import FORM
from handlers.messages.home import closed_view
from handlers.messages.message import Message
from handlers.messages.pickers import CALLER, NAMESPACE, SERVICE
from handlers.messages.views import refusal_view
from handlers.mutes import Mutes
from handlers.schedules import Schedules
from handlers.watches import Watches

log = structlog.get_logger()


def register(
    app: AsyncApp, conversations: Conversations, *, schedules: Schedules, watches: Watches, mutes: Mutes
) -> Listening:
    """Bind every command, event, shortcut, button and view; give what runs them."""
    heard = Listening(_spoken(conversations))
    app.use(_Access(conversations, schedules=schedules, watches=watches, mutes=mutes))
    app.command("/k8snet")(heard(commands.k8snet))
    app.event("app_mention")(heard(mentions.mentioned))
    app.event("message")(heard(mentions.direct_message))
    app.event("member_joined_channel")(heard(mentions.joined))
    app.event("channel_shared")(heard(mentions.sharing_changed))
    app.event("channel_unshared")(heard(mentions.sharing_changed))
    app.event("app_home_opened")(heard(views.home))
    app.shortcut("k8snet_diagnose_message")(heard(shortcuts.diagnose_message))
    app.action("k8snet.rerun")(heard(actions.rerun))
    app.action(re.compile(r"^k8snet\.evidence(\.\d+)?$"))(heard(actions.evidence))
    app.action("k8snet.caller")(heard(from_caller.from_callers_pod))
    app.action("k8snet.path")(heard(actions.picture))
    app.action("k8snet.change")(heard(actions.change))
    app.action(re.compile(r"^k8snet\.digest(\.\d+)?$"))(heard(digest_actions.digest_menu))
    app.action("k8snet.digest.new")(heard(home.new_digest))
    app.action("k8snet.services")(heard(digest_actions.all_services))
    app.options("k8snet.pick.zone")(heard(digest_actions.zones))
    app.options(SERVICE)(heard(pickers.services))
    app.options(CALLER)(heard(pickers.callers))
    app.options(NAMESPACE)(heard(pickers.namespaces))
    app.action("k8snet.diagnose")(heard(home.diagnose))
    app.action("k8snet.from")(heard(actions.from_another_pod))
    app.view(FORM)(heard(digest_actions.digest_saved))
    app.action("k8snet.more")(heard(actions.more))
    app.action(re.compile(r"k8snet\.ask\.\d"))(heard(actions.suggestion))
    app.action(re.compile(r"^k8snet\.unwatch(\.\d+)?$"))(heard(actions.unwatch))
    app.action(re.compile(r"^k8snet\.unmute(\.\d+)?$"))(heard(actions.unmute))
    app.action(re.compile(""))(heard(actions.outdated))  # after all others: any other button
    app.view(ASK)(heard(views.asked))
    app.view(FROM)(heard(views.asked_from))
    return heard


class _Access(AsyncMiddleware):
    """Judges access, and puts what listeners ask for by name into the context (slack_bolt injects by parameter name).

    A class and no function: Bolt gathers for a function, of every payload, all that it might ask for by name.
    """

    def __init__(self, conversations: Conversations, **surfaces: Schedules | Watches | Mutes) -> None:
        self._conversations, self._surfaces = conversations, surfaces

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 (Bolt's own)
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 (Bolt's word)
    ) -> BoltResponse | None:
        """Let a payload through, or acknowledge it with the sentence that refuses it."""
        asker = asker_of(req.body)
        req.context.update({"conversations": self._conversations, "asker": asker, **self._surfaces})
        sentence = await self._conversations.gate.refusal(asker)
        return await self._refuse(asker, sentence, req) if sentence else await next()

    async def _refuse(self, asker: Asker, sentence: str, req: AsyncBoltRequest) -> BoltResponse:
        body, ack = req.body, req.context.ack
        if body.get("type") == "view_submission":
            return await ack(response_action="update", view=refusal_view(sentence))
        if body.get("command"):
            return await ack(text={**notices.refusal(sentence), "response_type": "ephemeral"})
        if (body.get("event") or {}).get("type") == "app_home_opened":
            await is_told(self._conversations.slack.publish_home(asker.user, closed_view(sentence)), sentence)
        if _is_question(body, asker):
            place = Place(asker.channel, response_url=body.get("response_url", ""))
            if not await is_told(self._conversations.tell_alone(asker, place, notices.refusal(sentence)), sentence):
                return BoltResponse(status=503)
        return await ack()  # given back: Bolt answers 404 for a payload that nobody took


def _is_question(body: dict[str, Any], asker: Asker) -> bool:
    """Return whether somebody waits for an answer: of events, those that are messages to us."""
    event = body.get("event") or {}
    direct = event.get("channel_type") == "im" and not (event.get("bot_id") or event.get("subtype"))
    heard = event.get("type") == "app_mention" or direct
    return bool(asker.channel) and (body.get("type") != "event_callback" or heard)


def _spoken(conversations: Conversations) -> Speak:
    """The one place where an error becomes a sentence for the person who caused it."""

    async def speak(error: Exception, body: Mapping[str, Any], ack: Ack) -> None:
        asker = asker_of(body)
        event = body.get("event") or {}
        place = Place(asker.channel, thread=event.get("thread_ts", ""), response_url=body.get("response_url", ""))
        told = _sentence(error)
        if body.get("command"):  # Slack shows what comes with its acknowledgement: told and taken are one step
            await ack(text={**told, "response_type": "ephemeral"})
        elif field := _first_field(body):  # a form stays open, with what was typed
            await ack(response_action="errors", errors={field: str(told["text"])[:300]})
        elif asker.channel:
            await conversations.tell_alone(asker, place, told)

    return speak


def _first_field(body: Mapping[str, Any]) -> str:
    """Return the first input of a form that was sent; empty where none was."""
    sent = body.get("type") == "view_submission"
    blocks = body["view"]["blocks"] if sent else ()
    return next((str(each["block_id"]) for each in blocks if each["type"] == "input"), "")


def _sentence(error: Exception) -> Message:
    if isinstance(error, NotTakenError):
        return error.told
    if isinstance(error, K8snetError):
        return notices.refused(error)
    return notices.refusal("Something broke on my side. It is logged.")
