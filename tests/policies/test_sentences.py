"""Every sentence of `sentences.yaml` names a test that there is, and every source is one of those listed."""

from importlib import import_module
from pathlib import Path

import pytest
import yaml

SENTENCES = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text())


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda each: each["says"][:60])
def test_sentence_has_its_test(sentence: dict[str, str]) -> None:
    """A row of a table (`module: row`), or a function (`module.function`)."""
    name = sentence["test"]
    if ": " in name:
        module, _, row = name.partition(": ")
        assert row in import_module(f"tests.policies.{module}").ROWS
    else:
        module, _, function = name.partition(".")
        assert callable(getattr(import_module(f"tests.policies.{module}"), function))
    assert sentence["source"] in ("np", "doc", "cnp", "overview", "anp")
