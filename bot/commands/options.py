"""The options that commands share, said once: name, shape, help text, and how their words are read."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, TypeVar

from bot.commands.argv import Option
from bot.commands.argv import Words as AllWords
from bot.errors import UsageError
from bot.model.question.question import Symptom as SymptomWord
from bot.model.question.target import HIGHEST_PORT, PROTOCOLS
from bot.model.text import shown

LONGEST_DEADLINE = 10.0  # seconds: the hard stop of a run, whatever is asked for
Word = TypeVar("Word", bound=StrEnum)


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SLACK = "slack"
    MERMAID = "mermaid"


# The forms in which an answer is had: of one Service, of a namespace's causes or digest, of a table, a path and a lookup.
OF_ONE = tuple(Output)
OF_MANY = (Output.TEXT, Output.JSON, Output.MARKDOWN)
OF_TABLE = (Output.TEXT, Output.JSON)
OF_PATH = (Output.TEXT, Output.JSON, Output.MERMAID)
OF_LOOKUP = (Output.TEXT, Output.JSON)


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


def page_port(word: str) -> int:
    """Read the port to serve a page on; 0, which is any free one, where none is said. Raises UsageError."""
    number = int(word) if word.isascii() and word.isdigit() else -1
    if word and not 0 <= number <= HIGHEST_PORT:
        raise UsageError(f"{shown(word)} is no port to serve on.", hint=f"Say a number up to {HIGHEST_PORT}.")
    return max(number, 0)


def either(words: Sequence[str]) -> str:
    """Return `a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _listed(*words: str) -> list[str]:
    return list(words)


def _resolvers() -> list[str]:
    from bot.model.dns.search.table import RESOLVERS  # noqa: PLC0415 (only for completion)

    return [each.name for each in RESOLVERS]


Words = Annotated[
    list[str] | None,
    AllWords("WORDS", "What is asked, as a sentence. Every connective also exists as an option."),
]
Namespace = Annotated[str, Option(("--namespace", "-n"), "Namespace of the Service.", "NS")]
Source = Annotated[str, Option(("--from",), "Who calls: NS/POD, POD, deploy/NAME, NS/deploy/NAME, or NS/.", "SOURCE")]
Port = Annotated[str, Option(("--port",), "Port of the Service: number or name.", "PORT")]
Protocol = Annotated[str, Option(("--protocol",), "TCP (if unsaid), UDP or SCTP.", "WORD", lambda: _listed(*PROTOCOLS))]
Symptom = Annotated[
    str,
    Option(
        ("--symptom",),
        "What you see: nxdomain, timeout, refused, reset, tls, 5xx, intermittent or slow.",
        "WORD",
        lambda: _listed(*SymptomWord),
    ),
]
Resolver = Annotated[
    str,
    Option(
        ("--resolver",),
        "Whose way of resolving names is meant: glibc, musl, go, java, node, nginx … (docs/resolvers.md).",
        "NAME",
        _resolvers,
    ),
]
Everything = Annotated[bool, Option(("--all-namespaces", "-A"), "Every namespace.")]
Context = Annotated[str, Option(("--context",), "The kubeconfig context to use.", "NAME")]
Kubeconfig = Annotated[str, Option(("--kubeconfig",), "Instead of KUBECONFIG or ~/.kube/config.", "FILE")]
Dump = Annotated[
    list[str] | None,
    Option(
        ("--dump",),
        "Judge saved objects instead of a cluster, without network: a file or folder of kubectl's JSON or YAML, packed"
        " or not, a snapshot, or - for standard input. May be repeated.",
        "PATH",
    ),
]
Probe = Annotated[bool, Option(("--probe",), "Measure from here, which is the default for a cluster.")]
NoProbe = Annotated[bool, Option(("--no-probe",), "Judge configuration alone.")]
FromCaller = Annotated[
    bool,
    Option(
        ("--probe-from-caller",),
        "Also measure from the caller's own pod, by an ephemeral container that is added to it, and that stays in its"
        " spec until the pod ends. Asks first; needs K8SNET_CALLER_PROBE=true.",
    ),
]
Yes = Annotated[bool, Option(("--yes",), "Agree to what --probe-from-caller asks.")]
Deadline = Annotated[str, Option(("--deadline",), "Seconds for reading and probing together, up to 10.", "SECONDS")]
Watch = Annotated[
    bool,
    Option(
        ("--watch", "-w"),
        "Ask again every ten seconds until Ctrl-C, and tell when the verdict changes; the exit code is the last verdict's.",
    ),
]
Explain = Annotated[
    bool, Option(("--explain",), "Also list the hops of the call: what was looked at on each, or why it was not.")
]


def _form(forms: Sequence[Output], of_more: str = "") -> Option:
    return Option(("--output", "-o"), f"How to answer: {either(forms)}{of_more}.", "FORM", lambda: _listed(*forms))


OneOrCauses = Annotated[str, _form(OF_ONE, f"; of a namespace {either(OF_MANY)}")]
OneOrTable = Annotated[str, _form(OF_ONE, f"; a table is {either(OF_TABLE)}")]
ManyForm = Annotated[str, _form(OF_MANY)]
PathForm = Annotated[str, _form(OF_PATH)]
LookupForm = Annotated[str, _form(OF_LOOKUP)]
Paint = Annotated[
    str,
    Option(
        ("--color",),
        "Colour: auto (on a terminal, without NO_COLOR), always or never.",
        "WHEN",
        lambda: _listed(*Color),
    ),
]
