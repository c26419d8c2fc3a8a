"""The chart, rendered by the real Helm and taken by the real API server."""

import subprocess
from pathlib import Path

import pytest
import yaml

from bot.checks.engine.judge import needed
from bot.cluster.live import RESOURCES
from tests.live_cluster.control_plane import ControlPlane

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
    "no rbac": ("rbac.create=false", "image.tag=v1", "podAnnotations.a=b"),
}


def helm(plane: ControlPlane, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [plane.binaries / "helm", *words, "--kubeconfig", plane.kubeconfig]
    return subprocess.run(command, capture_output=True, text=True, check=check)


def rendered(plane: ControlPlane, *settings: str) -> str:
    words = [word for setting in settings for word in ("--set", setting)]
    return helm(plane, "template", "k8snet", str(CHART), "-n", "default", "--kube-version", "1.34.4", *words).stdout


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


def test_cluster_role_is_what_the_checks_need(control_plane: ControlPlane) -> None:
    """The worker may read what the checks declare, and nothing else; nothing may be written, no Secret read."""
    documents = list(yaml.safe_load_all(rendered(control_plane)))
    role = next(each for each in documents if each and each["kind"] == "ClusterRole")
    granted = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    wanted = {
        (group, resource, verb)
        for need in needed() | {"corefile"}  # read for the cluster's zone, whatever is checked
        for group, resource, verbs in ((each.group, each.plural, each.verbs) for each in RESOURCES[need])
        for verb in verbs
    }

    assert granted == wanted
    assert {verb for _, _, verb in granted} <= {"get", "list"}
    assert "secrets" not in {resource for _, resource, _ in granted}


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("valkey.enabled=false", "no store"),
        ("slack.replicas=0", "replicas"),
        ("slack.mode=carrier-pigeon", "mode"),
        ("workers.replicas=2", "workers"),
    ],
)
def test_wrong_value_fails_with_a_sentence(control_plane: ControlPlane, setting: str, sentence: str) -> None:
    """What cannot work is refused by name before anything is installed."""
    done = helm(
        control_plane, "template", "k8snet", str(CHART), "--kube-version", "1.34.4", "--set", setting, check=False
    )

    assert done.returncode != 0
    assert sentence in done.stderr
