"""*Show Path*: the hops of an answer as a picture in its thread; where Slack takes none, as text for who clicked."""

import asyncio

import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import K8snetError
from bot.jobs.messages import Run
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.path import PathAnswer
from bot.reports.path_picture import Picture, path_picture
from bot.reports.path_text import hops_text
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.listening import Ack
from handlers.messages import notices
from handlers.picture import png
from handlers.slack_errors import code_of

log = structlog.get_logger()
_ALONE = "Others do not see this answer, so its picture is not shared. Its hops:"
_BEFORE = "A picture is shared once; look for it in this thread. Its hops:"
_NO_FILE = "This workspace did not take the picture. The hops as text:"
_NO_SCOPE = "I may not upload a picture here: the app lacks the scope files:write. The hops as text:"


async def show_path(ack: Ack, run_id: str, asker: Asker, conversations: Conversations, place: Place) -> None:
    """Share the picture of a run's answer. What the one who clicked may not ask reads as gone."""
    await ack()
    seen = await conversations.visible_answer(asker, place.channel, run_id)
    found = seen[1].result if seen else None
    picture = path_picture(found) if isinstance(found, Diagnosis | PathAnswer) else None
    if seen is None or picture is None or not isinstance(found, Diagnosis | PathAnswer):
        told = notices.refusal("The way of this call is no longer stored: answers are kept for 7 days.")
    elif note := await _shared(conversations, asker, seen[0], place, picture):
        told = notices.hops(note, hops_text(found, width=90), run=run_id)
    else:
        return
    await conversations.tell_alone(asker, place, told)


async def _shared(conversations: Conversations, asker: Asker, run: Run, place: Place, picture: Picture) -> str:
    """Upload the picture into the thread; return why it was not, for who clicked, or nothing."""
    permit = await conversations.gate.permit(asker, place.channel, run.request)
    if permit.alone or place.ephemeral or run.delivery.is_alone:
        return _ALONE
    thread = place.thread or place.message
    if await conversations.is_repeated(f"picture:{place.channel}:{thread}:{run.id}"):
        return _BEFORE
    try:
        drawn = await asyncio.to_thread(png, picture.svg)
        name = f"k8snet-path-{run.id[:10]}.png"
        await conversations.slack.upload(
            place.channel, name, drawn, title=picture.title, alt=picture.alt, thread=thread
        )
    except SlackApiError as error:
        log.warning("Slack took no picture", run=run.id, reason=code_of(error))
        return _NO_SCOPE if code_of(error) == "missing_scope" else _NO_FILE
    except (K8snetError, ValueError) as error:
        log.warning("no picture", run=run.id, reason=str(error))
        return _NO_FILE
    return ""
