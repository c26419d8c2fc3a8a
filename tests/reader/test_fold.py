"""What is kept of objects when thousands are read, and that a digest of what is kept says the same."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from bot.cluster.compact import Interner
from bot.cluster.decode_lean import lean
from bot.cluster.documents import snapshot_from
from bot.cluster.redaction import redacted
from bot.cluster.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    NAMESPACES,
    NODES,
    PODS,
    POLICIES,
    REPLICA_SETS,
    SERVICES,
    SLICES,
    STATEFUL_SETS,
)
from bot.model.kube.kinds import kind_of
from bot.model.kube.objects import Meta
from bot.model.kube.pods import Container, Pod, PodSpec, Resources
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest

SAMPLE = Path(__file__).parents[2] / "playground/sample"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LISTED = (
    *(SERVICES, SLICES, PODS, NODES, NAMESPACES, POLICIES),
    *(DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS),
)
BY_KIND = {each.type.__name__: each for each in LISTED}


def test_replicas_with_limits_share_their_containers() -> None:
    """Containers with resource limits, as nearly all have, are kept once for all replicas that say the same."""
    fold = Interner()
    first, second, other = (fold(_pod(name, limits)) for name, limits in (("a", "64Mi"), ("b", "64Mi"), ("c", "128Mi")))

    assert first.spec.containers is second.spec.containers
    assert other.spec.containers[0].resources.limits == {"memory": "128Mi"}


def test_an_owned_replica_set_is_a_date_and_an_owner() -> None:
    """Its Deployment has the same template; what tells revisions apart is when each was made."""
    owner = {"kind": "Deployment", "name": "users", "controller": True}
    kept = _folded(_replica_set(ownerReferences=[owner]))

    assert kept.metadata.owner_references[0].name == "users"
    assert kept.metadata.creation_timestamp == NOW
    assert kept.labels == {"pod-template-hash": "5d6f"}
    assert kept.spec.template.spec.containers is None


def test_a_bare_replica_set_is_a_workload() -> None:
    """Nobody else holds its template and its number."""
    kept = _folded(_replica_set())

    assert kept.wanted_replicas == 2
    assert kept.template_labels == {"app": "users"}
    assert [each.name for each in kept.spec.template.spec.containers] == ["app"]
    assert kept.spec.template.spec.containers[0].env is None


def test_who_wrote_is_kept_once_for_all_objects_of_a_shape() -> None:
    """Names of fields in spec stay, those of status and lists' keys go; equal ones are one object."""
    entry = {"manager": "helm", "operation": "Update", "time": "2026-11-02T12:00:00Z", "fieldsType": "FieldsV1"}
    fields = {"f:spec": {"f:ports": {'k:{"port":80}': {"f:port": {}}}, "f:selector": {}}}
    status = {**entry, "manager": "kubelet", "fieldsV1": {"f:status": {"f:phase": {}}}}
    body = {"kind": "Service", "metadata": {"managedFields": [{**entry, "fieldsV1": fields}, status]}}
    fold = Interner()
    first, second = (_folded(body, fold) for _ in range(2))

    assert [each.manager for each in first.metadata.managed_fields] == ["helm"]
    assert first.metadata.managed_fields[0].fields_v1 == {"f:spec": {"f:ports": {}, "f:selector": {}}}
    assert first.metadata.managed_fields[0].fields_v1 is second.metadata.managed_fields[0].fields_v1


@pytest.mark.parametrize("kind", BY_KIND)
def test_what_is_kept_is_the_models_own_word(kind: str) -> None:
    """A lean word reads less of the same bytes and never outlives its page."""
    kept = _folded({"kind": kind, "metadata": {"name": "a", "labels": {"a": "b"}, "annotations": {"secret": "s"}}})

    assert type(kept) is kind_of(kind).struct
    assert type(kept.metadata) is Meta
    assert (kept.name, kept.labels, kept.metadata.annotations) == ("a", {"a": "b"}, None)


def test_digest_is_the_same_as_of_whole_objects() -> None:
    """To the byte, on the sample cluster with its broken Services."""
    documents = [each for path in sorted(SAMPLE.glob("*.yaml")) for each in _documents(path)]
    whole = redacted(snapshot_from(documents, taken_at=NOW))
    known = [each for each in documents if each["kind"] in BY_KIND]
    fold = Interner()
    kept: dict[str, list[Any]] = {}
    for each in known:
        kept.setdefault(kind_of(each["kind"]).field, []).append(_folded(each, fold))
    ordered = {field: tuple(sorted(words, key=lambda one: (one.namespace, one.name))) for field, words in kept.items()}
    folded = Snapshot(taken_at=NOW, zone=whole.zone, config_maps=whole.config_maps, **ordered)

    assert len(folded.services) > 5
    assert _told(folded) == _told(whole)


def _told(snapshot: Snapshot) -> bytes:
    return msgspec.json.encode(digest(snapshot, at=NOW))


def _folded(body: dict[str, Any], fold: Interner | None = None) -> Any:
    """Fold an object as it comes from the API server."""
    word = lean(BY_KIND[body["kind"]]).type
    return (fold or Interner())(msgspec.json.decode(msgspec.json.encode(body), type=word))


def _documents(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.load_all(path.read_text(), yaml.CSafeLoader) if each]


def _replica_set(**more: Any) -> dict[str, Any]:
    labels = {"pod-template-hash": "5d6f"}
    container = {"name": "app", "env": [{"name": "PASSWORD", "value": "hunter2"}]}
    template = {"metadata": {"labels": {"app": "users"}}, "spec": {"containers": [container]}}
    meta = {"name": "users-5d6f", "namespace": "shop", "labels": labels, "creationTimestamp": NOW, **more}
    return {"kind": "ReplicaSet", "metadata": meta, "spec": {"replicas": 2, "template": template}}


def _pod(name: str, limit: str) -> Pod:
    """A pod decoded on its own: nothing of it is shared yet."""
    resources = Resources(limits={"memory": limit}, requests={"cpu": "1"})
    return Pod(metadata=Meta(name=name), spec=PodSpec(containers=(Container(name="app", resources=resources),)))
