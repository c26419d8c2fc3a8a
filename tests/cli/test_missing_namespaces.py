"""A namespace that is not there is said so, wherever one is named: nothing is wrong in it, and that is no `ok`."""

import json

import pytest
from msgspec.structs import replace

from bot.errors import Slot, UnknownNameError
from bot.model.gaps import Gap
from bot.model.kube.objects import Meta
from bot.model.kube.services import Service
from bot.model.kube.workloads import Namespace
from bot.model.question.grammar import parse
from bot.model.question.instead import offers
from bot.model.question.question import Source
from bot.model.question.refusals import expect_place_of_caller
from bot.model.snapshot import Snapshot
from playground.sample import sample_snapshot
from tests.cli.program import k8snet

SAMPLE = ("--dump", "playground/sample")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("why", "user-service", "-n", "shop", "--from", "shpo/"), "Did you mean: shop/?"),
        (("why", "user-service", "-n", "shop", "--from", "shpo/checkout"), "Did you mean: shop/checkout?"),
        (("why", "user-service", "-n", "shop", "--from", "nope/deploy/x"), "Namespaces: data, default, kube-system"),
        (("why", "user-service", "-n", "shop", "--from", "svc/web"), "There is no namespace svc to call from"),
        (("why", "-n", "shop", "--from", "shpo/checkout"), "There is no namespace shpo to call from"),
        (("dns", "user-service.shop", "--from", "shpo/"), "There is no namespace shpo to call from"),
        (("path", "shpo/", "user-service.shop"), "There is no namespace shpo to call from"),
        (("path", "shpo/", "127.30.1.14"), "There is no namespace shpo to call from"),
    ],
    ids=lambda each: " ".join(each)[:40] if isinstance(each, tuple) else "",
)
def test_caller_of_a_missing_namespace(words: tuple[str, ...], says: str) -> None:
    """Refused, with those that may have been meant."""
    done = k8snet(*words, *SAMPLE)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())


@pytest.mark.parametrize("caller", [(), ("--from", "checkout"), ("--from", "iam/"), ("--from", "shop/checkout")])
def test_service_in_a_missing_namespace(caller: tuple[str, ...]) -> None:
    """That the Service is not there is the answer, also to a caller beside it, who is no more there than the Service."""
    done = k8snet("why", "sso", "-n", "iam", *caller, *SAMPLE)

    assert done.returncode == 3
    assert "there is no namespace iam; did you mean sso.pay?" in " ".join(done.stdout.split())


@pytest.mark.parametrize("command", ["check", "digest", "why"])
def test_scope_with_a_missing_namespace(command: str) -> None:
    """What is asked beside it is answered; the outcome is not `ok`, and the gap is told."""
    done = k8snet(command, "-n", "data,dtaa", *SAMPLE, "-o", "json")
    told = json.loads(done.stdout)

    assert done.returncode == 5
    assert "namespace dtaa" in {each["what"] for each in told["gaps"]}
    assert k8snet(command, "-n", "data", *SAMPLE).returncode == 0


@pytest.mark.parametrize("place", ["shop", "default", "pay"])
def test_known_namespace(place: str) -> None:
    """One that is there, with or without Services."""
    expect_place_of_caller(Source(namespace=place), sample_snapshot())


def test_list_that_is_not_whole() -> None:
    """Of a list without `default`, one that was not read, and of objects whose namespace is not listed nothing follows."""
    sample, source = sample_snapshot(), Source(namespace="web")
    part = replace(sample, namespaces=tuple(each for each in sample.namespaces if each.name != "default"))
    unread = replace(sample, gaps=(*sample.gaps, Gap("namespaces", "", "namespaces", "forbidden")))
    used = replace(sample, services=(*sample.services, Service(metadata=Meta("a", "web"))))

    for each in (part, unread, used, Snapshot(taken_at=sample.taken_at)):
        expect_place_of_caller(source, each)
    with pytest.raises(UnknownNameError):
        expect_place_of_caller(source, sample)


def test_suggestion_is_asked_as_the_whole_question() -> None:
    """In Slack a click asks the question again with the caller that may have been meant."""
    known = Snapshot(taken_at=sample_snapshot().taken_at, namespaces=tuple(map(named, ("default", "shop"))))
    asked = parse("why user-service in shop from shpo/deploy/checkout port 80")
    with pytest.raises(UnknownNameError) as raised:
        expect_place_of_caller(asked.question.source, known)

    assert raised.value.slot is Slot.CALLER
    assert offers(asked, raised.value.slot, raised.value.suggestions) == (
        "why user-service in shop from shop/deploy/checkout port 80",
    )


def named(name: str) -> Namespace:
    return Namespace(metadata=Meta(name))
