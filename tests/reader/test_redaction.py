"""What must not be kept is not there: each test looks for the secret in all that would leave the cluster."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.archive import write_snapshot
from bot.cluster.compact import Interner
from bot.cluster.documents import snapshot_from
from bot.cluster.redaction import kept_value, redacted
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.kube.opaque import CiliumNetworkPolicy
from bot.model.question.question import Question
from bot.model.redact_text import HIDDEN, LONGEST, scrub, scrub_lines
from bot.model.result.changes import writer_of
from tests.examples import examples
from tests.reader.objects import corefile, pod, service

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("login with password=hunter2 failed", "hunter2"),
        ('{"user":"a","password":"hunter\\"2 and more","x":1}', "more"),
        ("{'api_key': 'k-123456'}", "k-123456"),
        ('{\\"password\\":\\"hunter2\\"}', "hunter2"),
        ("DB_PASSWORD: hunter2", "hunter2"),
        ("passwd => hunter2", "hunter2"),
        ("mysql --password hunter2 -h db", "hunter2"),
        ("the password is hunter2", "hunter2"),
        ("postgres://app:hunter2@db.shop:5432/users", "hunter2"),
        ("redis://:hunter2@cache:6379", "hunter2"),
        ("amqp://u:p/w=hunter2@mq", "hunter2"),
        ("https://ghtoken123@github.com/x", "ghtoken123"),
        ("GET /v1?access_token=abc123def&x=1", "abc123def"),
        ("GET /blob?sig=a%2Fb%3D&se=2026", "a%2Fb"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("> authorization: Token abcdefgh, x", "abcdefgh"),
        ("Cookie: sid=abcdef; other=ghijkl", "ghijkl"),
        ("x-api-key: zzz-111", "zzz-111"),
        ("sent Bearer abcdef.ghijkl", "abcdef"),
        (f"token {JWT} expired", JWT[:20]),
        ("AKIAIOSFODNN7EXAMPLE denied", "AKIAIOSFODNN7"),
        ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY bad", "wJalrXUtn"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
        ("xoxb-123456789012-abcdefghijkl", "xoxb-1234"),
        ("sha 0123456789abcdef0123456789abcdef", "0123456789abcdef0123"),
        ("mail to jane.doe+x@mail.example.com bounced", "jane.doe"),
        ("pass\x1b[31mword=hun\x1b[0mter2", "hunter2"),
        ("password\u200b=hunter2", "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----MIIE-----END RSA PRIVATE KEY----- x", "MIIE"),
    ],
)
def test_credential_is_hidden(line: str, secret: str) -> None:
    """Every usual way in which a log shows a credential."""
    clean = scrub(line)

    assert secret not in clean
    assert HIDDEN in clean
    assert scrub(clean) == clean


@pytest.mark.parametrize(
    "line",
    [
        "panic: dial tcp: lookup db.shop.svc.cluster.local on 10.96.0.10:53: no such host",
        "java.net.UnknownHostException: user-service.shop",
        "GET http://user-service.shop.svc.cluster.local:8080/api/v1/users?limit=10 503",
        "connect to [fd00::1]:8080 failed after 3 attempts (timeout 5s)",
        "http://[fd00::1]:8080/x and http://10.0.0.1:80/a@b",
        "Error: Cannot find module '/usr/local/lib/node_modules/express/lib/router/index.js'",
        'level=error ts=2026-11-23T04:00:00Z msg="readiness probe failed" pod=checkout-7d9f6c5b8-x2x4z',
        "run id 0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d",
        "\tat com.example.shop.checkout.CheckoutController.order(CheckoutController.java:42)",
        "basic authentication is off; tokenizer ready; no secrets",
    ],
)
def test_what_names_the_cause_stays(line: str) -> None:
    """Hosts, ports, paths, file names, pod names and times are what a log line is read for."""
    assert scrub(line) == line


def test_private_key_over_lines_is_hidden() -> None:
    """A key goes from its first line to its last, also where the log ends inside it."""
    body = ["MIIEpAIBAAKCAQEA", "short", "-----END RSA PRIVATE KEY-----", "after"]

    assert scrub_lines(["x -----BEGIN RSA PRIVATE KEY-----", *body]) == (f"x {HIDDEN}", "after")
    assert scrub_lines(["-----BEGIN PRIVATE KEY-----", "MIIE"]) == (HIDDEN,)


def test_line_is_cut_after_it_was_scrubbed() -> None:
    """A secret at the edge of what is kept is not shown by half."""
    (line,) = scrub_lines(["x" * (LONGEST - 12) + " password=hunter2" + "y" * 9000])

    assert len(line) <= LONGEST
    assert "hunter" not in line


@given(st.text(max_size=300))
@examples(200)
def test_scrubbing_is_stable_and_plain(text: str) -> None:
    """Scrubbed text has no escapes, and scrubbing it again shows no more of it."""
    clean = scrub(text)

    assert "\x1b" not in clean
    assert len(scrub(clean)) <= len(clean)


@pytest.mark.parametrize(
    "unit", ["password", "a.", "x-", "eyJaaaaa", "a@", "://a:", "'\\", "--secret ", "Aa1/", "-----BEGIN "]
)
def test_hostile_line_costs_no_time(unit: str) -> None:
    """No rule goes over a line more than a few times, however it is made."""
    line = (unit * 5000)[:9000]
    began = time.process_time()

    scrub_lines([line] * 10)

    assert time.process_time() - began < 2


# --- environment


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("user-service", "user-service"),
        ("user-service ", "user-service "),
        ("http://user-service.shop:80/api", "http://user-service.shop:80/api"),
        ("http://u:hunter2@user-service:80", f"http://{HIDDEN}@user-service:80"),
        ("USER-SERVICE:80", "USER-SERVICE:80"),
        ('{"host": "user-service", "pw": "hunter2"}', "user-service"),
        ("a=1,user-service:80,hunter2", "user-service:80"),
        ("user-service:80?key=hunter2", "user-service:80"),
        ("http://user-service:80/api#hunter2", "http://user-service:80/api"),
        ("user-service-db", None),
        ("my-user-service", None),
        ("hunter2", None),
        ("", None),
        (None, None),
    ],
)
def test_environment_value_stays_for_the_asked_host_only(value: str | None, kept: str | None) -> None:
    """Of a value only the words that name the asked Service as a whole DNS label."""
    assert kept_value(value, "user-service") == kept


def test_without_a_host_no_value_stays() -> None:
    """A digest asks for no Service."""
    assert kept_value("user-service", "") is None


def test_snapshot_holds_no_secret() -> None:
    """One hostile pod: nothing secret in it is in the file that leaves, in the folded pod, or in the live Snapshot."""
    snapshot = snapshot_from(
        [
            _hostile(),
            service(),
            corefile(". {\n  etcd {\n    credentials root hunter2\n  }\n}"),
            corefile("x", "hunter2"),
        ],
        taken_at=NOW,
    )
    question = Question(service="user-service", namespace="shop")

    kept = redacted(snapshot, "user-service")

    assert b"hunter2" not in write_snapshot(snapshot, question)
    assert "hunter2" not in repr(kept)
    assert "hunter2" not in repr(Interner()(snapshot.pods[0]))
    (container,) = kept.pods[0].spec.containers or ()
    assert [each.name for each in container.env or ()] == ["TARGET"]
    assert [each.name for each in kept.config_maps] == ["coredns"]


def test_last_writer_stays_known() -> None:
    """ManagedFields keep who wrote which part of the spec and labels, and when; helm's and kubectl's notes stay.

    Of status they keep who gave an address.
    """
    changed = service()
    changed["metadata"]["managedFields"] = [_entry("kubectl-edit", {"f:spec": {"f:selector": {"f:app": {}}}})]
    changed["metadata"]["managedFields"] += [_entry("controller", {"f:status": {"f:conditions": {}}})]
    changed["metadata"]["managedFields"] += [
        _entry("balancer", {"f:status": {"f:loadBalancer": {"f:ingress": {}}, "f:conditions": {}}})
    ]
    changed["metadata"]["annotations"] = {"meta.helm.sh/release-name": "shop", "x": "hunter2"}

    (kept,) = redacted(snapshot_from([changed], taken_at=NOW)).services

    writer = writer_of(kept, "spec", "selector")
    assert writer is not None
    assert (writer.manager, writer.time) == ("kubectl-edit", NOW)
    known = [(each.manager, each.fields_v1) for each in kept.metadata.managed_fields or ()]
    assert known[1:] == [("balancer", {"f:status": {"f:loadBalancer": {}}})]
    assert kept.metadata.annotations == {"meta.helm.sh/release-name": "shop"}


def _entry(manager: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": "2026-11-23T04:00:00Z", "fieldsV1": fields}


def _hostile() -> dict[str, Any]:
    known = pod()
    known["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": "hunter2",
        "note": "hunter2",
    }
    known["metadata"]["managedFields"] = [
        _entry("x", {"f:spec": {'k:{"value":"hunter2"}': {}, "f:x": {'v:"hunter2"': {}}}})
    ]
    known["spec"]["containers"][0] |= {
        "command": ["run", "--password=hunter2"],
        "env": [
            {"name": "TARGET", "value": "http://admin:hunter2@user-service:80"},
            {"name": "PASSWORD", "value": "hunter2"},
        ],
        "readinessProbe": {"exec": {"command": ["redis-cli", "-a", "hunter2", "ping"]}},
        "startupProbe": {"exec": {"command": ["redis-cli -a hunter2 ping"]}},
        "livenessProbe": {"httpGet": {"path": "/health?token=hunter2", "port": 80}},
    }
    ended = {"exitCode": 1, "message": "panic: password=hunter2\n"}
    known["status"]["containerStatuses"] = [
        {
            "name": "app",
            "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "secret: hunter2"}},
            "lastState": {"terminated": ended},
        }
    ]
    known["status"]["message"] = "token=hunter2"
    return known


@pytest.mark.parametrize("host", ["", "queue", ANY_SERVICE])
@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("until nc -z -v -w30 queue 9092; do sleep 2; done", "nc -z -v -w30 queue 9092"),
        ("until curl http://queue:9092/up; do sleep 2; done", "http://queue:9092"),
    ],
)
def test_what_an_init_container_waits_for_is_kept_whoever_is_asked_about(host: str, command: str, kept: str) -> None:
    """A host stands with the arguments where it is written like one, else with the command that calls it: never nowhere."""
    waiting = pod()
    waiting["spec"]["initContainers"] = [{"name": "wait", "command": ["sh", "-c", command]}]
    snapshot = redacted(snapshot_from([waiting], taken_at=NOW), host)

    (init,) = Interner()(snapshot.pods[0]).spec.init_containers
    assert kept in " ".join((*(init.command or ()), *(init.args or ())))


def test_message_of_a_condition_is_scrubbed() -> None:
    """A webhook's refusal stands in a condition of the ReplicaSet and of its Deployment, in the words of its author."""
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "denied: token=hunter2"}
    documents = [
        {**_kind("Deployment", "apps/v1"), "status": {"conditions": [refused]}},
        {**_kind("Node", "v1"), "status": {"conditions": [{**refused, "type": "Ready", "status": "False"}]}},
        {**pod(), "status": {"conditions": [{**refused, "type": "PodScheduled", "status": "False"}]}},
    ]
    snapshot = snapshot_from(documents, taken_at=NOW)

    kept = redacted(snapshot)

    assert "hunter2" not in repr(kept)
    for known in (snapshot.deployments, snapshot.nodes, snapshot.pods):
        assert "hunter2" not in repr(Interner()(known[0]))
        assert f"denied: token={HIDDEN}" in repr(Interner()(known[0]))


def test_of_a_policy_that_is_not_evaluated_only_whom_it_selects() -> None:
    """Its rules may hold what a client must send."""
    spec = {
        "endpointSelector": {"matchLabels": {"app": "user-service"}},
        "ingress": [{"toPorts": [{"rules": {"http": [{"headers": ["X-Token: hunter2"]}]}}]}],
    }
    known = {**_kind("CiliumNetworkPolicy", "cilium.io/v2"), "spec": spec, "specs": [spec]}

    (kept,) = redacted(snapshot_from([known], taken_at=NOW)).all(CiliumNetworkPolicy)

    assert "hunter2" not in repr(kept)
    assert kept.spec == {"endpointSelector": spec["endpointSelector"]} == (kept.specs or ())[0]


def _kind(kind: str, version: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}}
