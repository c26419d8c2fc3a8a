"""`slack`, `worker`, `manifest`, `playground`, `-o slack`, `doctor`: the doors to what is more than a command.

`bot` knows neither `handlers` nor `playground`; what starts them stands above all three (`k8snet.surfaces`) and is imported
when it is called, so that no Slack library is loaded where cluster rights are.
"""

import gc
import sys

from bot.commands.output import say
from bot.config import Config
from bot.model.result.diagnosis import Diagnosis
from bot.reports.text import text


def slack() -> int:
    """Run the Slack process until it is told to stop."""
    from k8snet.surfaces import run_slack  # noqa: PLC0415 (late, see above)

    _collect_garbage()
    return run_slack()


def slack_message(diagnosis: Diagnosis) -> str:
    """Return the Slack message of a diagnosis as JSON."""
    from k8snet.surfaces import slack_message as rendered  # noqa: PLC0415 (late, see above)

    return rendered(diagnosis, text(diagnosis, color=False, width=100))


def slack_checkup(config: Config) -> list[tuple[str, str]]:
    """Try the tokens with Slack: return lines of `ok`, `no` or `-` and what was found."""
    import yaml  # noqa: PLC0415 (none of the other doors needs it)

    from k8snet.surfaces import manifest as read  # noqa: PLC0415 (late, see above)
    from k8snet.surfaces import slack_checkup as looked  # noqa: PLC0415 (late, see above)

    scopes = yaml.safe_load(read())["oauth_config"]["scopes"]
    return looked(config, set(scopes["bot"]), set(scopes["bot_optional"]))


def worker() -> int:
    """Run a worker until it is told to stop."""
    from bot.worker import main  # noqa: PLC0415 (none of the other doors needs it)

    _collect_garbage()
    main()
    return 0


def manifest(address: str) -> int:
    """Print the Slack app manifest, for Socket Mode or, with an address, for HTTP."""
    from k8snet.surfaces import manifest as read  # noqa: PLC0415 (late, see above)

    say(read(address))
    return 0


def playground(question: str, *, is_served: bool | None, port: int) -> int:
    """Run the demo, or ask one question in it; then serve its page, by default where a person sits at the terminal."""
    from k8snet.surfaces import run_playground  # noqa: PLC0415 (late, see above)

    _collect_garbage()
    return run_playground(question, is_served=sys.stdin.isatty() if is_served is None else is_served, port=port)


def _collect_garbage() -> None:
    """Look for garbage, which a command that ends does not (`bot.__main__`): 50,000 new objects are one large question."""
    gc.set_threshold(50_000)
    gc.enable()
