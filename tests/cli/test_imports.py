"""What a command does not need is not imported: a `why` on a dump is mostly imports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "playground/sample"
# Modules that cost milliseconds, each with who needs it.
NETWORK = {"asyncio", "aiohttp", "ssl", "dns", "kubernetes", "http", "email"}  # a live cluster, and probes
STORES = {"redis", "saq", "slack_sdk", "slack_bolt", "structlog", "cronsim"}  # Slack and workers
PICTURES = {"resvg_py", "rich", "pygments"}
TYPING_ERRORS = {"rapidfuzz"}  # a word that names nothing
HELP = {"typer"}  # help, completion, and words that are not plain
HEAVY = NETWORK | STORES | PICTURES | TYPING_ERRORS | HELP | {"pydantic", "dateutil", "hypothesis"}


def imported(*words: str) -> set[str]:
    """Return the packages that a command line has imported when it has answered."""
    code = "import sys; from bot.cli import run; run(sys.argv[1:]); print('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
    return {each.partition(".")[0] for each in done.stdout.splitlines()[-1].split()}


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample's healthy Service with what is behind it, as JSON."""
    from bench.saved import small

    file = tmp_path_factory.mktemp("dump") / "checkout.json"
    file.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": small("checkout")}, default=str))
    return str(file)


@pytest.mark.parametrize("verb", ["why", "check"])
def test_a_healthy_service_of_a_dump_loads_little(verb: str, dump: str) -> None:
    """The sets above are what a later change could bring in unseen; YAML is for dumps in YAML, `json` for patches."""
    assert not imported(verb, "checkout", "-n", "shop", "--dump", dump) & (HEAVY | {"yaml", "json", "base64", "string"})


def test_a_dump_in_yaml_loads_yaml_and_nothing_else_of_these() -> None:
    """One that lists many objects has names near to each other, but nobody asks for them."""
    assert imported("why", "checkout", "-n", "shop", "--dump", str(SAMPLE)) & HEAVY == set()


def test_a_table_of_a_dump_loads_no_network(dump: str) -> None:
    assert not imported("digest", "-n", "shop", "--dump", dump) & (NETWORK | STORES | PICTURES)


def test_a_live_question_loads_neither_probes_nor_logs() -> None:
    """What measures comes with the first probe; the log, which loads rich, is that of processes."""
    code = "import sys; import bot.commands.live; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {each.partition(".")[0] for each in done.stdout.split()}
    assert "aiohttp" in loaded
    assert not loaded & (STORES | PICTURES | TYPING_ERRORS | HELP | {"dns", "h2", "cryptography", "pydantic"})


def test_msgspec_is_loaded_without_typing_extensions_and_who_needs_it_later_gets_it() -> None:
    """It would be a twelfth of a `why --dump`; aiohttp's libraries take names from it that `typing` has not yet."""
    code = (
        "import sys, bot.__main__; print('typing_extensions' in sys.modules);"
        "import typing_extensions; print(typing_extensions.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "typing_extensions"]
