"""Where this process measures from. Rule: what is not known is left empty, and an empty pod means "not in a cluster"."""

import json
from collections.abc import Mapping
from pathlib import Path

from bot.errors import SettingError
from bot.model.probe import Vantage, VantageKind


def find_vantage(environ: Mapping[str, str]) -> Vantage:
    """Read the vantage from the variables that the chart fills by the downward API.

    K8SNET_POD_NAMESPACE, K8SNET_POD_NAME and K8SNET_NODE_NAME name the pod; K8SNET_POD_LABELS is the path of a
    downward API file. Raises SettingError if that file cannot be read.
    https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
    """
    pod = environ.get("K8SNET_POD_NAME", "")
    if not pod:
        return Vantage(kind=VantageKind.WORKER)
    return Vantage(
        kind=VantageKind.WORKER,
        namespace=environ.get("K8SNET_POD_NAMESPACE", ""),
        pod=pod,
        node=environ.get("K8SNET_NODE_NAME", ""),
        labels=_labels(environ.get("K8SNET_POD_LABELS", "")),
    )


def _labels(path: str) -> dict[str, str]:
    """Read `key="value"` lines; the value is quoted as Go does, which for label values is JSON's way, too."""
    if not path:
        return {}
    try:
        pairs = [line.partition("=") for line in Path(path).read_text().splitlines() if line]
        return {key: json.loads(value) for key, _, value in pairs}
    except (OSError, ValueError) as error:
        raise SettingError(f"K8SNET_POD_LABELS: {path} cannot be read as labels ({error}).") from error
