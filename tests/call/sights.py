"""One hop of one call as a test sees it: the base cluster of tests/checks with what a row adds to it."""

from typing import Any

from bot.model.call.hop import Hop
from bot.model.call.path import call_path
from bot.model.call.sight import Sight
from tests.checks.manifests import Written, case_of

CALLER = "user-service -n shop --from shop/checkout-1"


def sight(hop: Hop, *documents: dict[str, Any], ask: str = CALLER, **headers: str | list[str]) -> Sight:
    """Return a hop of the call that is asked; `headers` are those of tests/checks/manifests.py."""
    given = {key: [value] if isinstance(value, str) else value for key, value in headers.items()}
    return call_path(case_of(Written("test", "", {"ask": [ask], **given}, list(documents))))[hop]


def pod(name: str = "checkout-1", namespace: str = "shop", **fields: Any) -> dict[str, Any]:
    """Return a change of a pod of the base cluster, or a new pod: its `labels`, and `spec` and `status` as in the API."""
    labels = {"labels": fields.pop("labels")} if "labels" in fields else {}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, **labels}, **fields}


def policy(namespace: str, name: str = "rules", **spec: Any) -> dict[str, Any]:
    """Return a NetworkPolicy of all pods of a namespace, unless `spec` says which."""
    metadata = {"name": name, "namespace": namespace}
    api = "networking.k8s.io/v1"
    return {"apiVersion": api, "kind": "NetworkPolicy", "metadata": metadata, "spec": {"podSelector": {}, **spec}}


def crashing(name: str = "app", *, restarts: int = 9, minutes_ago: int = 2, ready: bool = True) -> dict[str, Any]:
    """Return the status of a container that runs now and has ended again and again; the clock of the tests is 04:00."""
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": f"2026-11-23T03:{60 - minutes_ago:02}:00Z"}
    return {
        "name": name,
        "ready": ready,
        "restartCount": restarts,
        "state": {"running": {"startedAt": f"2026-11-23T03:{60 - minutes_ago:02}:10Z"}},
        "lastState": {"terminated": ended},
    }
