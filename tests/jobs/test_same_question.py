"""When two questions are the same one: only then may one be shown the answer of the other."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.jobs.cache import fingerprint
from bot.model.question.entry import Entry, EntryKind
from bot.model.question.question import Question, Source, Symptom
from tests.jobs.conftest import a_run

# Of each field another value, which makes it another question.
OTHER: dict[str, Any] = {
    "service": "cart-service",
    "namespace": "pay",
    "port": "metrics",
    "protocol": "UDP",
    "source": Source(namespace="shop", workload="deploy/checkout"),
    "symptom": Symptom.TLS,
    "cluster": "prod-us",
    "name": "user-service.shop.svc",
    "address": "10.96.0.7",
    "scheme": "https",
    "path": "/health",
    "resolver": "musl",
    "entry": Entry(EntryKind.NODE_PORT, "192.168.10.22", 30080),
    "default_namespace": "pay",
    "protocol_said": True,
}
SAME = {"assumed"}  # how the question came about, which its answer tells


def test_every_field_of_a_question_is_tried() -> None:
    assert set(OTHER) | SAME == set(Question.__struct_fields__)


@pytest.mark.parametrize("field", OTHER)
def test_another_question_has_another_answer(field: str) -> None:
    """Whatever a worker would look at otherwise: also the resolver, by which the same name is found or not."""
    run = a_run("user-service")
    other = replace(run, question=replace(run.question, **{field: OTHER[field]}))

    assert fingerprint(other) != fingerprint(run)


def test_the_same_question_in_other_words_is_one() -> None:
    """Case, a dot at the end, who asks, where, and what was assumed make no other question."""
    run = replace(a_run("user-service"), question=Question(service="user-service", namespace="shop", name="user.shop"))
    said = replace(run.question, service="User-Service", name="USER.shop.", assumed=("namespace shop",))
    other = replace(run, id="other", question=said, channel="C2", asked_by="U2", thread_ts="1.9")

    assert fingerprint(other) == fingerprint(run)
