"""YAML becomes the data that PyYAML makes of it, whatever stands in it."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.yaml_stream import yaml_values
from bot.errors import DumpUnreadableError
from tests.examples import examples

# Words that YAML 1.1 reads as something else than text, or nearly does, and the marks that build a document.
WORDS = "~ null Null true yes NO on y 0 -1 +1 0x1F 010 0o17 0b101 1_000 1:30 1.5 .5 1e3 1.5e+3 .inf -.INF .nan a 'q' \"0\" #c"
MARKS = ["- ", ": ", ", ", "[", "]", "{", "}", "\n", "\n  ", "\n- ", "? ", "---\n", "...\n", "k: ", "| ", ">-\n "]
TEXTS = st.lists(st.sampled_from([*WORDS.split(), *MARKS]), max_size=14).map("".join)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def by_pyyaml(text: str) -> list[Any] | None:
    """Return what PyYAML makes of a stream; None where it is none."""
    try:
        return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each is not None]
    except (yaml.YAMLError, ValueError):
        return None


def by_us(text: str) -> list[Any] | None:
    """Return what we make of a stream; None where it is refused."""
    try:
        return yaml_values(text, "it")
    except (yaml.YAMLError, ValueError, DumpUnreadableError):
        return None


@given(TEXTS)
@examples(2000)
def test_a_text_is_what_it_is_to_pyyaml(text: str) -> None:
    assert repr(by_us(text)) == repr(by_pyyaml(text))


@given(st.lists(PLAIN, max_size=3), st.booleans())
@examples(300)
def test_what_was_written_is_read_again(values: list[Any], flow: bool) -> None:
    text = yaml.dump_all(values, Dumper=yaml.CSafeDumper, default_flow_style=flow, allow_unicode=True)
    assert by_us(text) == by_pyyaml(text)


@pytest.mark.parametrize("word", ["2026-11-23", "2026-11-23T04:53:00Z", "=", "<<"])
def test_what_kubernetes_writes_without_quotes_is_text(word: str) -> None:
    assert yaml_values(f"a: {word}\n{word}: b\n", "it") == [{"a": word, word: "b"}]


TRAPS = ["a: &b 1\nc: *b", "a: !!python/name:os.system x", "a: ! b", "[" * 100_000, "[" * 200 + "]" * 200]


@pytest.mark.parametrize("text", TRAPS, ids=lambda each: each[:12])
def test_a_trap_is_refused(text: str) -> None:
    with pytest.raises(DumpUnreadableError):
        yaml_values(text, "it")
