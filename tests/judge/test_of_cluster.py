"""Checks of what all Services share: asked once in a table, and the same of each Service."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.checks.engine.check import Check
from bot.checks.engine.judge import judge
from bot.checks.engine.registry import all_checks
from bot.model.call.hops.dns_server import dns_server
from bot.model.case import Case
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.finding import Detection
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest
from tests.checks.manifests import Written, case_of, written_cases

OF_CLUSTER = [each for each in all_checks() if each.of_cluster]
DNS = Path(__file__).parents[1] / "checks" / "dns"
WRITTEN = [each for check in OF_CLUSTER for each in written_cases(DNS / f"{check.name.replace('-', '_')}.yaml")]


def row_of(snapshot: Snapshot, namespace: str, name: str) -> Case:
    return Case(Question(service=name, namespace=namespace, cluster="", name=name), snapshot, in_table=True)


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_every_service_gets_the_same(written: Written) -> None:
    """What such a check finds does not depend on the Service of the row; else it may not be asked once."""
    snapshot = case_of(written).snapshot
    rows = [row_of(snapshot, each.namespace, each.name) for each in snapshot.services]
    rows.append(Case(Question(), snapshot, in_table=True))  # nor on there being one

    for check in OF_CLUSTER:
        found = [tuple(check.rule(each)) for each in rows]
        assert all(each == found[0] for each in found), check.code


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_servers_of_nobody_are_the_same_for_each_row(written: Written) -> None:
    """They are looked at once a table, and are what each Service's own question sees."""
    snapshot = case_of(written).snapshot
    rows = [row_of(snapshot, each.namespace, each.name) for each in snapshot.services]

    assert [dns_server(each) for each in rows] == [dns_server(replace(each, in_table=False)) for each in rows]


def test_it_is_asked_once_a_table() -> None:
    """It is asked of no Service, and each of a snapshot has the answer."""
    asked: list[str] = []

    def rule(case: Case) -> Iterator[Detection]:
        asked.append(case.question.service)
        yield Detection(Ref("Service", "kube-dns", "kube-system"), "broken")

    snapshot = case_of(Written("test", "healthy", {}, [])).snapshot
    first = OF_CLUSTER[0]
    check = Check(**{each: getattr(first, each) for each in first.__struct_fields__} | {"rule": rule, "only": ()})
    told = [judge(row_of(snapshot, "shop", name), [check], strict=True) for name in ("user-service", "other")]

    assert asked == [""]
    assert [each.findings[0].message for each in told] == ["broken", "broken"]


def test_the_digest_tells_a_fault_of_dns_with_every_service() -> None:
    """Asked once, it is still the cause of each row."""
    (written, *_) = written_cases(DNS / "no_ready_dns_replica.yaml")
    made = digest(case_of(written).snapshot, at=datetime.now(UTC))

    assert len(made.services) > 1
    assert {each.root_cause.code for each in made.services if each.root_cause} == {"DNS-001"}
