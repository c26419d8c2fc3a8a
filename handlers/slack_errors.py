"""What Slack's refusals mean for whoever installs k8snet: the one place where they become sentences that name a setting."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import SettingError, SlackUnreachableError
from bot.model.text import one_line

BOT_TOKEN = "SLACK_BOT_TOKEN must be this app's Bot User OAuth Token (OAuth & Permissions)"  # noqa: S105 - a sentence
APP_TOKEN = "SLACK_APP_TOKEN must be an app-level token with connections:write (Basic Information), Socket Mode on"  # noqa: S105 - as above
_OURS = frozenset(("ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"))


@contextmanager
def translated(fix: str) -> Iterator[None]:
    """Raise SettingError, with what to mend, for what Slack refuses; SlackUnreachableError where it does not answer."""
    try:
        yield
    except SlackApiError as error:
        said = one_line(str(error.response["error"]))
        if said in _OURS:
            raise SlackUnreachableError(f"Slack says {said}.", hint="That is Slack's trouble and passes.") from error
        raise SettingError(f"Slack says {said}: {fix}.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        why = one_line(str(error), limit=120) or type(error).__name__
        raise SlackUnreachableError(f"Slack cannot be reached ({why}).") from error
