"""Each place of a sentence is read whatever stands in the others: the Service, its namespace, caller, port, complaint."""

import re
from collections.abc import Iterator
from itertools import combinations, cycle, islice, product

import pytest

from handlers.language import understand
from tests.examples import every

CALLED = ("payments", "user-service", "redis", "auth")
NAMESPACES = (
    "in {}",
    "in the {} namespace",
    "in namespace {}",
    "in ns {}",
    "of {}",
    "({})",
    "-n {}",
    "as {name}.{}",
    "as {}/{name}",
)
PORTS = ("", "on port 8080", "on 8080", "at port 8080")
COMPLAINTS = {
    "times out": "timeout",
    "just hangs": "timeout",
    "ECONNREFUSED": "refused",
    "connection refused": "refused",
    "could not resolve host": "nxdomain",
    "name not found": "nxdomain",
    "connection reset by peer": "reset",
    "503 service unavailable": "5xx",
    "is super slow": "slow",
    "fails every third time": "intermittent",
}
CALLS = (
    "{caller} calling {called}: {wrong}",
    "{caller} -> {called} {wrong}",
    "when {caller} calls {called}, {wrong}",
    "{caller} can't reach {called}, {wrong}",
    "{caller} pods cannot connect to {called} ({wrong})",
    "calls from {caller} to {called}: {wrong}",
    "{wrong} from {caller} to {called}",
)
AROUND = (
    "{}",
    "hey team, {} any ideas?",
    "looks like {} since the deploy",
    "{} , can someone look?",
    "{} again 😭",
    "urgent: {} on prod",
)


def _called(name: str, where: str, namespace: str, port: str) -> str:
    if where.startswith("as "):
        return f"{where[3:].format(namespace, name=name)} {port}".strip()
    return f"{name} {where.format(namespace)} {port}".strip()


def sentences() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield sentences with what is in each of their places; every two values of two places meet somewhere."""
    names, callers, namespaces = (
        cycle(CALLED),
        cycle(("checkout", "order-worker", "bff")),
        cycle(("shop", "data", "team-a")),
    )
    rest = product(AROUND, PORTS, CALLS)
    for (around, port, call), where, (wrong, symptom) in product(rest, NAMESPACES, COMPLAINTS.items()):
        name, caller, namespace = next(names), next(callers), next(namespaces)
        said = call.format(caller=caller, called=_called(name, where, namespace, port), wrong=wrong)
        yield (
            around.format(said),
            {"service": name, "namespace": namespace, "caller": caller, "port": port[-4:], "symptom": symptom},
        )


def _read(said: str) -> dict[str, str]:
    reading = understand(said, spoken=True)
    assert reading is not None, said
    asked = reading.command.question
    source = re.split("/", reading.words.partition(" from ")[2].partition(" ")[0])[-1]
    return {
        "service": asked.service,
        "namespace": asked.namespace,
        "caller": source,
        "port": str(asked.port or ""),
        "symptom": str(asked.symptom or ""),
    }


@pytest.mark.parametrize("begin", range(6))
def test_places_are_read_apart(begin: int) -> None:
    """None of 15,120 sentences, or in a short run of every eleventh, loses, moves or invents the words of a place."""
    step = every(11)
    taken = islice(islice(sentences(), 0, None, step), begin, None, 6)
    assert [(said, got) for said, meant in taken if (got := _read(said)) != meant] == []


def test_a_short_run_brings_every_two_values_together() -> None:
    """The step has no divisor in common with how many values a place has."""
    taken = [meant for _, meant in islice(sentences(), 0, None, 11)]
    for one, two in combinations(("service", "namespace", "caller", "port", "symptom"), 2):
        whole = {(meant[one], meant[two]) for _, meant in sentences()}
        assert {(meant[one], meant[two]) for meant in taken} == whole
