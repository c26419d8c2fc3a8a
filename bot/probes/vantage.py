"""Where this process measures from. Rule: what is not known is left empty, and an empty pod means "not in a cluster"."""

import json
from collections.abc import Mapping
from pathlib import Path

from bot.errors import SettingError
from bot.model.dns.resolv_conf_file import read_resolv_conf
from bot.model.probe import Vantage, VantageKind

_RESOLV_CONF = Path("/etc/resolv.conf")


def find_vantage(environ: Mapping[str, str], resolv_conf: Path = _RESOLV_CONF) -> Vantage:
    """Read the vantage from the variables that the chart fills by the downward API.

    K8SNET_POD_NAMESPACE, K8SNET_POD_NAME and K8SNET_NODE_NAME name the pod; K8SNET_POD_LABELS is the path of a
    downward API file. `resolv_conf` is where this pod's kubelet wrote its search list. Raises SettingError if the labels
    cannot be read.
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
        searches=_searches(resolv_conf),
    )


def _searches(path: Path) -> tuple[str, ...]:
    """Return the search list of a pod; empty where the file cannot be read."""
    try:
        return read_resolv_conf(path.read_text(), str(path), ()).searches
    except (OSError, UnicodeDecodeError):
        return ()


def _labels(path: str) -> dict[str, str]:
    """Read `key="value"` lines; the value is quoted as Go does, which for label values is JSON's way, too."""
    if not path:
        return {}
    try:
        pairs = [line.partition("=") for line in Path(path).read_text().splitlines() if line]
        return {key: json.loads(value) for key, _, value in pairs}
    except (OSError, ValueError) as error:
        raise SettingError(f"K8SNET_POD_LABELS: {path} cannot be read as labels ({error}).") from error
