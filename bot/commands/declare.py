"""All commands as typer declares and explains them, leaving their words alone: help, completion, and what is not plain.

Rule: typer reads the argv, writes help and completion; what a word means is said by the grammar and by
`bot.commands.options`. Typer's own conversion loads pydantic, which costs as much time as all the rest of a `why --dump`.
"""

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from bot.commands import operations
from bot.commands.argv import OPERATIONS, Option, Words
from bot.commands.output import say
from bot.commands.questions import ASKING
from bot.errors import K8snetError, UsageError

CALLED_OTHERWISE = {
    "--json": "-o json",
    "--format": "-o json",
    "--ns": "-n NAMESPACE",
    **dict.fromkeys(("--pod", "--source", "--caller", "--client"), "--from NAMESPACE/POD"),
    "--file": "--dump FILE",
}
COMMANDS: dict[str, Callable[..., int]] = {**ASKING, **{name: getattr(operations, name) for name in OPERATIONS}}


class MisusedError(K8snetError):
    """These options and words do not fit together."""

    def __init__(self, message: str, *, hint: str, exit_code: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class PlainCommand(TyperCommand):
    """A command whose parameters arrive as they were typed: text, lists of text, and flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _left_alone(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same for the program itself, whose options are flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _left_alone(super().get_params(ctx))


def run_declared(words: Sequence[str]) -> int:
    """Run a command line by typer, and return its exit code. Raises MisusedError for what typer refuses."""
    try:
        given = program(words)(args=list(words), prog_name="k8snet", standalone_mode=False)
    except typer.TyperException as error:
        raise MisusedError(
            error.format_message().rstrip("."), hint=_way_on(error, words), exit_code=error.exit_code
        ) from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    return given if isinstance(given, int) else 0


def _way_on(error: typer.TyperException, words: Sequence[str]) -> str:
    """Return where the help is, after our own option for what other programs call otherwise."""
    context = getattr(error, "ctx", None)
    if context is None:
        return f"See k8snet {words[0]} --help" if words and words[0] in COMMANDS else "See k8snet --help"
    told = f"See {context.command_path} --help"
    ours = CALLED_OTHERWISE.get(getattr(error, "option_name", ""), "")
    known = {name for each in context.command.params for name in each.opts}
    return f"Here that is {ours}. {told}" if ours.split(" ")[0] in known else told


def program(words: Sequence[str] = ()) -> typer.Typer:
    """Declare the one command that is meant, else all of them: typer takes 3 ms to read twelve signatures."""
    made = typer.Typer(
        name="k8snet",
        cls=PlainGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(invoke_without_command=True)(k8snet)
    meant = [COMMANDS[words[0]]] if words and words[0] in COMMANDS else COMMANDS.values()
    for each in meant:
        # The whole first line in the list of commands: typer would cut it at 45 characters.
        made.command(cls=PlainCommand, short_help=(each.__doc__ or "").partition("\n")[0])(_for_typer(each))
    return made


def _for_typer(command: Callable[..., int]) -> Callable[..., int]:
    """Return the command with its parameters declared as typer declares them."""
    given = cast("FunctionType", command)
    made = FunctionType(given.__code__, given.__globals__, given.__name__, given.__defaults__, given.__closure__)
    made.__kwdefaults__, made.__doc__, made.__module__ = given.__kwdefaults__, given.__doc__, given.__module__
    made.__annotations__ = {name: _declared(each) for name, each in given.__annotations__.items()}
    return made


def _declared(annotation: Any) -> Any:
    declared = next(iter(getattr(annotation, "__metadata__", ())), None)
    if isinstance(declared, Words):
        words = typer.Argument(metavar=declared.metavar, help=declared.help, show_default=False)
        return Annotated[annotation.__origin__, words]
    if isinstance(declared, Option):
        is_flag = annotation.__origin__ is bool
        option = typer.Option(
            *declared.names,
            metavar=declared.metavar or None,
            help=declared.help,
            autocompletion=declared.choices,
            show_default=is_flag or annotation.__origin__ is str,
        )
        return Annotated[annotation.__origin__, option]
    return annotation


def _left_alone(parameters: list[Any]) -> list[Any]:
    for each in parameters:
        each.process_value = _as_typed(each)
    return parameters


def _as_typed(parameter: Any) -> Callable[[Any, Any], Any]:
    """Return what stands for `Parameter.process_value`: no conversion; a callback (`--version`) is called as ever.

    Raises UsageError where a word is missing that must be said.
    """

    def process_value(context: Any, value: Any) -> Any:
        if parameter.required and value is None:
            raise UsageError(f"{parameter.metavar} is missing.", hint=f"See {context.command_path} --help")
        return parameter.callback(context, parameter, value) if parameter.callback else value

    return process_value


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (slow to load)

        say(f"k8snet {version('k8snet')}\n")
        raise typer.Exit


def k8snet(
    context: typer.Context,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Say why one pod cannot reach a Service: DNS, routing or application.

    \b
    k8snet why user-service in shop from checkout port 80
    k8snet why user-service -n shop --from checkout --port 80     (the same)
    k8snet user-service                                           (a bare name asks why)
    kubectl get all,endpointslices,netpol,nodes -A -o yaml | k8snet why user-service -n shop --dump -

    Nothing is ever changed in the cluster: commands are printed, you run them.

    Exit codes: 0 all ok, 1 k8snet itself failed, 2 wrong usage, 3 something fails, 4 something is degraded, 5 unknown.
    """  # noqa: D301 (\b keeps typer from filling these lines)
    if context.invoked_subcommand is None:
        say(f"{context.get_help()}\n")
