"""`why` and `dns` judge one name by one simulation of the caller's resolver: they never say the opposite of each other."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.errors import UsageError
from bot.model.call.answerer import detour
from bot.model.call.asked_name import asked_name
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dns.records import walk_saved
from bot.model.kube.objects import Meta
from bot.model.kube.workloads import Namespace, StatefulSet, WorkloadSpec
from bot.model.question.grammar import parse
from bot.model.question.question import Question, Source
from bot.model.question.resolve import candidates, resolve, resolve_source
from bot.model.result.resolution import Resolution
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.model.views.caller import caller_of
from playground.sample import sample_snapshot
from tests.checks.manifests import case_of, written_cases
from tests.examples import every

DNS_CASES = sorted((Path(__file__).parents[1] / "checks" / "dns").glob("*.yaml"))
ELSEWHERE = ("example.com", "www.example.com", "example.com.", "user-service.other.zone", "nowhere.nowhere.svc")


def names_of(snapshot: Snapshot) -> list[str]:
    """Every way to write the name of each of a few Services, right and wrong, and names of nobody here."""
    zone = snapshot.zone
    found = list(ELSEWHERE)
    for each in snapshot.services[:12]:
        short, name = f"{each.name}.{each.namespace}", each.name
        found += [short, f"{short}.", f"{short}.svc", f"{short}.svc.{zone}", f"{short}.svc.{zone}.", f"{short}.{zone}"]
        found += [
            f"{name}.svc.{zone}",
            f"{name}x.{each.namespace}",
            f"{name}.{each.namespace}x",
            f"{short}.svc.other.zone",
        ]
        found += [f"{name}-0.{short}", f"{name}-0.{short}.svc.{zone}", f"{short}.svc.{zone}".upper(), short.title()]
    return list(dict.fromkeys(found))


def callers_of(snapshot: Snapshot) -> list[Source | None]:
    """Nobody, a pod of some namespace, and pods that were read: one of each DNS policy."""
    pods = {(each.spec.dns_policy, each.spec.host_network, each.spec.dns_config): each for each in snapshot.pods}
    named = [Source(each.namespace, pod=each.name) for each in pods.values()]
    return [None, Source("default"), *named[:6]]


def answers(question: Question, snapshot: Snapshot) -> tuple[Status, Status, Status]:
    """What `dns` says of a name, and for `why` the verdict on DNS and the hop of the record."""
    resolved = resolve_source(resolve(question, snapshot, "default"), snapshot)
    caller = caller_of(resolved, snapshot)
    conf = caller.resolv_conf
    steps = walk_saved(question.name, conf, snapshot)
    found = Resolution(question.name, caller.namespace, resolved.source, conf, steps)
    judgement = judge(Case(resolved, snapshot), strict=True)
    record = next(each.status for each in judgement.hops if each.hop is Hop.RECORD)
    return found.outcome, judgement.verdicts["dns"].status, record


def is_ours(name: str, snapshot: Snapshot) -> bool:
    """A name that only a Service can have, or that is like one: `dns` leaves open what other servers say of it."""
    known = any(snapshot.namespace(place) or snapshot.services_named(each) for each, place in candidates(name))
    return "svc" in name.lower().split(".") or known


def leads_outside(question: Question, snapshot: Snapshot) -> bool:
    """An alias for a name outside: its record is there, and `dns` leaves open what other servers say of its target."""
    resolved = resolve(question, snapshot, "default")
    case = Case(resolved, snapshot)
    asked = asked_name(case)
    return bool(case.service and case.service.is_external_name and (asked is None or asked.tries(case.fqdn)))


def leads_astray(question: Question, snapshot: Snapshot) -> bool:
    """A rule of the Corefile answers with an address that is not the Service's: `dns` says that it resolves, and where to."""
    found = detour(Case(resolve(question, snapshot, "default"), snapshot))
    return found is not None and bool(found.reply.addresses)


def disagreements(snapshot: Snapshot, begin: int = 0, step: int = 1) -> list[str]:
    """Each name and caller of a cluster for whom the two commands say the opposite; of the names some, in steps."""
    found = []
    for name in names_of(snapshot)[begin % step :: step]:
        for source in callers_of(snapshot):
            question = replace(parse(["why", name]).question, source=source)
            dns, verdict, record = answers(question, snapshot)
            denied = record is Status.FAIL and (
                dns is Status.OK or (dns is Status.UNKNOWN and not is_ours(name, snapshot))
            )
            denied = denied and not leads_astray(question, snapshot)
            if (verdict is Status.OK and dns is not Status.OK and not leads_outside(question, snapshot)) or denied:
                found.append(f"{name} from {source}: dns {dns}, why {verdict}, record {record}")
    return found


def test_sample() -> None:
    """The sample cluster, which holds every kind of Service."""
    assert not disagreements(sample_snapshot())


@pytest.mark.parametrize("path", DNS_CASES, ids=lambda path: path.stem)
def test_cases(path: Path) -> None:
    """The clusters of each DNS check's cases: odd resolvers, odd zones, names that do not exist.

    Every fifth name of each, another one first from cluster to cluster, so that all ways to write a name are asked.
    """
    cases = [case_of(written).snapshot for written in written_cases(path)]
    found = [each for at, snapshot in enumerate(cases) for each in disagreements(snapshot, at, every(5))]
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize(
    ("words", "service", "namespace"),
    [
        ("why db-0.peers -n shop", "peers", "shop"),
        ("why db-9.peers -n shop --from shop/checkout-1", "peers", "shop"),
        ("why db-0.peers --from shop/checkout-1", "peers", "shop"),
        ("dns db-0.peers -n shop", "peers", "shop"),
        ("why db-7d9c5b8f6d-x7k2p.peers -n shop", "peers", "shop"),
        ("why db-0.peers", "db-0", "peers"),
        ("path shop/checkout-1 to db-0.peers", "db-0", "peers"),
        ("why api-1.other --from shop/checkout-1", "api-1", "other"),
        ("why user-service.shop --from shop/checkout-1", "user-service", "shop"),
    ],
)
def test_pod_of_a_service_beside_the_caller(words: str, service: str, namespace: str) -> None:
    """POD.SERVICE is one of the namespace that was said, or of the caller's, where that has the Service; else as ever."""
    snapshot = case_of(written_cases(DNS_CASES[0].with_name("per_pod_name_missing.yaml"))[0]).snapshot

    found = resolve(parse(words).question, snapshot, "default")

    assert (found.service, found.namespace) == (service, namespace)


def test_two_namespaces_for_a_name_of_no_pod_here() -> None:
    """A Service that lies elsewhere, beside another namespace: nobody guesses which was meant."""
    known = case_of(written_cases(DNS_CASES[0].with_name("per_pod_name_missing.yaml"))[0]).snapshot
    other = Namespace(metadata=Meta(name="other"))
    snapshot = replace(known, namespaces=(*known.namespaces, other))

    with pytest.raises(UsageError, match="Two namespaces are said"):
        resolve(parse("why api-1.other -n shop").question, snapshot, "default")


@pytest.mark.parametrize(
    ("words", "is_pod_known"),
    [
        ("why db-0.database -n shop", True),
        ("why db-0.database -n shop", False),
        ("why db-0.database.shop", True),
        ("why db-0.database --from shop/checkout-1", True),
    ],
)
def test_pod_of_a_service_that_is_not_there(words: str, is_pod_known: bool) -> None:
    """HOSTNAME.SUBDOMAIN of a Service that was never made, or renamed: that one is missing, and no other is asked for."""
    known = case_of(written_cases(DNS_CASES[0].with_name("per_pod_name_missing.yaml"))[0]).snapshot
    owner = StatefulSet(metadata=Meta(name="db", namespace="shop"), spec=WorkloadSpec(service_name="database"))
    others = tuple(each for each in known.all(StatefulSet) if each.name != "db")
    pods = tuple(each for each in known.pods if each.name != "db-0")
    snapshot = replace(known, pods=pods, stateful_sets=(*others, owner) if is_pod_known else others)

    found = resolve(parse(words).question, snapshot, "default")

    assert (found.service, found.namespace) == ("database", "shop")
    assert answers(parse(words).question, snapshot)[1:] == (Status.FAIL, Status.FAIL)
