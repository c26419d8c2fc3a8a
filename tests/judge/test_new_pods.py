"""Proofs of what needs new pods: they are taken for ready, and what there is still then is told, with its fix."""

from pathlib import Path

from bot.model.case import Case
from bot.model.refs import Ref
from bot.model.result.finding import Fix
from bot.usecases.diagnose import conclude, now
from bot.usecases.whatif import apply, proof
from tests.checks.manifests import Written, case_of, written_cases

CHECKS = Path(__file__).parents[1] / "checks"
USERS = Ref("Deployment", "user-service", "shop")
CALLER = Ref("Deployment", "checkout", "shop")
READY = "with this change and its new pods ready"
ASK = {"ask": ["user-service -n shop --from shop/checkout-1 --port 80"]}


def changed(*documents: dict[str, object]) -> Case:
    return case_of(Written("test", "test", ASK, list(documents)))


def titled(path: str, begin: str) -> Case:
    """Return the case of a file of tests/checks whose title begins so."""
    return case_of(next(each for each in written_cases(CHECKS / path) if each.title.startswith(begin)))


def pods_of(case: Case, fix: Fix) -> list[tuple[str, str, bool]]:
    """Return names, addresses and readiness of user-service's pods with the fix."""
    after = apply(case.snapshot, fix)
    assert after is not None
    return sorted((each.name, each.ip, each.is_ready) for each in after.pods if each.workload == USERS)


def test_more_pods_have_names_and_addresses_of_their_own() -> None:
    """Those that run stay as they are; a new one has a free address of a node's range, and is an endpoint."""
    fix = Fix(USERS, risk="", replicas=5)
    known = pods_of(changed(), fix)

    assert [name for name, _, _ in known] == [f"user-service-{number}" for number in range(1, 6)]
    assert len({address for _, address, _ in known}) == 5
    after = apply(changed().snapshot, fix)
    assert after is not None
    service = after.service("shop", "user-service")
    assert service is not None
    assert sum(len(each.endpoints or ()) for each in after.slices_of(service)) == 5


def test_a_new_template_reaches_the_pods_and_leaves_other_containers() -> None:
    """A field of the template is written to each pod; a container that something else put there stays."""
    sidecar = {"name": "istio-proxy", "image": "proxy:1"}
    pod = {
        "kind": "Pod",
        "metadata": {"name": "user-service-1", "namespace": "shop"},
        "spec": {"containers": [sidecar, {"name": "app", "image": "user:1"}]},
    }
    value = {"periodSeconds": 5, "tcpSocket": {"port": 8080}}
    path = "/spec/template/spec/containers/0/readinessProbe"
    after = apply(changed(pod).snapshot, Fix(USERS, risk="", operations=({"op": "add", "path": path, "value": value},)))

    assert after is not None
    new = next(each for each in after.pods if each.name == "user-service-1")
    assert [each.name for each in new.spec.containers or ()] == ["istio-proxy", "app"]
    assert [bool(each.readiness_probe) for each in new.spec.containers or ()] == [False, True]


def test_a_cluster_without_a_node_has_no_proof() -> None:
    """Where a new pod would run nobody knows."""
    nodes = [
        {
            "kind": "Node",
            "metadata": {"name": name},
            "status": {"conditions": [{"type": "Ready", "status": "False"}]},
        }
        for name in ("node-1", "node-2")
    ]

    assert proof(changed(*nodes), Fix(USERS, risk="", replicas=5)) is None


def test_a_callers_template_is_proved_without_its_workload() -> None:
    """Of a caller the pods are read, and its workload not always."""
    case = titled("dns/default_dns_policy.yaml", "the calling pod asks its node's servers")
    fix = Fix(CALLER, risk="", merge={"spec": {"template": {"spec": {"dnsPolicy": "ClusterFirst"}}}})

    assert (proof(case, fix) or "").startswith(f"{READY}: dns ok")


def test_a_fix_that_mends_half_names_the_rest_and_the_second_fix() -> None:
    """The caller asks its node's servers, and the policies of the DNS pods would not admit it either."""
    case = titled("policy/dns_not_admitting_caller.yaml", "the caller asks its node's nameservers")
    root = conclude(case, asked_at=now()).root

    assert root is not None
    first, second = root.fix
    assert (first.proof or "").startswith(f"{READY} there is still: shop/checkout may not ask the DNS pods")
    assert second.risk.startswith("needed as well, for NPL-015")
    assert (second.proof or "").startswith("with this change: dns ok")


def test_pods_that_waited_go_on_once_what_they_waited_for_takes_calls() -> None:
    """The proof does not tell of a wait that is over, and says whom it takes for ready."""
    case = waiting_for_db()
    root = next(each for each in conclude(case, asked_at=now()).findings if not each.caused_by)

    assert (root.code, root.about) == ("APP-017", Ref("Deployment", "db", "shop"))
    assert root.fix[0].proof == (
        f"{READY}, and those that waited for them: dns ok, routing ok, application ok (on configuration)"
    )


def test_pods_that_wait_for_something_else_as_well_wait_on() -> None:
    """One of two is there: what is still missing is told."""
    case = waiting_for_db("until nc -z db 5432 && nc -z queue 9092; do sleep 2; done")
    root = next(each for each in conclude(case, asked_at=now()).findings if not each.caused_by)

    assert root.about == Ref("Deployment", "db", "shop")
    assert (root.fix[0].proof or "").startswith(f"{READY} there is still: ")


def waiting_for_db(command: str = "until nc -z db 5432; do sleep 2; done") -> Case:
    """The Service's pods wait in an init container for one that was scaled to zero."""
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:50:00Z"}
    running = {"running": {"startedAt": "2026-11-23T03:50:00Z"}}
    waits = {"name": "wait", "image": "busybox", "command": ["sh", "-c", command]}
    pods = [
        {
            "kind": "Pod",
            "metadata": {"name": f"user-service-{number}", "namespace": "shop"},
            "spec": {"initContainers": [waits]},
            "status": {
                "phase": "Pending",
                "conditions": [ready],
                "initContainerStatuses": [{"name": "wait", "ready": False, "started": True, "state": running}],
                "containerStatuses": [
                    {"name": "app", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
                ],
            },
        }
        for number in (1, 2, 3)
    ]
    ports = [{"port": 5432, "protocol": "TCP", "targetPort": 5432}]
    service = {"clusterIP": "10.96.40.1", "clusterIPs": ["10.96.40.1"], "selector": {"app": "db"}, "ports": ports}
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "postgres"}]}}
    db = {"metadata": {"name": "db", "namespace": "shop"}}
    return changed(
        *pods,
        {"kind": "Service", **db, "spec": service},
        {"kind": "Deployment", "apiVersion": "apps/v1", **db, "spec": {"replicas": 0, "template": template}},
    )
