"""Where something was clicked, and so where its answer goes. Pure."""

from typing import Any

from bot.jobs.messages import Run
from handlers.conversation import Place


def place_of(body: dict[str, Any]) -> Place:
    """Read the place of a button's payload: the message it is of, if others see it, and its thread."""
    container = body.get("container", {})
    message = body.get("message", {})
    ephemeral = bool(container.get("is_ephemeral"))
    return Place(
        (body.get("channel") or {}).get("id") or container.get("channel_id", ""),
        thread=message.get("thread_ts") or container.get("thread_ts") or "",
        response_url=body.get("response_url", ""),
        message="" if ephemeral else container.get("message_ts", ""),
        ephemeral=ephemeral,
    )


def in_place_of(run: Run, response_url: str) -> Place:
    """Return the place of a run's answer, which another one is to replace; `response_url` is that of the click."""
    return Place(
        run.channel,
        thread=run.thread_ts,
        response_url=response_url,
        message=run.message_ts,
        root=run.root_ts,
        ephemeral=run.delivery.is_alone,
    )


def beside(run: Run) -> Place:
    """Return the place of another answer beside that of a run: its thread, or for its asker alone where that was."""
    root = "" if run.delivery.is_alone else run.root_ts
    return Place(
        run.channel,
        thread=run.thread_ts or root,
        response_url=run.response_url,
        ephemeral=run.delivery.is_alone,
        opens_thread=run.delivery.opens_thread,
    )
