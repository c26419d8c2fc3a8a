"""Events of events.k8s.io/v1, as those of core/v1 that checks read: the same objects, under other names of fields.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from collections.abc import Mapping
from typing import Any

EVENT, EVENTS_GROUP = "Event", "events.k8s.io"
_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}


def core_event(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an Event under the names of core/v1; one that has them is returned as it is."""
    if not str(document.get("apiVersion") or "").startswith(f"{EVENTS_GROUP}/") and "regarding" not in document:
        return document
    renamed = {_NAMES.get(key, key): value for key, value in document.items() if value is not None}
    return {**renamed, "apiVersion": "v1"}
