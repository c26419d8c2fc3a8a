"""An alias of a Service of this cluster, and a public host, are read to their end, live as in a dump, and judged."""

from pathlib import Path

import pytest

from bot.checks.engine.judge import Judgement, judge
from bot.cluster.live import COLD, FOLLOW, WARM, ClusterWide, read
from bot.cluster.transport import Cluster
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice
from bot.model.kube.workloads import Ingress
from bot.model.question.question import Question
from bot.model.result.status import Status
from tests.reader.healthy import OBJECTS, forbidden, healthy, kubeconfig
from tests.reader.objects import Json, meta, service
from tests.reader.test_budget import FROM_POD, OPTIONAL, _workload, world


def alias(to: str, name: str = "users", namespace: str = "web") -> Json:
    known = service(name, namespace, type="ExternalName", externalName=to)
    known["spec"] = {key: known["spec"][key] for key in ("type", "externalName")}
    return known


TARGET = "user-service.shop.svc.cluster.local"
USERS = Question(service="users", namespace="web", name="users", source=FROM_POD)
OTHERS = OBJECTS["services"][1:]


async def asked(
    folder: Path, objects: dict[str, list[Json]], refused: str = "-", question: Question = USERS
) -> tuple[Judgement, list[int], Case]:
    """Return how the second of two questions was judged, and the requests of each without those of optional kinds."""
    async with healthy() as api:
        api.objects, api.breaks, api.broken = objects, forbidden, lambda each: each.startswith(refused)
        path = folder / "kubeconfig"
        path.write_text(kubeconfig(api))
        cache, counts = ClusterWide(), []
        async with Cluster(kubeconfig=str(path)) as cluster:
            for _ in range(2):
                before = len([each for each in api.asked if not each.startswith(OPTIONAL)])
                placed, snapshot = await read(cluster, question, cache=cache)
                counts.append(len([each for each in api.asked if not each.startswith(OPTIONAL)]) - before)
    case = Case(placed, snapshot)
    return judge(case, strict=True), counts, case


def hops(found: Judgement) -> dict[str, Status]:
    return {str(each.hop): each.status for each in found.hops}


@pytest.mark.parametrize("to", [TARGET, "other.web.svc.cluster.local"])
async def test_what_lies_behind_an_alias_is_read(tmp_path: Path, to: str) -> None:
    """Also behind two aliases; it costs slices, pods, policies and events of that Service, and no list of its namespace."""
    services = [alias(to), alias(TARGET, "other"), *OBJECTS["services"]]
    found, (_, warm), case = await asked(tmp_path, world(services=services))

    assert found.outcome is Status.OK, found.hops
    assert "user-service" in next(each.because for each in found.hops if each.hop == "service")
    assert warm <= WARM + FOLLOW
    assert case.snapshot.was_listed(Pod, "shop", "user-service")
    assert not case.snapshot.was_listed(Pod, "shop")
    assert not case.snapshot.was_listed(EndpointSlice, "shop", "another")


@pytest.mark.parametrize(
    ("spec", "replicas", "code"), [({"app": "user-servce"}, 1, "RTE-001"), ({"app": "user-service"}, 0, "APP-017")]
)
async def test_the_cause_behind_an_alias_is_named(
    tmp_path: Path, spec: dict[str, str], replicas: int, code: str
) -> None:
    """What should have made the pods is read as for a question of its own: a workload at zero is no wrong selector."""
    workload = _workload("user-service", "shop")
    workload["spec"]["replicas"] = replicas
    pods = [each for each in OBJECTS["pods"] if replicas or each["metadata"]["namespace"] != "shop"]
    services = [alias(TARGET), service(selector=spec), *OTHERS]
    deployments = [_workload("checkout", "web"), workload]
    slices = [each for each in OBJECTS["endpointslices"] if each["metadata"]["namespace"] != "shop"]
    objects = world(services=services, deployments=deployments, pods=pods, endpointslices=slices)
    found, _, _ = await asked(tmp_path, objects)

    assert found.root_cause is not None
    assert found.root_cause.code == code


@pytest.mark.parametrize("plural", ["pods", "networkpolicies", "endpointslices"])
async def test_what_may_not_be_read_behind_an_alias_leaves_it_open(tmp_path: Path, plural: str) -> None:
    """Nothing is called sound that was refused there."""
    group = {"networkpolicies": "apis/networking.k8s.io/v1", "endpointslices": "apis/discovery.k8s.io/v1"}.get(
        plural, "api/v1"
    )
    services = [alias(TARGET), *OBJECTS["services"]]
    found, _, _ = await asked(tmp_path, world(services=services), refused=f"/{group}/namespaces/shop/{plural}")

    assert found.outcome is Status.UNKNOWN
    assert Status.UNKNOWN in hops(found).values()


async def test_a_host_outside_costs_nothing_more(tmp_path: Path) -> None:
    """An alias of a host outside of the cluster, and a Service that is none, are read as before."""
    outside = [alias("db.example.com"), *OBJECTS["services"]]
    _, (_, warm), _ = await asked(tmp_path, world(services=outside))
    plain = Question(service="user-service", namespace="shop", source=FROM_POD)
    _, (cold, own), _ = await asked(tmp_path, world(), question=plain)

    assert warm <= own <= 10
    assert cold <= COLD


# --- a public host

HOST = Question(name="users.example.com", namespace="web", path="/cart")


def ingress(to: str = "user-service") -> Json:
    backend = {"service": {"name": to, "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    return {
        "metadata": meta("web", "shop"),
        "spec": {"rules": [{"host": "users.example.com", "http": {"paths": paths}}]},
    }


async def test_what_an_ingress_sends_a_public_host_to_is_read(tmp_path: Path) -> None:
    """The way outside is open, as nobody looked; what lies behind was looked at, and a fault there is named."""
    found, (cold, warm), _ = await asked(tmp_path, world(ingresses=[ingress()]), question=HOST)
    mistyped = [service(selector={"app": "user-servce"}), *OTHERS]
    slices = [each for each in OBJECTS["endpointslices"] if each["metadata"]["namespace"] != "shop"]
    broken, _, _ = await asked(
        tmp_path, world(services=mistyped, ingresses=[ingress()], endpointslices=slices), question=HOST
    )
    absent, _, _ = await asked(tmp_path, world(ingresses=[ingress("user-servce")]), question=HOST)

    assert (found.outcome, found.root_cause) == (Status.UNKNOWN, None)
    assert {hops(found)[each] for each in ("service", "endpoints", "backend", "application")} == {Status.OK}
    assert "Ingress shop/web sends users.example.com/cart" in found.verdicts["routing"].summary
    assert warm <= WARM + FOLLOW
    assert cold <= COLD + FOLLOW
    assert broken.root_cause is not None
    assert (broken.root_cause.code, str(broken.root_cause.about)) == ("RTE-001", "Service shop/user-service")
    assert absent.root_cause is not None
    assert absent.root_cause.code == "ING-002"


@pytest.mark.parametrize("refused", ["/apis/networking.k8s.io/v1/ingresses", "/api/v1/namespaces/shop/pods"])
async def test_a_host_whose_way_may_not_be_read_stays_open(tmp_path: Path, refused: str) -> None:
    """As before: nothing is said of what lies behind it."""
    found, _, _ = await asked(tmp_path, world(ingresses=[ingress()]), refused=refused, question=HOST)

    assert found.outcome is Status.UNKNOWN
    assert "ok" not in {str(hops(found)[each]) for each in ("backend", "application")}


async def test_a_host_that_no_ingress_has_costs_one_list(tmp_path: Path) -> None:
    """Nor does a Service's own long name."""
    found, (_, warm), _ = await asked(tmp_path, world(), question=HOST)
    own = Question(name="user-service.shop.svc.cluster.local")
    _, (_, named), case = await asked(tmp_path, world(ingresses=[ingress()]), question=own)

    assert found.outcome is Status.UNKNOWN
    assert warm <= WARM
    assert named <= WARM
    assert case.snapshot.all(Ingress) == ()
