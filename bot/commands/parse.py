"""From the words and options of a command line to a Command, and to the place and manner of looking."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.options import seconds
from bot.errors import UsageError
from bot.model.pattern import pattern
from bot.model.question.grammar import Command, parse
from bot.usecases.diagnose import LONGEST_SILENCE

# As `bot.language.reading` has it, which is loaded for sentences alone: a status is quoted, and is no Service.
_STATUS = pattern(r"(?i)why\s+[45]\d\d\s+\w")


class Place(Struct, frozen=True):
    """Where the objects come from: saved ones, else the cluster of a kubeconfig context (empty: the current one)."""

    dump: tuple[str, ...] = ()
    context: str = ""
    kubeconfig: str = ""


class Manner(Struct, frozen=True):
    """How to look: whether to measure, and for how many seconds."""

    probe: bool = True
    deadline: float = 5.0


# For what only reads: it ends when the API server has been silent for that long.
UNPROBED = Manner(probe=False, deadline=LONGEST_SILENCE)


def command(verb: str, words: Sequence[str] | None, *, everything: bool = False, **said: str) -> Command:
    """Read words and options as one sentence, so that both mean the same here and in Slack. Raises UsageError.

    `said` are options by their name in the grammar, with `source` for `--from`; empty ones were not given.
    """
    flags = {"--from" if name == "source" else f"--{name}": value for name, value in said.items()}
    given = [part for flag, value in flags.items() if value for part in (flag, value)]
    given += ["-A"] if everything else []
    if words and _STATUS.match(" ".join((verb, *words))):
        return _sentence(" ".join((verb, *words)), given)
    try:
        return parse([verb, *(words or ()), *given])
    except UsageError:
        if not words:
            raise
    return _sentence(" ".join((verb, *words)), given)


def _sentence(said: str, given: Sequence[str]) -> Command:
    """Read a sentence or a pasted error, as in Slack; how it was read stands in `assumed`. Raises UsageError."""
    from bot.language.reading import read  # noqa: PLC0415 (only for what is no command)

    reading = read(said, " ".join(said.split()))
    asked = parse([*reading.words.split(), *given])
    told = (f"read as: {reading.told}",) if reading.told else ()
    return replace(asked, question=replace(asked.question, assumed=told))


def place(asked: Command, *, dump: Sequence[str] | None, context: str, kubeconfig: str) -> tuple[Command, Place]:
    """Return the place, where `on CLUSTER` in the sentence is a context of the kubeconfig, and the command without it."""
    said = asked.question.cluster
    if said and context and said != context:
        raise UsageError(f"Two clusters are said, {said} and {context}: which one?")
    where = place_of(dump=dump, context=context or said, kubeconfig=kubeconfig)
    return replace(asked, question=replace(asked.question, cluster="")), where


def place_of(*, dump: Sequence[str] | None, context: str, kubeconfig: str) -> Place:
    """Return the place that the options name. Raises UsageError where they name two."""
    if dump and (context or kubeconfig):
        raise UsageError("A dump stands for the cluster: give --dump, or --context and --kubeconfig.")
    return Place(tuple(dump or ()), context, kubeconfig)


def manner(where: Place, *, probe: bool, no_probe: bool, deadline: str) -> Manner:
    """Probe unless told otherwise; saved objects have no network to probe."""
    if probe and no_probe:
        raise UsageError("--probe and --no-probe: which one?")
    if where.dump and probe:
        raise UsageError("A dump is judged without network.", hint="Leave --probe out, or ask the cluster itself.")
    return Manner(probe=not where.dump and not no_probe, deadline=seconds(deadline))
