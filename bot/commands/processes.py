"""`slack`, `worker`, `manifest`, `-o slack`, `doctor`: the doors to the two processes of the bot.

`handlers` is never imported by `bot` (it would bring the Slack libraries, and tokens where cluster rights are): it is run
as a program of its own, which is the one door.
"""

import runpy
from importlib.util import find_spec
from pathlib import Path

from bot.commands.output import say
from bot.config import Config
from bot.errors import K8snetError
from bot.model.result.diagnosis import Diagnosis
from bot.reports.text import text


def slack() -> int:
    """Run the Slack process until it is told to stop."""
    runpy.run_module("handlers", run_name="__main__", alter_sys=True)
    return 0


def slack_message(diagnosis: Diagnosis) -> str:
    """Return the Slack message of a diagnosis as JSON, made by the Slack part, again without importing it."""
    report = text(diagnosis, color=False, width=100)
    left = runpy.run_module(
        "handlers.messages.rendering", init_globals={"diagnosis": diagnosis, "report": report}, run_name="__main__"
    )
    return str(left["rendered"])


def slack_checkup(config: Config) -> list[tuple[str, str]]:
    """Try the tokens with Slack: lines of `ok`, `no` or `-` and what was found. By the Slack part, as above."""
    import yaml  # noqa: PLC0415 (none of the other doors needs it)

    scopes = yaml.safe_load(_manifest())["oauth_config"]["scopes"]
    asked = {"config": config, "needed": set(scopes["bot"]), "optional": set(scopes["bot_optional"])}
    return list(runpy.run_module("handlers.health_check", init_globals=asked, run_name="__main__")["found"])


def worker() -> int:
    """Run a worker until it is told to stop."""
    from bot.worker import main  # noqa: PLC0415 (neither of the other doors needs it)

    main()
    return 0


def manifest() -> int:
    """Print handlers/manifest.yaml."""
    say(_manifest())
    return 0


def _manifest() -> str:
    """Read it without loading handlers."""
    spec = find_spec("handlers")
    if spec is None or spec.origin is None:
        raise K8snetError("The Slack part is not installed here.", hint="Install the whole of k8snet.")
    return (Path(spec.origin).parent / "manifest.yaml").read_text(encoding="utf-8")
