"""Errors as programs print them, each in each of the ways in which people paste one: the host, its port, and who said it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.language import understand

ERRORS = tuple(
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "printed_errors.tsv").read_text(encoding="utf-8").splitlines()[1:]
)
PASTED = (
    "{error}",
    "2026-11-28T03:12:44Z ERROR {error}",
    "{error}\n{error}",
    "{caller}: {error}",
    "{caller} says: {error}",
    "{caller} logs: {error}",
    "from {caller}: {error}",
    "{error} (from {caller})",
    "{error} — happening in {caller}",
    "{error}\n^ this is from {caller}",
    "seeing this in {caller} since the deploy:\n{error}",
    "{caller} gets\n```{error}```",
    "hi, {caller} pods throw `{error}`",
    "{caller} keeps printing `{error}`",
    "logs of {caller}:\n{error}",
    "any idea? {caller} in front fails with {error}",
    "kubectl logs {caller}-7d9f8b6c5-x2k4p\n{error}",
    "why does {caller} get {error}",
    "getting this in deploy/{caller}: {error}",
    "kubectl exec into the {caller} pod, then\n{error}",
)
HOSTS = (("payments", ""), ("payments.pay", "pay"), ("payments.pay.svc.cluster.local", "pay"))


def _pastes(error: str) -> Iterator[tuple[str, str, str]]:
    for pasted in PASTED:
        for host, namespace in HOSTS:
            text = pasted.format(error=error.format(host=host, port=8080), caller="checkout")
            yield text, namespace, "checkout" if "{caller}" in pasted else ""


@pytest.mark.parametrize(("error", "symptom"), ERRORS, ids=lambda word: word[:40])
def test_error_is_read_wherever_it_is_pasted(error: str, symptom: str) -> None:
    """Nothing of the error is taken for a name, and none of the names around it is lost."""
    for text, namespace, caller in _pastes(error):
        reading = understand(text, spoken=True)
        assert reading is not None, text
        asked = reading.command.question
        said = reading.words.partition(" from ")[2].partition(" ")[0].rpartition("/")[2]
        port = "8080" if "{port}" in error else ""
        assert (asked.service, asked.namespace, str(asked.port or "")) == ("payments", namespace, port), text
        assert said.removesuffix("-7d9f8b6c5-x2k4p") == caller, text
        assert str(asked.symptom or "") == symptom, text
