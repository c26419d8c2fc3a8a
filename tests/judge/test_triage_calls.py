"""Triage judges the calls that the objects show: who cannot reach a Service that others reach is a cause of its own."""

from typing import Any

import pytest

from bot.cluster.redaction import redacted
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.dependencies.calls import shown_calls
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Severity
from bot.model.result.status import Status
from bot.model.result.triage import Triage
from bot.model.snapshot import Snapshot
from bot.reports.triage_text import triage_text
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of

APP, WEB = "user-service", {"podSelector": {"matchLabels": {"app": "web"}}}
CHECKOUT = {"podSelector": {"matchLabels": {"app": "checkout"}}}
TO_DNS = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}


def cluster(*documents: dict[str, Any]) -> Snapshot:
    return case_of(Written("test", "", {}, list(documents))).snapshot


def calling(*variables: tuple[str, str], **spec: Any) -> dict[str, Any]:
    """Return the sample's calling pod, told these variables."""
    env = [{"name": name, "value": value} for name, value in variables]
    return {
        "kind": "Pod",
        "metadata": {"name": "checkout-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "env": env}], **spec},
    }


def policy(name: str, app: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": app}}, **spec},
    }


def told(found: Triage) -> list[tuple[str, list[str]]]:
    return [(each.finding.code, [caller.name for caller in each.callers]) for each in found.causes]


def only(*admitted: dict[str, Any]) -> dict[str, Any]:
    return policy("only", APP, policyTypes=["Ingress"], ingress=[{"from": list(admitted)}])


@pytest.mark.parametrize(
    "value",
    ["http://user-service", "http://user-service:80/users", f"{APP}.shop", f"grpc://{APP}.shop.svc.cluster.local:80"],
)
def test_a_variable_shows_a_call(value: str) -> None:
    """A policy that admits others only cuts off whoever is told this host."""
    found = triage(cluster(calling(("USERS_URL", value)), only(WEB)), at=NOW)

    assert told(found) == [("NPL-001", ["checkout"])]
    assert found.outcome is Status.FAIL
    assert found.totals.fail == 0
    assert f"Cuts off: Deployment shop/checkout from shop/{APP}" in triage_text(found)


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param((calling(("USERS_URL", "http://user-service")), only(CHECKOUT)), id="admitted"),
        pytest.param((calling(("USERS_URL", "https://example.com")), only(WEB)), id="calls somewhere else"),
        pytest.param((calling(("ROOT_URL", "http://user-service.acme.local")),), id="a site under .local"),
        pytest.param((calling(("NAME", "user-service")), only(WEB)), id="not a host"),
        pytest.param((calling(("DB_PASSWORD", "user-service:80")), only(WEB)), id="a credential"),
        pytest.param((calling(), only(WEB)), id="calls nobody"),
        pytest.param(
            (calling(), policy("shut", "checkout", policyTypes=["Egress"])), id="let out to nobody, on purpose"
        ),
        pytest.param(
            (calling(), policy("out", "checkout", policyTypes=["Egress"], egress=[{"to": [WEB]}, TO_DNS])),
            id="DNS is allowed",
        ),
    ],
)
def test_what_shows_no_broken_call_is_silent(documents: tuple[dict[str, Any], ...]) -> None:
    """Healthy look-alikes."""
    found = triage(cluster(*documents), at=NOW)

    assert (told(found), found.outcome) == ([], Status.OK)


def with_two_ports() -> dict[str, Any]:
    ports = [{"name": name, "port": port, "targetPort": 8080} for name, port in (("http", 80), ("admin", 81))]
    return {"kind": "Service", "metadata": {"name": APP, "namespace": "shop"}, "spec": {"ports": ports}}


@pytest.mark.parametrize(("address", "codes"), [("10.0.0.99", [("DNS-027", ["checkout"])]), ("10.96.12.7", [])])
def test_a_name_that_a_hosts_file_pins_is_called_by_whichever_port(address: str, codes: list[Any]) -> None:
    """A Service of two ports, at a stray address and at its own."""
    aliases = [{"ip": address, "hostnames": [APP]}]

    assert told(triage(cluster(calling(hostAliases=aliases), with_two_ports()), at=NOW)) == codes


@pytest.mark.parametrize("beside", ['"*"', '"/users/**"', '"lb://USERS", "Path=/users/**"'])
def test_an_asterisk_beside_a_host_hides_it_from_nobody(beside: str) -> None:
    """What is kept for a triage, whose sign for every Service is an asterisk."""
    value = f'{{"paths": [{beside}], "url": "http://user-service:7654/users"}}'
    found = triage(redacted(cluster(calling(("SETTINGS", value))), ANY_SERVICE), at=NOW)

    assert told(found) == [("APP-024", ["checkout"])]


def test_a_slip_is_taken_for_the_service_that_it_nearly_names() -> None:
    """A variable with a host that nothing has, and that is a slip of one Service."""
    found = triage(cluster(calling(("USERS_URL", "http://user-servce"))), at=NOW)

    assert told(found) == [("APP-024", ["checkout"])]


def test_a_variable_called_after_a_service_means_it() -> None:
    """A host that nothing has, and that is like no Service's name."""
    found = triage(cluster(calling(("USER_SERVICE_ADDR", "somewhere-else:80"))), at=NOW)

    assert told(found) == [("APP-024", ["checkout"])]


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        pytest.param("billing:8080", [("DNS-010", ["checkout"])], id="deleted"),
        pytest.param("http://billing:8080/pay", [("DNS-010", ["checkout"])], id="deleted, as a URL"),
        pytest.param("http://billing", [("DNS-010", ["checkout"])], id="deleted, by the port that Services have here"),
        pytest.param(
            "billing 9999", [("DNS-010", ["checkout"])], id="deleted, and a port apart, which may be anything"
        ),
        pytest.param("billing:9999", [], id="another port than the workload's"),
        pytest.param("billing.example.com:8080", [], id="a name of somewhere else"),
        pytest.param("otel-collector:4317", [], id="nothing here is called that"),
    ],
)
def test_a_service_that_is_gone_while_its_workload_is_here(address: str, codes: list[tuple[str, list[str]]]) -> None:
    """Somebody deleted it; that a name is configured which nobody here has says nothing by itself."""
    labels = {"app": "billing"}
    billing = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "billing", "namespace": "shop"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "ports": [{"containerPort": 8080}]}]},
            },
        },
    }

    host, _, port = address.partition(" ")

    caller = calling(("BILLING_ADDR", host), ("BILLING_PORT", port))

    assert told(triage(cluster(caller, billing), at=NOW)) == codes


@pytest.mark.parametrize(
    ("name", "is_ready", "expected"),
    [
        pytest.param("ledger", True, [("APP-024", False)], id="a program's own"),
        pytest.param("jaeger-agent", True, [("APP-024", True)], id="traces, and all are ready without"),
        pytest.param("jaeger-agent", False, [("APP-024", False)], id="traces, and one is not ready"),
        pytest.param("jaeger-agent gateway", True, [("APP-024", False)], id="traces, which the caller hands on"),
    ],
)
def test_a_port_that_a_service_lacks_is_told_once(name: str, is_ready: bool, expected: list[tuple[str, bool]]) -> None:
    """However many call it."""
    name, _, own = name.partition(" ")
    gateway = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"otel-{own}", "namespace": "shop"},
        "spec": {
            "clusterIP": "172.20.200.6",
            "ports": [{"port": 4317}],
            "selector": {"app": "cart" if own else "none"},
        },
    }
    spec = {"clusterIP": "172.20.200.7", "ports": [{"port": 16686, "targetPort": 8080}], "selector": {"app": APP}}
    there = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
    cart = {
        **calling(("HOST", f"{name}:6831")),
        "metadata": {"name": "cart-1", "namespace": "shop", "labels": {"app": "cart"}},
        "status": {
            "phase": "Running",
            "podIP": "10.244.0.77",
            "podIPs": [{"ip": "10.244.0.77"}],
            "conditions": [{"type": "Ready", "status": str(is_ready)}],
        },
    }
    found = triage(cluster(calling(("HOST", f"{name}:6831")), cart, there, *([gateway] if own else [])), at=NOW)

    assert [
        (each.finding.code, each.is_old) for each in found.causes if not each.services[0].name.startswith("otel")
    ] == expected
    assert sorted(str(each) for each in found.causes[0].callers) == ["Deployment shop/checkout", "Pod shop/cart-1"]
    assert "The same is so of" in found.causes[0].finding.message


@pytest.mark.parametrize(
    ("labels", "selector", "codes"),
    [
        pytest.param({"app": "billing", "version": "v1"}, None, [("DNS-010", ["checkout"])], id="labelled so"),
        pytest.param({"app": "pay", "tier": "billing"}, None, [], id="under a label that names nobody"),
        pytest.param({"app": "billing"}, {"app": "billing"}, [], id="another Service selects it"),
    ],
)
def test_a_service_that_is_gone_while_a_workload_of_its_label_is_here(
    labels: dict[str, str], selector: dict[str, str] | None, codes: list[tuple[str, list[str]]]
) -> None:
    """Versions of one application are workloads of other names: nobody selects them since their Service was deleted."""
    container = {"name": "app", "image": "billing:1", "ports": [{"containerPort": 80}]}
    version = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "billing-v1", "namespace": "shop"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    spec = {"clusterIP": "172.20.200.7", "ports": [{"port": 80}], "selector": selector or {"app": APP}}
    other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "pay", "namespace": "shop"}, "spec": spec}
    found = triage(cluster(calling(("BILLING_HOSTNAME", "billing")), version, other), at=NOW)

    assert [each for each in told(found) if each[1] == ["checkout"]] == codes


@pytest.mark.parametrize(
    ("name", "labels", "selector", "codes"),
    [
        ("billing-db-depl", {"app": "x"}, None, [("DNS-010", ["checkout"])]),
        ("billing-db", {"app": "x"}, None, [("DNS-010", ["checkout"])]),
        ("web-depl", {"app": "billing-db"}, None, [("DNS-010", ["checkout"])]),
        ("billing-db-depl", {"app": "x"}, {"app": "x"}, []),
        ("billing-depl", {"app": "x"}, None, []),
        ("billing-db-exporter", {"app": "x"}, None, []),
    ],
)
def test_names_may_differ_in_the_word_of_their_kind(
    name: str, labels: dict[str, str], selector: dict[str, str] | None, codes: list[tuple[str, list[str]]]
) -> None:
    """`billing-db-srv` of a Deployment `billing-db-depl` that declares no port, as many databases: it was deleted."""
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "db", "image": "billing:1"}]}}
    database = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }
    spec = {"clusterIP": "172.20.200.7", "ports": [{"port": 81}], "selector": selector or {"app": APP}}
    other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "pay", "namespace": "shop"}, "spec": spec}
    found = triage(cluster(calling(("DB_URI", "mongodb://billing-db-srv:27017/x")), database, other), at=NOW)

    assert [each for each in told(found) if each[1] == ["checkout"]] == codes


@pytest.mark.parametrize(
    ("name", "homes", "codes"),
    [
        pytest.param("ledger", ["pay"], [("DNS-011", ["checkout"])], id="in another namespace"),
        pytest.param("ledger", ["pay", "pay-old"], [], id="in several: which is meant nobody knows"),
        pytest.param("ledger-api", ["dev", "test"], [("DNS-011", ["checkout"])], id="in each of several stages"),
        pytest.param("ledger-api", ["dev", "test", "shop"], [], id="in each stage"),
        pytest.param("ledger", ["pay", "shop"], [], id="here as well"),
    ],
)
def test_a_short_name_of_another_namespace(name: str, homes: list[str], codes: list[tuple[str, list[str]]]) -> None:
    """A variable has the short name of a Service that is somewhere else: it resolves there alone."""
    spec = {"clusterIP": "172.20.200.7", "ports": [{"port": 80}], "selector": {"app": APP}}
    there = [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": each}, "spec": spec}
        for each in homes
    ]
    called = triage(cluster(calling(("LEDGER_URL", f"http://{name}/v1")), *there), at=NOW, namespaces=("shop",))

    assert [each for each in told(called) if each[1]] == codes


@pytest.mark.parametrize(
    ("host", "codes"),
    [
        pytest.param("ledger.net", [], id="a domain of the world"),
        pytest.param("ledger.payng", [("DNS-010", ["checkout"])], id="a slip of the namespace"),
        pytest.param("ledger.accounting", [("DNS-010", ["checkout"])], id="a namespace that is gone"),
    ],
)
def test_a_name_of_two_labels_may_be_a_domain(host: str, codes: list[tuple[str, list[str]]]) -> None:
    """Grafana's chart names grafana.net, and another namespace has a Service `grafana`."""
    ledger = {
        "kind": "Service",
        "metadata": {"name": "ledger", "namespace": "paying"},
        "spec": {"clusterIP": "172.20.200.7", "ports": [{"port": 80}], "selector": {"app": APP}},
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "paying"}}
    found = triage(cluster(calling(("A", f"http://{host}")), ledger, namespace), at=NOW, namespaces=("shop",))

    assert [each for each in told(found) if each[1]] == codes


def test_a_call_to_a_port_that_nobody_declares_is_a_warning() -> None:
    """A call is judged as `why` judges it: what is only possible is context in a table, and a warning to who calls."""
    service = {
        "kind": "Service",
        "metadata": {"name": APP, "namespace": "shop"},
        "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 9999}]},
    }
    pods = {
        "kind": "Pod",
        "metadata": {"names": [f"{APP}-1", f"{APP}-2", f"{APP}-3"], "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "ports": [{"containerPort": 8080}]}]},
    }
    assert triage(cluster(service, pods), at=NOW).outcome is Status.OK

    found = triage(cluster(service, pods, calling(("USERS_URL", "http://user-service"))), at=NOW)

    assert told(found) == [("RTE-010", ["checkout"])]
    assert found.outcome is Status.WARN


@pytest.mark.parametrize(
    ("protocols", "codes"),
    [(("UDP", "UDP"), [("RTE-013", ["checkout"])]), (("UDP", "TCP"), []), (("TCP", "TCP"), [])],
)
def test_a_port_of_another_protocol_than_its_pods_declare(
    protocols: tuple[str, str], codes: list[tuple[str, list[str]]]
) -> None:
    """A caller that is ready lives with one odd port where another one leads to what the pods declare, in its protocol."""
    ports = [
        {"name": name, "port": port, "targetPort": target, "protocol": protocol}
        for (name, port, target), protocol in zip((("web", 80, 8080), ("more", 90, 9090)), protocols, strict=True)
    ]
    declared = [{"containerPort": 8080}, {"containerPort": 9090}]
    pods = [
        {
            "kind": "Pod",
            "metadata": {"name": f"user-service-{each}", "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "image": "users:1", "ports": declared}]},
        }
        for each in (1, 2, 3)
    ]
    service = {"kind": "Service", "metadata": {"name": APP, "namespace": "shop"}, "spec": {"ports": ports}}
    caller = calling(("USERS_URL", "http://user-service:80"))
    caller["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
    found = triage(cluster(caller, service, *pods), at=NOW)

    assert [each for each in told(found) if each[1] == ["checkout"]] == codes


def test_a_policy_is_one_root_for_all_whom_it_keeps_out() -> None:
    """Two callers, one policy: told once, with both, and with a fix for each."""
    cart = calling(("USERS_URL", "http://user-service"))
    cart = {
        **cart,
        "metadata": {"name": "cart-1", "namespace": "shop", "labels": {"app": "cart"}},
        "status": {"podIP": "10.244.0.77"},
    }
    found = triage(cluster(calling(("USERS_URL", "http://user-service")), cart, only(WEB)), at=NOW)

    assert [(each.finding.code, len(each.callers), len(each.finding.fix)) for each in found.causes] == [
        ("NPL-001", 2, 2)
    ]
    assert triage_text(found).count("kubectl apply -f -") == 2


def test_whoever_calls_looks_names_up() -> None:
    """Policies that let a pod out to others, and not to DNS, keep it from all of them."""
    out = policy("out", "checkout", policyTypes=["Egress"], egress=[{"to": [{"podSelector": {}}]}])

    assert told(triage(cluster(calling(), out), at=NOW)) == [("NPL-003", ["checkout"])]


def test_labels_that_only_pods_have_show_whom_a_policy_means() -> None:
    """A namespace selector that no namespace fits, and that is written with a pod's label."""
    meant = {"namespaceSelector": {"matchLabels": {"app": "checkout"}}}

    assert told(triage(cluster(calling(), only(meant)), at=NOW)) == [("NPL-001", ["checkout"])]


@pytest.mark.parametrize("is_open", [False, True])
def test_whom_a_policy_means_is_no_caller_where_another_admits_it(*, is_open: bool) -> None:
    """Else one pod of a namespace would call each Service of it, wherever a policy has a label that no namespace carries."""
    meant = {"namespaceSelector": {"matchLabels": {"app": "checkout"}}}
    everybody = policy("own-namespace", APP, policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {}}]}])
    snapshot = cluster(calling(), only(meant), *([everybody] if is_open else []))

    assert (Ref("Service", APP, "shop") in {each.service for each in shown_calls(snapshot, ("shop",))}) is not is_open


@pytest.mark.parametrize(("port", "codes"), [(80, []), (8080, ["ING-002"])])
def test_an_ingress_calls_a_port(port: int, codes: list[str]) -> None:
    """A backend's port that the Service does not have; nobody in the cluster is its caller."""
    backend = {"service": {"name": APP, "port": {"number": port}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "users", "namespace": "shop"},
        "spec": {"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]},
    }
    found = triage(cluster(ingress), at=NOW)

    assert [code for code, _ in told(found)] == codes
    assert all(not callers for _, callers in told(found))


def test_one_root_is_told_once() -> None:
    """What breaks a Service for everybody is not told again for each of its callers."""
    dropped = case_of(
        Written(
            "test",
            "",
            {"drop": [f"Pod shop/{APP}-{number}" for number in (1, 2, 3)]},
            [calling(("A", "http://user-service"))],
        )
    )
    found = triage(dropped.snapshot, at=NOW)

    assert [callers for _, callers in told(found)] == [[]]
    assert [each.name for each in found.causes[0].services] == [APP]


def test_a_line_of_the_corefile_is_one_root() -> None:
    """It hides every Service of a namespace, and is one thing to mend."""
    rule = "template ANY ANY shop.svc.cluster.local {\n rcode NXDOMAIN\n }"
    text = f".:53 {{\n {rule}\n kubernetes cluster.local\n}}\n"
    config = {
        "kind": "ConfigMap",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "data": {"Corefile": text},
    }
    second = {
        "kind": "Service",
        "metadata": {"name": "users", "namespace": "shop"},
        "spec": {"clusterIP": "172.20.200.9", "selector": {"app": APP}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    found = triage(cluster(config, second), at=NOW, namespaces=("shop",))

    told = [(each.finding.code, [one.name for one in each.services]) for each in found.causes]
    assert told == [("DNS-005", [APP, "users"])]


def test_a_member_does_not_call_its_own_service() -> None:
    """A pod is often told its own Service's name, to announce it."""
    member = {
        "kind": "Pod",
        "metadata": {"name": f"{APP}-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "env": [{"name": "ADVERTISED_URL", "value": "http://user-service"}]}]},
    }

    assert Ref("Service", APP, "shop") not in [each.service for each in shown_calls(cluster(member), ("shop",))]


@pytest.mark.parametrize(
    ("app", "port", "expected"),
    [
        pytest.param("checkout", 9099, [("APP-024", ["checkout"])], id="a port that the Service does not have"),
        pytest.param("checkout", 80, [], id="its port"),
        pytest.param(APP, 9099, [], id="where the program itself listens"),
    ],
)
@pytest.mark.parametrize("is_file", [True, False])
def test_a_port_may_stand_apart_from_its_host(app: str, port: int, expected: object, *, is_file: bool) -> None:
    """In a file of a ConfigMap, or in a variable of its own."""
    env = () if is_file else (("USERS_HOST", APP), ("USERS_PORT", str(port)), ("PORT", "8080"))
    caller = calling(*env, volumes=[{"name": "config", "configMap": {"name": "settings"}}])
    caller["metadata"]["labels"] = {"app": app}
    data = {"service-config.json": f'{{"{APP}": {{"addr": "{APP}", "port": {port}}}, "port": 8080}}'} if is_file else {}
    settings = {"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": data}
    found = triage(redacted(cluster(caller, settings), ANY_SERVICE), at=NOW, namespaces=("shop",))

    assert told(found) == expected


@pytest.mark.parametrize(("items", "is_called"), [(None, True), ([], True), (["url"], True), (["level"], False)])
def test_of_a_config_map_the_files_that_a_pod_has_count(items: list[str] | None, *, is_called: bool) -> None:
    """Argo CD keeps the settings of all its programs in one, of which each mounts its own keys."""
    chosen = {} if items is None else {"items": [{"key": each, "path": each} for each in items]}
    caller = calling(volumes=[{"name": "config", "configMap": {"name": "settings", **chosen}}])
    data = {"url": f"http://{APP}:80", "level": "info"}
    settings = {"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": data}

    called = {each.service for each in shown_calls(cluster(caller, settings), ("shop",))}

    assert (Ref("Service", APP, "shop") in called) is is_called


def from_elsewhere(value: str = "http://user-service.shop", **metadata: Any) -> dict[str, Any]:
    """Return a pod of another namespace that is told this host."""
    spec = {"nodeName": "node-2", "containers": [{"name": "app", "env": [{"name": "USERS_URL", "value": value}]}]}
    status = {"phase": "Running", "podIP": "10.244.1.80", "conditions": [{"type": "Ready", "status": "True"}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "report-1", "namespace": "audit", **metadata},
        "spec": spec,
        "status": status,
    }


def test_a_policy_that_keeps_out_callers_of_another_namespace_is_told_of_its_own() -> None:
    """Asked about the namespace whose policy it is; its callers were read, too."""
    found = triage(cluster(from_elsewhere(), only(WEB, CHECKOUT)), at=NOW, namespaces=("shop",))

    assert told(found) == [("NPL-001", ["report-1"])]


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param((from_elsewhere(), only({"namespaceSelector": {}})), id="admitted"),
        pytest.param((from_elsewhere("http://somewhere-else.shop"), only(WEB)), id="calls nobody here"),
        pytest.param((from_elsewhere("http://user-service.shop:9999"),), id="its own mistake is told where it is"),
        pytest.param(
            (
                from_elsewhere(),
                {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "NetworkPolicy",
                    "metadata": {"name": "shut", "namespace": "audit"},
                    "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [WEB]}]},
                },
            ),
            id="a policy of their own namespace",
        ),
    ],
)
def test_what_ails_callers_of_another_namespace_by_themselves_is_told_there(
    documents: tuple[dict[str, Any], ...],
) -> None:
    """The namespace that was asked about is healthy."""
    found = triage(cluster(*documents), at=NOW, namespaces=("shop",))

    assert (told(found), found.outcome) == ([], Status.OK)


def controller(name: str = "ingress-nginx", workload: str = "controller") -> dict[str, Any]:
    """Return a pod of an ingress controller, as its chart labels it."""
    pod = from_elsewhere("none")
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": workload, "controller": True}
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "controller"}
    metadata = {"name": f"{workload}-x", "namespace": "ingress", "labels": labels, "ownerReferences": [owner]}
    return {**pod, "metadata": metadata, "spec": {"nodeName": "node-2", "containers": [{"name": "app"}]}}


INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "shop", "namespace": "shop"},
    "spec": {
        "ingressClassName": "nginx",
        "rules": [{"http": {"paths": [{"backend": {"service": {"name": APP, "port": {"number": 80}}}}]}}],
    },
}


@pytest.mark.parametrize("namespaces", [(), ("shop",)], ids=["everywhere", "of the policy"])
def test_a_policy_that_keeps_out_the_ingress_controller_is_told(namespaces: tuple[str, ...]) -> None:
    """Its class names the controller, and the labels of its chart."""
    found = triage(cluster(controller(), INGRESS, only(WEB, CHECKOUT)), at=NOW, namespaces=namespaces)

    assert told(found) == [("NPL-001", ["controller"])]


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param((controller(), only({"namespaceSelector": {}})), id="admitted"),
        pytest.param((controller("nginx"), only(WEB)), id="a web server of that name"),
        pytest.param((controller("haproxy-ingress"), only(WEB)), id="of another class"),
        pytest.param((controller(), controller(workload="internal"), only(WEB)), id="which of two is not known"),
    ],
)
def test_an_ingress_whose_controller_gets_through_or_is_not_known_is_silent(
    documents: tuple[dict[str, Any], ...],
) -> None:
    """Healthy look-alikes."""
    found = triage(cluster(*documents, INGRESS), at=NOW)

    assert (told(found), found.outcome) == ([], Status.OK)


def ingress(name: str, *backends: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an Ingress of these backends, a path each."""
    paths = [{"path": f"/{at}", "pathType": "Prefix", "backend": each} for at, each in enumerate(backends)]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop", **more},
        "spec": {"ingressClassName": "nginx", "rules": [{"http": {"paths": paths}}]},
    }


def to(name: str, port: int | str) -> dict[str, Any]:
    """Return a backend: a Service and its port."""
    said = {"number": port} if isinstance(port, int) else {"name": port}
    return {"service": {"name": name, "port": said}}


@pytest.mark.parametrize(
    ("host", "codes"), [("user-service-1.peers.shop.svc:80", ["DNS-010"]), ("user-service-9.peers.shop.svc:80", [])]
)
def test_a_pod_that_is_called_below_a_service_that_is_not_there(host: str, codes: list[str]) -> None:
    """The pod is there, so its Service is missed."""
    assert [code for code, _ in told(triage(cluster(calling(("PEERS", host))), at=NOW))] == codes


def test_the_namespace_of_a_controller_has_its_calls() -> None:
    """Its Ingresses lie in other namespaces; what keeps its calls in is a policy of its own."""
    shut = policy("shut", "controller", policyTypes=["Egress"], egress=[TO_DNS])
    shut["metadata"]["namespace"], shut["spec"]["podSelector"] = "ingress", {}
    found = triage(cluster(controller(), INGRESS, shut), at=NOW, namespaces=("ingress",))

    assert told(found) == [("NPL-002", ["controller"])]


def test_a_route_to_another_namespace_is_told_where_it_lies() -> None:
    """The Service is sound, and is nobody's concern there."""
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web", "namespace": "edge"},
        "spec": {"rules": [{"backendRefs": [{"name": APP, "namespace": "shop", "port": 80}]}]},
    }

    found = triage(cluster(route), at=NOW, namespaces=("edge",))

    assert told(found) == [("ING-007", [])]
    assert "Cuts off: calls from outside to shop/user-service" in triage_text(found)


def test_whoever_is_cut_off_together_was_not_so_for_weeks() -> None:
    """A policy of long ago that keeps out three callers: another one that let them in is gone."""
    pods = [calling(("USERS_URL", "http://user-service")) for _ in range(3)]
    for at, each in enumerate(pods):
        labels = {"app": f"caller-{at}"}
        status = {"phase": "Running", "podIP": f"10.244.1.9{at}", "conditions": [{"type": "Ready", "status": "True"}]}
        each |= {"apiVersion": "v1", "metadata": {"name": f"caller-{at}", "namespace": "shop", "labels": labels}}
        each |= {"spec": {"nodeName": "node-2", **each["spec"]}, "status": status}
    old = only(WEB)
    old["metadata"] |= {"creationTimestamp": "2026-10-01T00:00:00Z", "generation": 1}
    told_of = [
        [each.is_old for each in triage(cluster(*pods[:number], old), at=NOW).causes if each.callers]
        for number in (1, 3)
    ]

    assert told_of == [[True], [False]]


@pytest.mark.parametrize(
    ("called", "is_ready", "codes"),
    [
        pytest.param("redis:6379", False, [("DNS-010", ["checkout"])], id="moved to redis-ha"),
        pytest.param("redis:6379", True, [], id="who is told it does without"),
        pytest.param("redis:9121", False, [], id="only what is beside it"),
        pytest.param("redis", False, [], id="no port is said"),
        pytest.param("redi:6379", False, [], id="another name's beginning"),
    ],
)
def test_a_service_whose_successor_has_a_longer_name(
    called: str, is_ready: bool, codes: list[tuple[str, list[str]]]
) -> None:
    """Whoever still calls it and fails misses it, where one of a longer name has its port."""
    longer = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "redis-ha-haproxy", "namespace": "shop"},
        "spec": {"clusterIP": "10.96.40.77", "selector": {"app": APP}, "ports": [{"port": 6379, "targetPort": 8080}]},
    }
    pod = calling(("CACHE", called) if ":" in called else ("CACHE_HOST", called))
    pod["status"] = {"conditions": [{"type": "Ready", "status": str(is_ready)}]}

    assert told(triage(cluster(longer, pod), at=NOW)) == codes


@pytest.mark.parametrize(
    ("called", "is_ready", "codes"),
    [
        pytest.param("mail-mailer-redis-master:6379", False, [("DNS-010", ["checkout"])], id="a word more"),
        pytest.param("redis-master:6379", False, [("DNS-010", ["checkout"])], id="a word less"),
        pytest.param("mail-mailer-redis-master:6379", True, [], id="who is told it does without"),
        pytest.param("mail-mailer-redis-master:5432", False, [], id="another port"),
        pytest.param("mail-redis-replicas:6379", False, [], id="another word"),
        pytest.param("master-redis-mail:6379", False, [], id="another order"),
        pytest.param("master:80", False, [], id="one word and a port of the web"),
    ],
)
def test_a_service_of_nearly_the_same_words(called: str, is_ready: bool, codes: list[tuple[str, list[str]]]) -> None:
    """Whoever fails and calls a name that differs by a word from that of a Service with this port misses it."""
    ports = [{"name": str(each), "port": each, "targetPort": 8080} for each in (6379, 80)]
    redis = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "mail-redis-master", "namespace": "shop"},
        "spec": {"clusterIP": "10.96.40.77", "selector": {"app": APP}, "ports": ports},
    }
    pod = calling(("CACHE", called))
    pod["status"] = {"conditions": [{"type": "Ready", "status": str(is_ready)}]}

    assert told(triage(cluster(redis, pod), at=NOW)) == codes


@pytest.mark.parametrize("generation", [0, 1, 2])
def test_a_policy_that_was_changed_is_not_as_old_as_it_is(generation: int) -> None:
    """Who wrote it is not recorded, as kubectl prints objects: its creation counts where nobody changed it since."""
    old = only(WEB)
    old["metadata"] |= {"creationTimestamp": "2026-10-01T00:00:00Z", "generation": generation}
    (cause,) = triage(cluster(calling(("USERS_URL", "http://user-service")), old), at=NOW).causes
    is_as_made = generation == 1

    assert (cause.is_old, cause.since is not None) == (is_as_made, is_as_made)
    assert (cause.finding.since_earliest is None) == is_as_made


@pytest.mark.parametrize(
    ("lets_out_to", "code", "fixes"),
    [
        pytest.param(WEB, "NPL-003", 2, id="neither"),
        pytest.param({"podSelector": {"matchLabels": {"app": APP}}}, "NPL-003", 1, id="the Service, and not the DNS"),
        pytest.param(TO_DNS, "NPL-002", 1, id="the DNS, and not the Service"),
    ],
)
def test_what_a_policy_denies_beside_lookups_is_said(lets_out_to: dict[str, Any], code: str, fixes: int) -> None:
    """Who mends the DNS alone would find the call denied as before."""
    rule = lets_out_to if "ports" in lets_out_to else {"to": [lets_out_to]}
    shut = policy("out", "checkout", policyTypes=["Egress"], egress=[rule])
    (cause,) = triage(cluster(calling(("USERS_URL", "http://user-service")), shut), at=NOW).causes
    said = f"With the first fix alone calls to shop/{APP} stay denied (NPL-002)."

    assert (cause.finding.code, len(cause.finding.fix)) == (code, fixes)
    assert (said in cause.finding.message) == (fixes > 1)


def test_an_ingress_that_names_nothing_is_at_fault_itself() -> None:
    """Each Service that is missing once, whoever names it; and none of them by the lookup that nobody makes."""
    found = triage(cluster(ingress("a", to("gone", 80), to("gone", 80)), ingress("b", to("gone", 80))), at=NOW)

    assert [(each.finding.code, each.finding.about.kind) for each in found.causes] == [("ING-002", "Ingress")]
    assert [each.name for each in found.causes[0].services] == ["gone"]


def test_a_service_that_pods_and_an_ingress_miss_is_told_once() -> None:
    """What is gone is one thing to mend: where its workload is there, the Service was deleted."""
    billing = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "billing", "namespace": "shop"},
        "spec": {"template": {"spec": {"containers": [{"name": "app", "ports": [{"containerPort": 8080}]}]}}},
    }
    found = triage(
        cluster(calling(("BILLING_ADDR", "billing:8080")), billing, ingress("a", to("billing", 8080))), at=NOW
    )

    assert told(found) == [("DNS-010", ["checkout"])]


@pytest.mark.parametrize(
    ("left", "is_old"), [("billing", False), ("billing-svc-web", False), ("bill", True), ("reports", True)]
)
def test_an_ingress_is_as_old_as_it_is_where_nothing_is_left_of_its_service(left: str, is_old: bool) -> None:
    """Beside a workload of nearly its name the Service may have been deleted just now."""
    known = ingress("a", to("billing-svc", 80))
    known["metadata"] |= {"creationTimestamp": "2026-10-01T00:00:00Z", "generation": 1}
    workload = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": left, "namespace": "shop"}}
    found = triage(cluster(known, workload), at=NOW).causes

    assert [(each.finding.code, each.is_old) for each in found if each.finding.code == "ING-002"] == [
        ("ING-002", is_old)
    ]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(ingress("a", to("ssl-redirect", "use-annotation")), id="an action of the AWS controller"),
        pytest.param(
            ingress(
                "a",
                to("nobody", 80),
                annotations={"nginx.ingress.kubernetes.io/permanent-redirect": "https://example.com"},
            ),
            id="only redirects",
        ),
        pytest.param(ingress("a", {"resource": {"kind": "Bucket", "name": "x"}}), id="no Service"),
        pytest.param(ingress("a", to(APP, 80)), id="sound"),
    ],
)
def test_an_ingress_that_sends_nothing_there_is_silent(document: dict[str, Any]) -> None:
    """Healthy look-alikes."""
    assert told(triage(cluster(document), at=NOW)) == []


@pytest.mark.parametrize(("source", "codes"), [("ingress/controller-x", ["ING-002"]), ("shop/checkout-1", [])])
def test_what_a_named_caller_calls_by_the_objects_is_judged(source: str, codes: list[str]) -> None:
    """An Ingress sends its controller to a port that the Service lacks; the calls of others are none of a caller's own."""
    namespace, _, pod = source.partition("/")
    asked = Question(source=Source(namespace=namespace, pod=pod))
    found = triage(cluster(controller(), ingress("users", to(APP, 8080))), at=NOW, asked=asked)

    assert [each.finding.code for each in found.causes] == codes


@pytest.mark.parametrize("place", ["default", "shop"])
def test_a_service_that_is_not_where_its_pods_are_is_told_once(place: str) -> None:
    """Callers there ask for a name that lives elsewhere; where its pods are nowhere, the name is another thing to mend."""
    labels = {"app": "carts"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "carts-1", "namespace": place, "labels": labels},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app"}]},
        "status": {"phase": "Running", "podIP": "10.244.9.3", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    misplaced = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "carts", "namespace": "default"},
        "spec": {"clusterIP": "172.20.200.7", "selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    found = triage(cluster(calling(("CARTS_URL", "http://carts")), pod, misplaced), at=NOW)

    assert [each.finding.code for each in found.causes] == (["RTE-002"] if place == "shop" else ["DNS-011"])


@pytest.mark.parametrize("block", ["10.0.0.0/24", "10.96.0.0/12"])
def test_a_load_balancer_with_a_host_name_has_no_address_for_a_policy_to_name(block: str) -> None:
    """On AWS it has no other, and beside a policy that names a block the whole triage failed over it."""
    ingress = [{"hostname": "a1.elb.eu-west-1.amazonaws.com"}]
    edge = {
        "kind": "Service",
        "metadata": {"name": "edge", "namespace": "shop"},
        "spec": {"type": "LoadBalancer", "clusterIP": "10.96.7.7", "ports": [{"port": 80}]},
        "status": {"loadBalancer": {"ingress": ingress}},
    }
    out = policy("out", "checkout", policyTypes=["Egress"], egress=[TO_DNS, {"to": [{"ipBlock": {"cidr": block}}]}])
    snapshot = cluster(calling(), edge, out)
    called = {each.service.name for each in shown_calls(snapshot, ("shop",)) if each.caller}
    assert ("edge" in called) is (block == "10.96.0.0/12")
    triage(snapshot, at=NOW)


@pytest.mark.parametrize(
    ("spec", "value", "codes"),
    [
        pytest.param({}, "user-service:9092", ["RTE-012"], id="a port that it lacks"),
        pytest.param({}, "user-service:9000", [], id="a port that it has"),
        pytest.param({}, "user-service", [], id="no port"),
        pytest.param(
            {"clusterIP": "None"}, "user-service:9092", [], id="a headless one, whose name is that of its pods"
        ),
    ],
)
def test_a_port_that_a_service_of_several_lacks(spec: dict[str, Any], value: str, codes: list[str]) -> None:
    """Its listener was taken away, or never there; with one port alone there is no doubt which is meant."""
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 9000, "targetPort": 8080}]
    service = {"kind": "Service", "metadata": {"name": APP, "namespace": "shop"}, "spec": {"ports": ports, **spec}}

    found = triage(cluster(service, calling(("USERS_ADDR", value))), at=NOW)

    assert [each.finding.code for each in found.causes] == codes


@pytest.mark.parametrize("names", [("http",), ("http", "admin")])
@pytest.mark.parametrize(
    ("value", "is_ready", "severity"),
    [
        pytest.param(
            "http://user-service", True, Severity.WARN, id="its program may add a port (Tempo's vulture does)"
        ),
        pytest.param("http://user-service", False, Severity.FAIL, id="and it fails"),
        pytest.param("http://user-service:80", True, Severity.FAIL, id="a port that is written"),
    ],
)
def test_a_port_that_only_the_scheme_implies_is_a_warning(
    value: str, is_ready: bool, severity: Severity, names: tuple[str, ...]
) -> None:
    """A Service of one port and one of several, with neither the scheme's."""
    ports = [{"name": name, "port": 9000 + at, "targetPort": 8080} for at, name in enumerate(names)]
    service = {"kind": "Service", "metadata": {"name": APP, "namespace": "shop"}, "spec": {"ports": ports}}
    conditions = {"conditions": [{"type": "Ready", "status": str(is_ready)}]}
    caller = calling(("USERS_URL", value)) | {"status": conditions}

    (cause,) = triage(cluster(service, caller), at=NOW).causes

    assert (cause.finding.severity, cause.finding.confidence is Confidence.CERTAIN) == (
        severity,
        cause.finding.code == "RTE-012" and value.endswith(":80"),
    )


def test_a_port_that_a_variable_gives_is_not_that_of_the_scheme() -> None:
    """JupyterHub's proxy is started so; Kubernetes sets the variable."""
    container = {"name": "app", "args": ["proxy", "--target=http://user-service:$(USER_SERVICE_SERVICE_PORT)"]}
    proxy = {
        "kind": "Pod",
        "metadata": {"name": "checkout-1", "namespace": "shop"},
        "spec": {"containers": [container]},
    }
    moved = {"kind": "Service", "metadata": {"name": APP, "namespace": "shop"}, "spec": {"ports": [{"port": 8081}]}}
    snapshot = redacted(cluster(proxy, moved), ANY_SERVICE)  # what is kept is read as a host again

    assert Ref("Service", APP, "shop") in {each.service for each in shown_calls(snapshot, ("shop",))}
    assert "APP-024" not in {each.finding.code for each in triage(snapshot, at=NOW, namespaces=("shop",)).causes}


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("proxy_pass http://user-service.shop;", []),
        ("proxy_pass http://user-service.shop$uri;", ["DNS-032"]),
        ("proxy_pass http://user-service.shop.svc.cluster.local$uri;", []),
    ],
)
@pytest.mark.parametrize("is_ready", [False, True])
def test_a_proxys_host_is_judged_as_it_is_written(line: str, codes: list[str], *, is_ready: bool) -> None:
    """What holds no variable nginx looks up at its start, by the C library; its own resolver knows no search list."""
    caller = calling()
    caller["status"] = {"conditions": [{"type": "Ready", "status": str(is_ready)}]}
    caller["spec"]["containers"][0]["image"] = "docker.io/nginxinc/nginx-unprivileged:1.27"
    caller["spec"]["volumes"] = [{"name": "conf", "configMap": {"name": "front"}}]
    front = {"kind": "ConfigMap", "metadata": {"name": "front", "namespace": "shop"}, "data": {"default.conf": line}}
    snapshot = redacted(cluster(caller, front), ANY_SERVICE)

    assert [each.finding.code for each in triage(snapshot, at=NOW).causes] == codes


@pytest.mark.parametrize(
    ("spec", "called"),
    [
        pytest.param({}, "kube-dns", id="the cluster's"),
        pytest.param(
            {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["172.20.200.53"]}}, "kube-dns-x", id="a Service"
        ),
        pytest.param({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["9.9.9.9"]}}, None, id="one outside"),
        pytest.param({"hostNetwork": True}, None, id="its node's"),
        pytest.param(
            {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}, "kube-dns", id="and not its node's"
        ),
    ],
)
def test_the_dns_that_a_pod_asks_is_called(spec: dict[str, Any], called: str | None) -> None:
    """Pods of a virtual cluster ask its own, which runs in the same namespace."""
    own = {
        "kind": "Service",
        "metadata": {"name": "kube-dns-x", "namespace": "shop"},
        "spec": {"clusterIP": "172.20.200.53", "selector": {"app": "dns"}, "ports": [{"port": 53, "protocol": "UDP"}]},
    }
    calls = shown_calls(cluster(own, calling(("USERS_URL", "http://user-service"), **spec)), ("shop",))
    found = {each.service.name for each in calls if each.caller and each.caller.name == "checkout-1"}

    assert found - {APP} == ({called} if called else set())


@pytest.mark.parametrize(("server", "is_told"), [("172.20.200.53", False), ("10.96.0.10", True)])
def test_a_name_that_another_dns_may_have_is_not_missed(server: str, is_told: bool) -> None:
    """A slip of a Service's name, by a pod that asks the DNS of a virtual cluster; and the same by one that asks this one."""
    spec = {"dnsPolicy": "None", "dnsConfig": {"nameservers": [server]}}
    own = {
        "kind": "Service",
        "metadata": {"name": "kube-dns-x", "namespace": "shop"},
        "spec": {"clusterIP": "172.20.200.53", "ports": [{"port": 53, "protocol": "UDP"}]},
    }
    found = triage(cluster(own, calling(("USERS_ADDR", "user-servce:80"), **spec)), at=NOW)

    assert any(each.callers and "user" in str(each.services) for each in found.causes) is is_told


@pytest.mark.parametrize(("searched", "expected"), [("shop", []), ("other", [("DNS-011", ["cart-1"])])])
def test_a_short_name_is_found_by_the_callers_own_search_domains(searched: str, expected: list[Any]) -> None:
    """Where they hold the Service's namespace it is called there; else the short name is that of nobody."""
    pod = calling(("USERS_URL", "http://user-service"), dnsConfig={"searches": [f"{searched}.svc.cluster.local"]})
    snapshot = cluster({**pod, "metadata": {"name": "cart-1", "namespace": "default"}})

    assert told(triage(snapshot, at=NOW)) == expected
    called = {each.service for each in shown_calls(snapshot, ("default",))}
    assert (Ref("Service", APP, "shop") in called) == (searched == "shop")
