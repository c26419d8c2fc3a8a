"""Where a process measures from."""

from pathlib import Path

import pytest

from bot.errors import SettingError
from bot.model.probe import Vantage, VantageKind
from bot.probes import find_vantage


def test_outside_a_pod() -> None:
    """Without the chart's variables this process is a worker outside the cluster."""
    found = find_vantage({})

    assert found == Vantage(kind=VantageKind.WORKER)
    assert not found.is_in_cluster


def test_inside_a_pod(tmp_path: Path) -> None:
    """The downward API gives names and labels; values are quoted as Go quotes them."""
    labels = tmp_path / "labels"
    labels.write_text('app.kubernetes.io/name="k8snet"\npod-template-hash="7c9f"\nempty=""\n')
    environ = {
        "K8SNET_POD_NAMESPACE": "k8snet",
        "K8SNET_POD_NAME": "worker-0",
        "K8SNET_NODE_NAME": "node-3",
        "K8SNET_POD_LABELS": str(labels),
    }

    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text("nameserver 10.96.0.10\nsearch k8snet.svc.cluster.lan svc.cluster.lan cluster.lan\n")

    found = find_vantage(environ, resolv_conf)

    assert found.searches == ("k8snet.svc.cluster.lan", "svc.cluster.lan", "cluster.lan")
    assert (found.namespace, found.pod, found.node) == ("k8snet", "worker-0", "node-3")
    assert found.labels == {"app.kubernetes.io/name": "k8snet", "pod-template-hash": "7c9f", "empty": ""}
    assert found.is_in_cluster


@pytest.mark.parametrize("words", [None, "app=unquoted"])
def test_wrong_labels_file_is_named(tmp_path: Path, words: str | None) -> None:
    """A file that is missing or no labels stops with the variable's name."""
    labels = tmp_path / "labels"
    if words:
        labels.write_text(words)

    with pytest.raises(SettingError, match="K8SNET_POD_LABELS"):
        find_vantage({"K8SNET_POD_NAME": "worker-0", "K8SNET_POD_LABELS": str(labels)})
