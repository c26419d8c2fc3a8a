"""The command line: declare, hand over, give an exit code. Rule: no user ever sees a traceback.

Exit codes: 0 all verdicts ok, 1 k8snet failed, 2 wrong usage, 3 a verdict fails, 4 the worst is warn, 5 it is unknown.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bot.commands import operations, questions
from bot.commands.declare import PlainCommand, PlainGroup
from bot.errors import K8snetError, UsageError

COMMANDS = {
    each.__name__: each
    for each in (
        *(questions.why, questions.check, questions.dns, questions.path, questions.digest, questions.snapshot),
        *(
            operations.explain,
            operations.doctor,
            operations.slack,
            operations.worker,
            operations.probe,
            operations.manifest,
            operations.playground,
        ),
    )
}

_IN_SLACK = ("watch", "watches", "unwatch")


def run(argv: Sequence[str]) -> int:
    """Run one command line and give its exit code; every error becomes one sentence on standard error."""
    try:
        words = _with_verb(list(argv))
        given = program(words)(args=words, prog_name="k8snet", standalone_mode=False)
    except K8snetError as error:
        return _fail(str(error), _way_on(error), error.exit_code, error)
    except typer.TyperException as error:
        return _misused(error)
    except typer.Abort as error:
        return _fail("Stopped.", "", 1, error)
    except Exception as error:  # noqa: BLE001 (the last net: a person gets a sentence, a script its exit code)
        hint = "Please report it; K8SNET_DEBUG=1 shows where it happened."
        return _fail(f"Something broke on my side: {type(error).__name__}: {error}", hint, 1, error)
    return given if isinstance(given, int) else 0


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
        made.command(cls=PlainCommand, short_help=(each.__doc__ or "").partition("\n")[0])(each)
    return made


def _with_verb(argv: list[str]) -> list[str]:
    """A bare name asks why, as in Slack; a mistyped verb is refused instead of being taken for a Service."""
    if not argv or argv[0].startswith("-"):
        return argv
    first = argv[0].lower()
    if first in COMMANDS:
        return [first, *argv[1:]]
    if first in _IN_SLACK and len(argv) > 1:
        raise UsageError("A watch tells a thread, so it is begun in Slack.", hint=f"There: /k8snet {' '.join(argv)}")
    from bot.model.question.target import shown  # noqa: PLC0415 (as above)
    from bot.model.question.tokens import near_word  # noqa: PLC0415 (only where the verb is missing)

    if near := near_word(first, sorted(COMMANDS)):
        raise UsageError(f"I know no command {shown(argv[0])}.", hint=f"Did you mean: k8snet {near}?")
    return ["why", *argv]


def _misused(error: typer.TyperException) -> int:
    """An option or word that typer refuses."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "k8snet"
    return _fail(error.format_message().rstrip("."), f"See {path} --help", error.exit_code, error)


def _way_on(error: K8snetError) -> str:
    near = error.suggestions
    return " ".join(filter(None, [f"Did you mean: {', '.join(near)}?" if near else "", error.hint]))


def _fail(sentence: str, hint: str, code: int, error: BaseException) -> int:
    if os.environ.get("K8SNET_DEBUG") == "1":
        raise error
    from bot.model.text import one_line, plain  # noqa: PLC0415 (only where something failed)

    print("k8snet:", one_line(sentence, limit=600), file=sys.stderr)  # noqa: T201 (this is the command line)
    if hint:
        print(plain(hint), file=sys.stderr)  # noqa: T201 (as above)
    return code


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (slow to load)

        print("k8snet", version("k8snet"))  # noqa: T201 (this is the command line)
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
        print(context.get_help())  # noqa: T201 (this is the command line)
