"""A kind is its struct and one row of the table; all that knows kinds follows from it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import field

from bot.cluster.archive import write_snapshot
from bot.cluster.compact import Interner
from bot.cluster.decode_lean import lean
from bot.cluster.documents import snapshot_from
from bot.cluster.dump import read_dump
from bot.cluster.errors import decoded
from bot.cluster.resources import resource
from bot.model.gaps import Gap, Listed
from bot.model.kube import kinds
from bot.model.kube.kinds import KINDS, Kind, kind_of, row
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.opaque import CalicoNetworkPolicy, IstioAuthorizationPolicy, LinkerdAuthorizationPolicy
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import resource as word
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from tests.reader.objects import SHOP, meta, service

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class TCPRoute(KubeObject, frozen=True):
    """A kind that the program does not have."""

    spec: dict[str, Any] = field(default_factory=dict)


ROW = Kind(TCPRoute, "tcproutes", ("gateway.networking.k8s.io",), ("v1",), short="tr", optional=True)
ROUTE = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "TCPRoute",
    "metadata": {**meta("rpc", "shop"), "uid": "u1"},
    "spec": {"hostnames": ["a.example"]},
}


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Put the row into the table as the module itself would."""
    monkeypatch.setitem(kinds.BY_STRUCT, TCPRoute, ROW)  # type: ignore[misc]  # a dict of classes
    monkeypatch.setitem(kinds.BY_KEY, ROW.key, ROW)
    monkeypatch.setitem(kinds.SHORT, ROW.kind, ROW.short)
    monkeypatch.setitem(kinds._FIRST, ROW.kind, ROW)
    monkeypatch.setitem(kinds._BY_NAME, (ROW.kind, ROW.group), ROW)
    return ROW


def test_a_new_kind_is_its_struct_and_its_row(added: Kind, tmp_path: Path) -> None:
    """It is read from a dump, found by reference, written, replayed, listed by its path, and named for kubectl."""
    dump, replay = tmp_path / "dump.json", tmp_path / "snapshot.json"
    dump.write_text(json.dumps({"kind": "List", "items": [*SHOP, ROUTE]}))
    ref = Ref("TCPRoute", "rpc", "shop")

    snapshot = read_dump([str(dump)])
    (route,) = snapshot.all(TCPRoute)
    assert route.spec == {"hostnames": ["a.example"]}
    assert snapshot.object(ref) == route
    assert snapshot.was_listed(TCPRoute)

    replay.write_bytes(write_snapshot(snapshot, None))
    assert read_dump([str(replay)]).all(TCPRoute) == (route,)

    known = resource(added)
    assert known.path("shop") == "/apis/gateway.networking.k8s.io/v1/namespaces/shop/tcproutes"
    assert 'resources: ["tcproutes"]' in known.rule
    assert word(ref) == "tr"
    assert Interner()(decoded(json.dumps(ROUTE).encode(), lean(known).type)) == route


def test_kinds_of_one_name_live_side_by_side() -> None:
    """Kubernetes and Calico have a NetworkPolicy, Istio and Linkerd an AuthorizationPolicy: the API group tells."""
    same = [
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("projectcalico.org/v3", "NetworkPolicy"),
        ("security.istio.io/v1", "AuthorizationPolicy"),
        ("policy.linkerd.io/v1alpha1", "AuthorizationPolicy"),
    ]
    snapshot = snapshot_from(
        [{"apiVersion": version, "kind": kind, "metadata": meta("x", "shop")} for version, kind in same], taken_at=NOW
    )

    structs = (NetworkPolicy, CalicoNetworkPolicy, IstioAuthorizationPolicy, LinkerdAuthorizationPolicy)
    for struct in structs:
        (known,) = snapshot.all(struct)
        assert type(known) is struct
        assert snapshot.object(known.ref) is known
    assert len({snapshot.all(each)[0].ref for each in structs}) == len(structs)
    assert word(snapshot.all(NetworkPolicy)[0].ref) == "netpol"
    assert word(snapshot.all(CalicoNetworkPolicy)[0].ref) == "networkpolicies.crd.projectcalico.org"


def test_the_table_is_sound() -> None:
    """Keys and places are told apart; a kind's name finds the kind of Kubernetes first, and of its group itself."""
    assert len({each.key for each in KINDS}) == len({each.struct for each in KINDS}) == len(KINDS)
    fields = [each.field for each in KINDS if each.field]
    assert len(set(fields)) == len(fields)
    assert set(fields) <= set(Snapshot.__struct_fields__)
    assert kind_of("NetworkPolicy") is row(NetworkPolicy)
    for each in KINDS:
        assert all(kind_of(each.kind, group) is each for group in each.groups), each.key
        shown = each.struct()
        assert shown.kind == each.kind
        assert not shown.group or shown.group == each.group


# --- what was read


def test_everything_was_listed_unless_something_says_otherwise() -> None:
    """A gap of one namespace leaves the others; one of the cluster leaves none."""
    known = Snapshot(taken_at=NOW, gaps=(Gap("pods", "shop", "pods in shop", "forbidden"), Gap("services", "", "", "")))

    assert known.was_listed(Pod, "web")
    assert not known.was_listed(Pod, "shop")
    assert not known.was_listed(Pod)
    assert not known.was_listed(Service, "web")


def test_the_record_says_which_lists_were_read() -> None:
    """Where there is a record, what it lacks was not listed; it survives writing and reading."""
    pods = Snapshot(taken_at=NOW, listed=(Listed("Pod", "shop"), Listed("Service")))

    assert [pods.was_listed(Pod, each) for each in ("shop", "web", "")] == [True, False, False]
    assert pods.was_listed(Service, "web")
    assert not pods.was_listed(NetworkPolicy, "shop")


def test_old_snapshot_files_replay(tmp_path: Path) -> None:
    """A file of before the record: everything was read but for its gaps; kinds of a later version are left out."""
    old = tmp_path / "old.json"
    taken = {
        "taken_at": "2026-11-23T04:00:00Z",
        "services": [service()],
        "others": {"Foo.example.org": [{"metadata": {"name": "x"}}]},
    }
    old.write_text(json.dumps({"schema": "k8snet.snapshot/v1", "question": None, "snapshot": taken}))

    snapshot = read_dump([str(old)])

    assert snapshot.was_listed(Pod)
    assert [each.name for each in snapshot.services] == ["user-service"]
    assert snapshot.others == {}
