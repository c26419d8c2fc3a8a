"""How a command's parameters are declared, and how plain words are read into them without typer.

Importing typer is a third of a small `why --dump`. It is needed for help, completion and mistakes alone, so what is plainly
written is read here, and all else is left to it (`bot.commands.declare`), from the same declarations.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

# The commands of `bot.commands.operations`, which typer reads.
OPERATIONS = ("explain", "doctor", "slack", "worker", "probe", "manifest", "playground")


class Option(Struct, frozen=True):
    """An option: its names, what its help says, and the words that a shell may complete it with."""

    names: tuple[str, ...]
    help: str
    metavar: str = ""
    choices: Callable[[], list[str]] | None = None


class Words(Struct, frozen=True):
    """All words of a command line that belong to no option."""

    metavar: str
    help: str


def read_plain(command: Callable[..., int], words: Sequence[str]) -> dict[str, Any] | None:
    """Return the parameters that these words give to a command; None where they are not plain, which typer reads.

    Plain are words, flags, `--name VALUE`, `--name=VALUE` and `-n VALUE`. As in typer, what is said twice counts the last
    time, but where it may be repeated, and a value is the next word whatever it begins with.
    """
    options, remainder = dict(_options(command)), iter(words)
    given: dict[str, Any] = {}
    said: list[str] = []
    for word in remainder:
        if not word.startswith("-") or word == "-":
            said.append(word)
            continue
        name, is_joined, joined = word.partition("=")
        parameter, kind = options.get(name, ("", None))
        if kind is None or (is_joined and (kind is bool or not name.startswith("--"))):
            return None
        value = True if kind is bool else joined if is_joined else next(remainder, None)
        if value is None:
            return None
        given[parameter] = value if kind in (bool, str) else [*given.get(parameter, ()), value]
    if said and "words" not in command.__annotations__:
        return None
    return {**given, **({"words": said} if said else {})}


def leading_options(commands: Iterable[Callable[..., int]], argv: Sequence[str]) -> int:
    """Return how many words before the verb are options of these commands; 0 where one of them is none."""
    options = {name: kind for each in commands for name, (_, kind) in _options(each)}
    at = 0
    while at < len(argv) and argv[at].startswith("-"):
        name, is_joined, _ = argv[at].partition("=")
        if name not in options:
            return 0
        at += 1 if is_joined or options[name] is bool else 2
    return at


def _options(command: Callable[..., int]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Yield each name of an option with its parameter and type: a flag, a text, or texts."""
    annotations: Mapping[str, Any] = command.__annotations__
    for parameter, declared in annotations.items():
        for each in getattr(declared, "__metadata__", ()):
            if isinstance(each, Option):
                for name in each.names:
                    yield name, (parameter, declared.__origin__)
