"""What Slack's refusals mean: the one place that reads them, and where they become sentences that name a setting."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import SettingError, SlackUnreachableError
from bot.model.text import one_line

BOT_TOKEN = "SLACK_BOT_TOKEN must be this app's Bot User OAuth Token (OAuth & Permissions)"  # noqa: S105 - a sentence
APP_TOKEN = "SLACK_APP_TOKEN must be an app-level token with connections:write (Basic Information), Socket Mode on"  # noqa: S105 - as above
_SLACKS_OWN = frozenset(("ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"))


def code_of(error: SlackApiError) -> str:
    """Return Slack's code for a refusal; `http_500` or `unreadable` where the answer was no JSON object with a code.

    slack_sdk 3 gives a mapping, the text of a text/plain answer, or aiohttp's response of JSON that was cut.
    """
    said = getattr(error.response, "data", error.response)
    if isinstance(said, Mapping) and isinstance(code := said.get("error"), str):
        return one_line(code, limit=80)
    status = getattr(error.response, "status_code", getattr(error.response, "status", None))
    return f"http_{status}" if isinstance(status, int) else "unreadable"


def reason_of(error: Exception) -> str:
    """Return why a call failed, for the log: Slack's code where it gave one."""
    return code_of(error) if isinstance(error, SlackApiError) else str(error) or type(error).__name__


def passes(code: str) -> bool:
    """Return whether a refusal is Slack's own trouble, so that the same call may work in a moment."""
    return code in _SLACKS_OWN or code == "unreadable" or code.startswith("http_")


@contextmanager
def translated(fix: str) -> Iterator[None]:
    """Raise SettingError, with what to mend, for what Slack refuses; SlackUnreachableError where it does not answer."""
    try:
        yield
    except SlackApiError as error:
        said = code_of(error)
        if passes(said):
            raise SlackUnreachableError(f"Slack says {said}.", hint="That is Slack's trouble and passes.") from error
        raise SettingError(f"Slack says {said}: {fix}.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        why = one_line(str(error), limit=120) or type(error).__name__
        raise SlackUnreachableError(f"Slack cannot be reached ({why}).") from error
