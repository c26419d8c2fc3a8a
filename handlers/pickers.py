"""What a form's pickers offer while somebody types: names about which they may ask, from the index that workers keep.

Slack waits three seconds, and tells an options request nothing of the form's other fields: which clusters are meant
follows from what the form was opened for. https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from bot.model.names import Names
from bot.model.question.request import Kind
from handlers.access import Asker
from handlers.conversation import Conversations
from handlers.listening import Ack
from handlers.messages.ask_form import FROM
from handlers.messages.digest_form import FORM
from handlers.messages.markup import Element
from handlers.messages.pickers import caller_groups, namespace_groups, service_groups

Groups = Callable[[str, Iterable[Names], datetime], list[Element]]


async def services(ack: Ack, body: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Offer Services."""
    await _offer(service_groups, ack, body, asker=asker, conversations=conversations, kind=Kind.WHY)


async def callers(ack: Ack, body: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Offer workloads that may call."""
    await _offer(caller_groups, ack, body, asker=asker, conversations=conversations, kind=Kind.WHY)


async def namespaces(ack: Ack, body: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Offer namespaces."""
    await _offer(namespace_groups, ack, body, asker=asker, conversations=conversations, kind=Kind.DIGEST)


async def _offer(
    groups: Groups, ack: Ack, body: dict[str, Any], *, asker: Asker, conversations: Conversations, kind: Kind
) -> None:
    channel, clusters = await _meant(body.get("view") or {}, conversations)
    known = await conversations.names.offered(asker, channel, kind, clusters)
    await ack(option_groups=groups(str(body.get("value") or ""), known, datetime.now(UTC)))


async def _meant(view: dict[str, Any], conversations: Conversations) -> tuple[str, tuple[str, ...]]:
    """Return the channel that a form's answer goes to, and the clusters that it may be about."""
    metadata = str(view.get("private_metadata") or "")
    if view.get("callback_id") == FROM:
        run = await conversations.jobs.run_of(metadata)
        return (run.channel, (run.question.cluster,)) if run else ("", ())
    words = metadata.split(" ")
    if view.get("callback_id") == FORM:
        return (words[1], (words[2],)) if len(words) > 2 else ("", ())  # noqa: PLR2004 - id, channel, cluster
    return words[0], conversations.config.served
