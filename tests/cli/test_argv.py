"""Plain command lines are read without typer, as typer would read them; what is not plain is typer's."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands import declare
from bot.commands.argv import Option, read_plain
from bot.commands.declare import run_declared
from bot.commands.questions import ASKING
from tests.cli.program import CLUSTER, ROOT

NAMES = sorted(
    {
        name
        for command in ASKING.values()
        for declared in command.__annotations__.values()
        for each in getattr(declared, "__metadata__", ())
        if isinstance(each, Option)
        for name in each.names
    }
)
WORDS = [
    "",
    "-",
    "shop",
    "from",
    "80",
    "a=b",
    "--",
    "-h",
    "-nshop",
    "-An",
    "--nothing",
    "--dump",
    "-é",
    "--from=",
    "+x",
]
LINES = st.lists(
    st.one_of(
        st.sampled_from(NAMES + WORDS), st.builds("{}={}".format, st.sampled_from(NAMES), st.sampled_from(["", "a=b"]))
    ),
    max_size=6,
)


def read_by_typer(verb: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the parameters that typer calls a command with, without those that have their default."""
    command = ASKING[verb]
    seen: dict[str, Any] = {}

    def instead(for_typer: Callable[..., Callable[..., int]]) -> Callable[..., Callable[..., int]]:
        def made(each: Callable[..., int]) -> Callable[..., int]:
            declared = for_typer(each)

            def called(**given: Any) -> int:
                seen.update(given)
                return 0

            called.__annotations__, called.__name__ = declared.__annotations__, declared.__name__
            called.__wrapped__ = declared  # type: ignore[attr-defined]  # inspect.signature follows it
            return called

        return made

    with monkeypatch.context() as patched:
        patched.setattr(declare, "_for_typer", instead(declare._for_typer))
        run_declared([verb, *words])
    defaults = command.__kwdefaults__ or {}
    return {name: value for name, value in seen.items() if value and value != defaults.get(name)}


@pytest.mark.parametrize("verb", ASKING)
def test_plain_words_are_read_as_typer_reads_them(verb: str) -> None:
    """Whatever is read without typer, typer accepts, and gives the command the same."""

    @settings(max_examples=150, deadline=None)
    @given(LINES)
    def held(words: list[str]) -> None:
        plain = read_plain(ASKING[verb], words)
        if plain is None:
            return
        with pytest.MonkeyPatch.context() as monkeypatch:
            told = read_by_typer(verb, words, monkeypatch)
        defaults = ASKING[verb].__kwdefaults__ or {}
        assert {name: value for name, value in plain.items() if value and value != defaults.get(name)} == told

    held()


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("user-service in shop", {"words": ["user-service", "in", "shop"]}),
        ("user-service -n shop --port=80", {"words": ["user-service"], "namespace": "shop", "port": "80"}),
        ("-A --dump a --dump -", {"everything": True, "dump": ["a", "-"]}),
        ("--from -x", {"source": "-x"}),
    ],
)
def test_what_people_write_is_plain(words: str, read: dict[str, Any]) -> None:
    assert read_plain(ASKING["why"], words.split()) == read


@pytest.mark.parametrize(
    "words", ["-h", "a --help", "-nshop", "--port", "--nothing x", "-- a", "--explain=x", "-An shop"]
)
def test_what_is_not_plain_is_left_to_typer(words: str) -> None:
    assert read_plain(ASKING["why"], words.split()) is None


def test_a_reader_who_stops_reading_is_no_error() -> None:
    """`k8snet … | head -1`: exit code 1, and nothing on standard error."""
    reader, writer = os.pipe()
    os.close(reader)
    words = ("check", "checkout", "-n", "shop", "--dump", CLUSTER)
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words], stdout=writer, stderr=subprocess.PIPE, cwd=ROOT, check=False, text=True
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
