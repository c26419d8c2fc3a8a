"""The chart, rendered by the real Helm and taken by the real API server."""

import subprocess
from pathlib import Path

import pytest
import yaml

from handlers.access.rules import Rule, read_rules
from tests.live_cluster.binaries import kubernetes
from tests.live_cluster.control_plane import ControlPlane
from tests.test_chart import granted, written_rules

pytestmark = pytest.mark.cluster

CHART = Path(__file__).parents[2] / "charts/k8snet"
VARIANTS = {
    "as it is": (),
    "http, own Redis": ("slack.mode=http", "redis.existingSecret=store"),
    "worker only": ("slack.enabled=false", "redis.existingSecret=store"),
    "slack only": ("worker.enabled=false", "slack.clusters={eu,us}"),
    "no volume, placed": (
        "valkey.storage=",
        "nodeSelector.pool=ops",
        "tolerations[0].key=ops",
        "imagePullSecrets={own}",
    ),
    "access rules": ("slack.access[0].name=all", "slack.access[0].who={everyone}"),
    "caller's pod": ("callerProbe.enabled=true", "callerProbe.image=registry.example/k8snet:9"),
    "own store password": ("valkey.existingSecret=own", "valkey.maxMemory=1gb"),
    "no rbac": ("rbac.create=false", "image.tag=v1", "podAnnotations.a=b"),
}


def helm(plane: ControlPlane, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [plane.binaries / "helm", *words, "--kubeconfig", plane.kubeconfig]
    return subprocess.run(command, capture_output=True, text=True, check=check)


def rendered(plane: ControlPlane, *settings: str) -> str:
    words = [word for setting in settings for word in ("--set", setting)]
    return helm(plane, "template", "k8snet", str(CHART), "-n", "default", "--kube-version", kubernetes(), *words).stdout


def test_lint_is_clean(control_plane: ControlPlane) -> None:
    """`helm lint --strict` finds nothing."""
    done = helm(control_plane, "lint", "--strict", str(CHART), check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("variant", VARIANTS)
def test_api_server_takes_every_object(control_plane: ControlPlane, variant: str) -> None:
    """A server-side dry run accepts all objects of every variant, with strict field validation."""
    manifest = rendered(control_plane, *VARIANTS[variant])
    told = control_plane.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", input=manifest)

    assert len(told.splitlines()) == sum(bool(each) for each in yaml.safe_load_all(manifest))


def test_cluster_role_is_rendered_whole(control_plane: ControlPlane) -> None:
    """The worker's rules are those of the template, which tests/test_chart.py compares with what is read."""
    documents = list(yaml.safe_load_all(rendered(control_plane)))
    role = next(each for each in documents if each and each["kind"] == "ClusterRole")

    assert granted(role["rules"]) == granted(written_rules())


def test_callers_pods_are_written_to_only_where_that_is_switched_on(control_plane: ControlPlane) -> None:
    """One rule more, and the settings that go with it; without it no verb that writes is granted."""
    documents = [each for each in yaml.safe_load_all(rendered(control_plane, *VARIANTS["caller's pod"])) if each]
    role = next(each for each in documents if each["kind"] == "ClusterRole")
    worker = next(
        each for each in documents if each["metadata"]["name"] == "k8snet-worker" and "template" in each.get("spec", {})
    )
    set_there = {each["name"]: each.get("value") for each in worker["spec"]["template"]["spec"]["containers"][0]["env"]}

    assert granted(role["rules"]) - granted(written_rules()) == {("", "pods/ephemeralcontainers", "patch")}
    assert set_there["K8SNET_CALLER_PROBE"] == "true"
    assert set_there["K8SNET_CALLER_PROBE_IMAGE"] == "registry.example/k8snet:9"
    assert "CALLER_PROBE" not in rendered(control_plane)
    assert (
        ":0.1.0"
        in rendered(control_plane, "callerProbe.enabled=true").partition("CALLER_PROBE_IMAGE")[2].partition("}")[0]
    )


def test_access_rules_are_mounted_as_they_are_read(control_plane: ControlPlane) -> None:
    """What the ConfigMap holds is what the Slack process reads, at the path that its variable names."""
    documents = list(yaml.safe_load_all(rendered(control_plane, *VARIANTS["access rules"])))
    config = next(each for each in documents if each and each["kind"] == "ConfigMap")
    pod = next(each for each in documents if each and each["metadata"]["name"] == "k8snet-slack" and "spec" in each)

    assert read_rules(config["data"]["rules.json"].encode()) == (Rule("all", ("everyone",)),)
    container = pod["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "K8SNET_ACCESS_RULES", "value": "/etc/k8snet-access/rules.json"} in container["env"]
    assert container["volumeMounts"][0]["mountPath"] == "/etc/k8snet-access"


def test_store_asks_for_a_password_that_is_made(control_plane: ControlPlane) -> None:
    """Store and processes take one generated password from one Secret; with a Secret of one's own none is made."""
    documents = [each for each in yaml.safe_load_all(rendered(control_plane)) if each]
    made = next(each["stringData"] for each in documents if each["kind"] == "Secret")

    assert len(made["password"]) == 40
    assert made["REDIS_URL"] == f"redis://:{made['password']}@k8snet-valkey:6379/0"
    assert rendered(control_plane).count("key: REDIS_URL") == 2
    assert "kind: Secret\n" not in rendered(control_plane, "valkey.existingSecret=own")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("valkey.enabled=false", "no store"),
        ("slack.replicas=0", "replicas"),
        ("slack.mode=carrier-pigeon", "mode"),
        ("workers.replicas=2", "workers"),
        ("valkey.maxMemory=lots", "maxMemory"),
        ("slack.access[0].who={everybody}", "access"),
    ],
)
def test_wrong_value_fails_with_a_sentence(control_plane: ControlPlane, setting: str, sentence: str) -> None:
    """What cannot work is refused by name before anything is installed."""
    done = helm(
        control_plane, "template", "k8snet", str(CHART), "--kube-version", kubernetes(), "--set", setting, check=False
    )

    assert done.returncode != 0
    assert sentence in done.stderr
