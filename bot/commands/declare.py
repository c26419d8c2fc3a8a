"""Commands that typer declares and explains, and whose words it leaves alone.

Rule: typer reads the argv, writes help and completion; what a word means is said by the grammar and by
`bot.commands.options`. Typer's own conversion loads pydantic, which costs as much time as all the rest of a `why --dump`.
"""

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command whose parameters arrive as they were typed: text, lists of text, and flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _left_alone(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same for the program itself, whose options are flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _left_alone(super().get_params(ctx))


def _left_alone(parameters: list[Any]) -> list[Any]:
    for each in parameters:
        each.process_value = _as_typed(each)
    return parameters


def _as_typed(parameter: Any) -> Callable[[Any, Any], Any]:
    """Return what stands for `Parameter.process_value`: no conversion; a callback (`--version`) is called as ever."""

    def process_value(context: Any, value: Any) -> Any:
        return parameter.callback(context, parameter, value) if parameter.callback else value

    return process_value
