"""The options that commands share, said once: name, shape, help text, and how their words are read."""

from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from bot.errors import UsageError
from bot.model.question.question import Symptom as SymptomWord
from bot.model.question.target import PROTOCOLS, shown

LONGEST_DEADLINE = 10.0  # seconds: the hard stop of a run, whatever is asked for
Word = TypeVar("Word", bound=StrEnum)


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SLACK = "slack"
    MERMAID = "mermaid"


class Color(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def choice(kind: type[Word], word: str, option: str) -> Word:
    """Read one of a closed set of words. Raises UsageError."""
    try:
        return kind(word.lower())
    except ValueError:
        raise UsageError(f"{shown(word)} is no value of {option}.", hint=f"Say one of {', '.join(kind)}.") from None


def seconds(word: str) -> float:
    """Read the deadline of reading and probing together: more than 0, at most 10 seconds. Raises UsageError."""
    try:
        number = float(word)
    except ValueError:
        number = 0.0
    if not 0 < number <= LONGEST_DEADLINE:
        raise UsageError(f"{shown(word)} is no deadline.", hint=f"Say seconds, up to {LONGEST_DEADLINE:.0f}.")
    return number


def _listed(*words: str) -> list[str]:
    return list(words)


def _resolvers() -> list[str]:
    from bot.model.dns.search.table import RESOLVERS  # noqa: PLC0415 (only for completion)

    return [each.name for each in RESOLVERS]


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WORDS",
        help="What is asked, as a sentence. Every connective also exists as an option.",
        show_default=False,
    ),
]
Namespace = Annotated[str, typer.Option("--namespace", "-n", metavar="NS", help="Namespace of the Service.")]
Source = Annotated[
    str,
    typer.Option("--from", metavar="SOURCE", help="Who calls: NS/POD, POD, deploy/NAME, NS/deploy/NAME, or NS/."),
]
Port = Annotated[str, typer.Option("--port", metavar="PORT", help="Port of the Service: number or name.")]
Protocol = Annotated[
    str,
    typer.Option(
        "--protocol", metavar="WORD", help="TCP (if unsaid), UDP or SCTP.", autocompletion=lambda: _listed(*PROTOCOLS)
    ),
]
Symptom = Annotated[
    str,
    typer.Option(
        "--symptom",
        metavar="WORD",
        help="What you see: nxdomain, timeout, refused, reset, tls, 5xx, intermittent or slow.",
        autocompletion=lambda: _listed(*SymptomWord),
    ),
]
Resolver = Annotated[
    str,
    typer.Option(
        "--resolver",
        metavar="NAME",
        help="Whose way of resolving names is meant: glibc, musl, go, java, node, nginx … (docs/resolvers.md).",
        autocompletion=_resolvers,
    ),
]
Everything = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Every namespace.")]
Context = Annotated[str, typer.Option("--context", metavar="NAME", help="The kubeconfig context to use.")]
Kubeconfig = Annotated[
    str, typer.Option("--kubeconfig", metavar="FILE", help="Instead of KUBECONFIG or ~/.kube/config.")
]
Dump = Annotated[
    list[str] | None,
    typer.Option(
        "--dump",
        metavar="PATH",
        help="Judge saved objects instead of a cluster, without network: a file or folder of kubectl's JSON or YAML, a"
        " snapshot, or - for standard input. May be repeated.",
        show_default=False,
    ),
]
Probe = Annotated[bool, typer.Option("--probe", help="Measure from here, which is the default for a cluster.")]
NoProbe = Annotated[bool, typer.Option("--no-probe", help="Judge configuration alone.")]
FromCaller = Annotated[
    bool,
    typer.Option(
        "--probe-from-caller",
        help="Also measure from the caller's own pod, by an ephemeral container that is added to it, and that stays in its"
        " spec until the pod ends. Asks first; needs K8SNET_CALLER_PROBE=true.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to what --probe-from-caller asks.")]
Deadline = Annotated[
    str, typer.Option("--deadline", metavar="SECONDS", help="Seconds for reading and probing together, up to 10.")
]
Explain = Annotated[
    bool,
    typer.Option("--explain", help="Also list the hops of the call: what was looked at on each, or why it was not."),
]
Format = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="How to answer: text, json, markdown, slack or mermaid.",
        autocompletion=lambda: _listed(*Output),
    ),
]
Paint = Annotated[
    str,
    typer.Option(
        "--color",
        metavar="WHEN",
        help="Colour: auto (on a terminal, without NO_COLOR), always or never.",
        autocompletion=lambda: _listed(*Color),
    ),
]
