"""What a shell does to the three streams of a program: closed, full, read no further; and options before the verb."""

import subprocess
import sys

import pytest

from bot.commands.argv import leading_options
from bot.commands.options import OF_LOOKUP, OF_MANY, OF_PATH, OF_TABLE, either
from bot.commands.questions import ASKING
from tests.cli.program import CLUSTER, ROOT, k8snet

BROKEN = f"why cart -n shop --dump {CLUSTER}"


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash, in which `k8snet` is ours."""
    program = f'k8snet() {{ "{sys.executable}" -m bot "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", program], capture_output=True, check=False, cwd=ROOT, timeout=60)


@pytest.mark.parametrize(
    ("line", "code", "complaint"),
    [
        (f"k8snet {BROKEN} >&-", 3, b""),
        (f"k8snet {BROKEN} --color auto <&-", 3, b""),
        ("k8snet why web --dump - <&-", 2, b"k8snet: There is no Kubernetes object in standard input.\n"),
        ("k8snet why web --dump no-such-file 2>&-", 2, b""),
        (f"k8snet {BROKEN} >/dev/full", 1, b"k8snet: The answer cannot be written: No space left on device.\n"),
        ("k8snet --help >/dev/full", 1, b"k8snet: The answer cannot be written: No space left on device.\n"),
        ("k8snet --version >/dev/full", 1, b"k8snet: The answer cannot be written: No space left on device.\n"),
        ("k8snet explain --all | true; exit ${PIPESTATUS[0]}", 1, b""),
    ],
)
def test_streams(line: str, code: int, complaint: bytes) -> None:
    """The exit code is the verdict's where nobody wants the words, and that of our own failure where they are lost."""
    done = shell(line)

    assert (done.returncode, done.stderr) == (code, complaint)


@pytest.mark.parametrize(
    "words",
    [
        ("-n", "shop", "why", "cart"),
        ("--namespace=shop", "--no-probe", "why", "cart"),
        ("-n", "shop", "cart"),
    ],
)
def test_options_before_the_verb(words: tuple[str, ...]) -> None:
    """As kubectl has it: `kubectl -n shop get …`."""
    done = k8snet("--dump", CLUSTER, *words)

    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("FAIL  Service shop/cart selects app=crat")


def test_options_before_another_verb() -> None:
    """Also before a command that typer reads."""
    assert k8snet("-o", "json", "explain", "RTE-001").stdout.startswith('{\n  "code": "RTE-001"')


def test_what_is_no_option_is_left_alone() -> None:
    """The program's own flags, help above all, are typer's."""
    assert leading_options(ASKING.values(), ["--help"]) == 0
    assert leading_options(ASKING.values(), ["-A", "--help"]) == 0
    assert leading_options(ASKING.values(), ["-A", "-n", "shop", "why"]) == 3


@pytest.mark.parametrize(
    ("command", "forms"),
    [("dns", OF_LOOKUP), ("path", OF_PATH), ("digest", OF_MANY), ("explain", OF_MANY), ("check", OF_TABLE)],
)
def test_help_names_the_forms_that_there_are(command: str, forms: tuple[str, ...]) -> None:
    """The forms of each command, and no others."""
    told = " ".join(k8snet(command, "--help").stdout.split())

    assert either(forms) in told


@pytest.mark.parametrize(
    ("words", "is_told"), [((), True), (("-A",), False), (("-n", "shop"), False), (("-o", "json"), False)]
)
def test_default_namespace_is_told(words: tuple[str, ...], is_told: bool) -> None:
    """A sound `default` is no sound cluster: who named no namespace is told so, beside the answer."""
    done = k8snet("check", *words, "--dump", "playground/sample")

    assert done.returncode in (0, 3)
    assert ("Only the default namespace was asked about; -A asks about all." in done.stderr) is is_told
