"""docs/cli.md, written from the commands' own help: `python -m bot.commands.manual > docs/cli.md`."""

from typing import Any

import typer

from bot.commands.declare import program
from bot.commands.output import say

WIDTH = 80
_NOTE = "<!-- Written by `make docs` from the commands themselves; change bot/commands. -->"
_HEAD = """
# The command line

Every connective of a sentence also exists as an option: `k8snet why user-service in shop from checkout port 80` and
`k8snet why user-service -n shop --from checkout --port 80` are one question. What is understood here is understood in
Slack as well.
"""


def manual() -> str:
    """Return the page: the help of the program and of each command, as a terminal of 80 columns shows it."""
    group = typer.main.get_command(program())
    parts = [_NOTE, _HEAD, *_section(group, "k8snet")]
    for name, command in getattr(group, "commands", {}).items():
        parts += _section(command, f"k8snet {name}")
    return "\n".join(parts)


def _section(command: Any, name: str) -> list[str]:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    return [f"## {name}", "", "```text", command.get_help(context).rstrip(), "```", ""]


if __name__ == "__main__":
    say(manual())
