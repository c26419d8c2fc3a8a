"""What an answer suggests: no name of a namespace that its asker may not ask about, in text, JSON or Slack."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.answer import Runtime, answer
from bot.cluster.documents import snapshot_from
from bot.model.question.grammar import parse
from bot.model.question.question import Question
from bot.model.question.request import request_of
from bot.model.snapshot import Snapshot
from bot.reports.json import answer_json
from handlers.access.rules import Rule, narrowed

SPACES = ("shop", "shop-secret", "payments", "kube-system")
SERVICES = (("user-service", "payments"), ("user-servce", "payments"), ("users", "shop-secret"), ("web", "shop"))
OBJECTS = [
    *({"kind": "Namespace", "metadata": {"name": each}} for each in SPACES),
    *(
        {
            "kind": "Service",
            "metadata": {"name": name, "namespace": place},
            "spec": {"clusterIP": f"10.96.0.{number}", "selector": {"app": name}, "ports": [{"port": 80}]},
        }
        for number, (name, place) in enumerate(SERVICES, 20)
    ),
]
ASKED = (
    "why user-service in shop",
    "why user-service in shop from shop/",
    "why usr-service in shop",
    "why users in shop",
    "why web in shoq",
    "dns user-service.shop from shop/",
    "dns users from shop/",
)
CLOSED = ("payments", "shop-secret", "user-servce")


def told(words: str, patterns: tuple[str, ...]) -> str:
    """Return the answer as JSON, which holds every word of it; as the access rules let its asker ask."""

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return question, snapshot_from(OBJECTS, taken_at=datetime.now(UTC))

    async def read_scope(_: tuple[str, ...]) -> Snapshot:
        return snapshot_from(OBJECTS, taken_at=datetime.now(UTC))

    rule = Rule("mine", ("everyone",), namespaces=patterns)
    request = narrowed(request_of(parse(words)), (rule,), ("",), "")
    return answer_json(asyncio.run(answer(request, Runtime(read, read_scope))))


@pytest.mark.parametrize("words", ASKED)
def test_no_name_of_a_closed_namespace(words: str) -> None:
    """Near names, the same name elsewhere and namespaces are suggested only where they are open."""
    said = told(words, ("shop", "shoq"))

    assert not [each for each in CLOSED if each in said]


def test_open_namespaces_are_suggested_as_ever() -> None:
    """The look-alike: who may ask about all is told where the Service is, and so is who may ask about that namespace."""
    assert "user-service.payments" in told("why user-service in shop", ("*",))
    assert "user-service.payments" in told("why user-service in shop", ("shop", "pay*"))
    assert "user-service.payments" in told("dns user-service.shop from shop/", ("shop", "payments"))
