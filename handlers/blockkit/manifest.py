"""The Slack app manifest: as it stands for Socket Mode, and with a request URL for HTTP. Pure.

https://docs.slack.dev/reference/app-manifest
"""

from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.errors import UsageError
from bot.model.text import shown

REQUEST_PATH = "/slack/events"
# What each optional scope buys; handlers/manifest.yaml and docs/slack.md say the same.
OPTIONAL_SCOPES = {
    "files:write": "Show Path tells the way of a call as text, to who clicked",
    "channels:history": "`@k8snet why` in a thread does not know the alert it hangs on",
    "groups:history": "the same in private channels",
    "channels:read": "whether a public channel is shared with another company is not known",
    "groups:read": "whether a private channel is shared with another company is not known",
    "users:read": "guests are not told from members, so every answer is for its asker alone",
    "usergroups:read": "access rules cannot name user groups",
    "im:history": "direct messages need /k8snet",
}
_HEAD = """\
# For HTTP mode (K8SNET_SLACK_MODE=http): paste this at https://api.slack.com/apps → Create New App → From a manifest.
# The app needs its signing secret (SLACK_SIGNING_SECRET) and no app-level token. What the optional scopes buy: docs/slack.md.
"""


def http_manifest(socket_manifest: str, address: str) -> str:
    """Return the manifest for signed requests to `address`. Raises UsageError where Slack would not send to it.

    An address without a path gets the path that the Slack process answers.
    """
    url = _request_url(address)
    manifest: dict[str, Any] = yaml.safe_load(socket_manifest)
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"] = {"request_url": url, **settings["event_subscriptions"]}
    settings["interactivity"] |= {"request_url": url, "message_menu_options_url": url}
    for command in manifest["features"]["slash_commands"]:
        command["url"] = url
    return _HEAD + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=120)


def _request_url(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(
            f"Slack sends requests to an https address only, and {shown(address)} is none.",
            hint=f"For example: --http https://k8snet.example.com (its path becomes {REQUEST_PATH}).",
        )
    return address if parts.path.strip("/") else f"https://{parts.netloc}{REQUEST_PATH}"
