"""Every form in which objects are saved gives the same Snapshot; what is no dump is told in one sentence."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from bot.cluster.archive import write_snapshot
from bot.cluster.documents import snapshot_from
from bot.cluster.dump import read_dump
from bot.cluster.dump_clock import NO_TIME
from bot.cluster.formats import parsed
from bot.errors import DumpUnreadableError
from bot.model.dns.zone import zone_in
from bot.model.gaps import Gap
from bot.model.kube.kinds import KINDS
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from tests.examples import examples
from tests.reader.objects import SHOP, corefile, dns_service, node, pod, service

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CLUSTER_INFO = Path(__file__).parent / "cluster-info"
Save = Callable[[str, str | bytes], str]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a file below the test's folder and give its path."""

    def write(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def a_list(*objects: Any) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


FORMS: dict[str, tuple[str, str | bytes]] = {
    "List in JSON": ("dump.json", a_list(*SHOP)),
    "List in YAML": ("dump.yaml", yaml.safe_dump(json.loads(a_list(*SHOP)))),
    "many YAML documents": ("dump.yaml", "---\n" + yaml.safe_dump_all([None, *SHOP, None])),
    "JSON lines": ("dump.jsonl", "\n".join(map(json.dumps, SHOP)) + "\n\n"),
    "JSON values one after another": ("dump", " \n".join(json.dumps(each, indent=2) for each in SHOP)),
    "array of objects": ("dump.json", json.dumps(SHOP)),
    "List in a List": ("dump.json", a_list(json.loads(a_list(*SHOP)))),
    "Windows' UTF-16": ("dump.json", a_list(*SHOP).encode("utf-16")),
    "UTF-8 with a byte order mark": ("dump.yaml", b"\xef\xbb\xbf" + yaml.safe_dump_all(SHOP).encode()),
    "Windows' line ends": ("dump.yaml", yaml.safe_dump_all(SHOP).replace("\n", "\r\n")),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_equal(save: Save, form: str) -> None:
    """What a dump looks like does not change what it says."""
    assert read_dump([save(*FORMS[form])]) == read_dump([save("plain.json", a_list(*SHOP))])


def test_folder_is_all_its_files(save: Save, tmp_path: Path) -> None:
    """A folder is read with its subfolders, whatever else lies in it; hidden folders are not."""
    for index, each in enumerate(SHOP):
        save(f"dump/{index % 2}/{index}.json", json.dumps(each))
    save("dump/README.md", "# not a dump {")
    save("dump/.git/x.json", "{")

    assert read_dump([str(tmp_path / "dump")]) == read_dump([save("all.json", a_list(*SHOP))])


def test_paths_are_joined(save: Save) -> None:
    """--dump may be given again; an object that comes twice counts once, as it was last."""
    old, new = save("a.json", a_list(*SHOP)), save("b.json", json.dumps(service(clusterIP="10.96.99.99")))

    snapshot = read_dump([old, new])

    assert [each.spec.cluster_ip for each in snapshot.services_named("user-service")] == ["10.96.99.99"]
    assert len(snapshot.services) == 2


def test_standard_input(monkeypatch: pytest.MonkeyPatch, save: Save) -> None:
    """`-` reads what is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(a_list(*SHOP).encode())))

    assert read_dump(["-"]) == read_dump([save("x.json", a_list(*SHOP))])


def test_cluster_info_dump() -> None:
    """The folder of `kubectl cluster-info dump`: items without kind, no EndpointSlices, logs beside their pods."""
    snapshot = read_dump([str(CLUSTER_INFO)])

    assert {each.name for each in snapshot.services_in("shop")} == {"crash", "typo", "user-service"}
    assert len(snapshot.nodes) == 2
    assert all(snapshot.slices_of(each) for each in snapshot.services if each.selector.pairs)
    (tail,) = snapshot.logs
    assert tail.pod.startswith("crash-")
    assert tail.lines[1] == "connecting to postgres://[hidden]@db.shop:5432/users"
    assert "no such host" in tail.lines[2]


def test_cluster_info_dump_on_standard_output(save: Save) -> None:
    """Without --output-directory the same is one stream of JSON and logs; it gives the same Snapshot."""
    files = sorted(path for path in CLUSTER_INFO.rglob("*") if path.is_file())
    stream = save("all.txt", "".join(path.read_text() for path in files))

    assert read_dump([stream]) == read_dump([str(CLUSTER_INFO)])


def test_snapshot_file_comes_back_as_it_was(save: Save) -> None:
    """Our own file replays to the same Snapshot: objects, gaps, zone, cluster and clock."""
    gaps = (Gap("events", "shop", "events in shop", "forbidden", "- {}"),)
    taken = snapshot_from(
        [*SHOP, corefile(". {\n  kubernetes k8s.example arpa\n}")], taken_at=NOW, cluster="eu", gaps=gaps
    )
    question = Question(service="user-service", namespace="shop")

    back = read_dump([save("s.json", write_snapshot(taken, question))])
    again = read_dump([save("t.json", write_snapshot(back, question))])

    assert back == again
    assert (back.taken_at, back.cluster, back.zone, back.gaps) == (NOW, "eu", "k8s.example", gaps)
    assert back.services == taken.services


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"schema": "k8snet.snapshot/v2", "snapshot": {}}', "is a k8snet.snapshot/v2"),
        ('{"schema": "k8snet.snapshot/v1", "snapshot": {}}', "damaged snapshot"),
        ("", "no Kubernetes object"),
        ("a: b\n", "no Kubernetes object"),
        ("hello", "something that is no Kubernetes object"),
        ('{"kind": ', "is not JSON"),
        ("a: [", "is not YAML"),
        ("a: 0b_\n", "is not YAML"),
        (b"\xff\x00", "not text in UTF-8"),
        ("a: &x 1\nb: *x\n", "anchors"),
        ("a: !!python/object/apply:os.system [ls]\n", "YAML tag"),
        ("[" * 100_000, "is not JSON"),
        ("a: " + "[" * 100_000, "nested deeper"),
        ("- " * 100_000 + "a", "nested deeper"),
        (json.dumps({**service(), "spec": {"ports": [{"port": "x"}]}}), "Service shop/user-service cannot be read"),
        (json.dumps({"kind": "Service", "metadata": {}}), "has no name"),
        (json.dumps({"kind": "Pod", "metadata": None}), "A Pod of the dump has no name"),
        (json.dumps({"kind": "PodList", "items": [1]}), "A PodList holds something that is no object"),
        (json.dumps({"kind": "Pod", "metadata": {"name": "\x1b[2Jx\n"}, "spec": 1}), "Pod x cannot be read"),
        (json.dumps(service()).replace("00:00Z", "00:00"), "timezone"),
    ],
)
def test_what_is_no_dump_is_told(save: Save, content: str | bytes, sentence: str) -> None:
    """One sentence, which names the file or the object; never a traceback, never a terminal escape."""
    with pytest.raises(DumpUnreadableError) as raised:
        read_dump([save("dump.yaml", content)])

    assert sentence in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A path that does not exist is named."""
    with pytest.raises(DumpUnreadableError, match=r"nowhere: No such file"):
        read_dump([str(tmp_path / "nowhere")])


def test_snapshot_stands_alone(save: Save) -> None:
    """A snapshot with other objects beside it has no single meaning."""
    own = save("s.json", write_snapshot(snapshot_from(SHOP, taken_at=NOW), None))

    with pytest.raises(DumpUnreadableError, match="give it alone"):
        read_dump([own, save("x.json", json.dumps(pod()))])


# --- what is missing


def test_dump_without_nodes_or_dns_has_gaps(save: Save) -> None:
    """These two are needed to say anything of nodes and DNS; their absence from a dump is not their absence."""
    snapshot = read_dump([save("x.json", a_list(service(), pod()))])

    assert [each.need for each in snapshot.gaps] == ["nodes", "dns", "corefile"]


def test_dump_with_nodes_and_kube_system_has_none(save: Save) -> None:
    """Every other kind that is absent counts as: none exist."""
    assert read_dump([save("x.json", a_list(node(), pod("p", "kube-system")))]).gaps == ()


def test_dns_may_be_elsewhere(save: Save) -> None:
    """OpenShift has its DNS in openshift-dns."""
    elsewhere = dns_service()
    elsewhere["metadata"] |= {"name": "dns-default", "namespace": "openshift-dns"}

    assert read_dump([save("x.json", a_list(node(), pod(), elsewhere))]).gaps == ()


def test_slices_are_computed_where_the_kind_is_absent(save: Save) -> None:
    """A dump without EndpointSlices gets those that the controller would write."""
    snapshot = read_dump([save("x.json", a_list(service(), pod()))])

    (known,) = snapshot.slices_of(snapshot.services[0])
    assert [word.addresses for word in known.endpoints or ()] == [("10.244.0.11",)]
    assert [each.port for each in known.ports or ()] == [8080]


@pytest.mark.parametrize("kind", ["EndpointSliceList", "EndpointSlice"])
def test_slices_are_not_computed_where_the_kind_is_there(save: Save, kind: str) -> None:
    """No slice among slices, or an empty list of them, says that there is none."""
    other = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "o", "namespace": "shop"},
    }
    listed = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList", "items": []}

    slices = save("slices.json", json.dumps(listed if kind.endswith("List") else other))

    snapshot = read_dump([save("x.json", a_list(service(), pod())), slices])

    assert snapshot.slices_of(snapshot.services[0]) == ()


def test_clock_is_the_newest_time(save: Save) -> None:
    """Ages are told from when the dump was made, as far as it shows; here from a kubelet's heartbeat."""
    assert read_dump([save("x.json", a_list(*SHOP))]).taken_at == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert read_dump([save("y.json", a_list(service(), pod()))]).taken_at == NOW


def test_dump_without_heartbeat_or_event_is_not_dated(save: Save) -> None:
    """Its newest time may be of days ago; a Lease, a node or an Event of that hour tells that it is not."""
    lease = {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": {"name": "l", "namespace": "shop"}}
    renewed = {**lease, "spec": {"renewTime": "2026-11-25T04:00:00.123456Z"}}
    event = {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": "e", "namespace": "shop"},
        "lastTimestamp": "2026-11-23T03:59:00Z",
    }
    stale = {**event, "lastTimestamp": "2026-11-23T02:00:00Z"}

    def read(*objects: Any) -> Snapshot:
        return read_dump([save("x.json", a_list(service(), pod(), *objects))])

    assert not read().is_dated
    assert not read(stale).is_dated
    assert not read({**lease, "spec": {"renewTime": "soon"}}, {**lease, "spec": 3}).is_dated
    assert read(event).is_dated
    assert read(node()).is_dated
    assert read(renewed).is_dated
    assert read(renewed).taken_at == datetime(2026, 11, 25, 4, 0, 0, 123456, tzinfo=UTC)


def test_clock_ignores_what_lies_ahead(save: Save) -> None:
    """A deletionTimestamp is the end of the grace period; a dump without times has the epoch's."""
    dying = pod()
    dying["metadata"]["deletionTimestamp"] = "2026-11-23T09:00:00Z"

    assert read_dump([save("x.json", json.dumps(dying))]).taken_at == NOW
    assert read_dump([save("y.json", '{"kind": "Namespace", "metadata": {"name": "a"}}')]).taken_at == NO_TIME


# --- which objects


def test_kinds_of_foreign_groups_are_left_out() -> None:
    """Knative's Service and the like only share a name with ours."""
    strangers = [
        {**service(), "apiVersion": "serving.knative.dev/v1"},
        {"apiVersion": "example.org/v1", "kind": "NetworkPolicy", "metadata": {"name": "x"}, "spec": 3},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": "aHVudGVyMg=="}},
    ]

    assert snapshot_from(strangers, taken_at=NOW) == Snapshot(taken_at=NOW)


def test_kinds_of_the_group_before_1_16_are_read() -> None:
    """A cluster that still has the group `extensions` saves its policies and workloads by it."""
    policy = {
        "apiVersion": "extensions/v1beta1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "shop"},
    }
    deployment = {
        "apiVersion": "extensions/v1beta1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "shop"},
    }

    found = snapshot_from([policy, deployment], taken_at=NOW)

    assert [str(each.ref) for each in (*found.policies, *found.deployments)] == [
        "NetworkPolicy shop/deny",
        "Deployment shop/api",
    ]


def test_object_without_namespace_is_in_default() -> None:
    """As kubectl apply would put it."""
    snapshot = snapshot_from([service(namespace=""), node()], taken_at=NOW)

    assert snapshot.services[0].namespace == "default"
    assert snapshot.nodes[0].namespace == ""


def test_plain_equals_sign_is_text() -> None:
    """`kubectl -o yaml` leaves `=` and `<<` without quotes (sigs.k8s.io/yaml), which YAML 1.1 has other uses for."""
    found = parsed("kind: Service\nmetadata:\n  name: a\n  annotations:\n    match: =\n    shift: <<\n", "x.yaml")

    assert not found.problems
    assert found.documents[0]["metadata"]["annotations"] == {"match": "=", "shift": "<<"}


def test_dates_in_labels_stay_text() -> None:
    """A label that looks like a date, unquoted in YAML by hand, is a label."""
    text = "kind: Namespace\napiVersion: v1\nmetadata: {name: a, labels: {released: 2026-11-23}}\n"

    assert snapshot_from(parsed(text, "x").documents, taken_at=NOW).namespaces[0].labels == {"released": "2026-11-23"}


@pytest.mark.parametrize(
    ("corefile_text", "zone"),
    [
        (
            ".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n       pods insecure\n    }\n}",
            "cluster.local",
        ),
        (".:53 {\n  kubernetes in-addr.arpa k8s.corp. ip6.arpa\n}", "k8s.corp"),
        ("Corp.Example:53 {\n  kubernetes\n}", "corp.example"),
        ("example.org:53 {\n  forward . 8.8.8.8\n}\ndns://k8s.corp.:53 {\n  kubernetes {\n  }\n}", "k8s.corp"),
        (".:53 {\n  kubernetes\n}", ""),
        (".:53 {\n  # kubernetes other.zone\n  forward . /etc/resolv.conf\n}", ""),
        ("kubernetes", ""),
        ("", ""),
    ],
)
def test_zone_is_read_from_the_corefile(corefile_text: str, zone: str) -> None:
    """The first forward zone of the kubernetes plugin, else of its server block."""
    assert zone_in(corefile_text) == zone


# --- robustness and cost

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@st.composite
def bent_objects(draw: st.DrawFn) -> Any:
    """A real object, bent in one place."""
    known: Any = json.loads(json.dumps(draw(st.sampled_from([*SHOP, corefile(". {\n kubernetes a.b\n}")]))))
    place = known
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or draw(st.booleans()):
            place[key] = draw(trees)
            return known
        place = place[key]


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.lists(
        bent_objects()
        | trees
        | st.fixed_dictionaries({"kind": st.sampled_from([each.kind for each in KINDS]), "metadata": trees}),
        max_size=3,
    ),
    as_yaml=st.booleans(),
)
def test_parser_never_breaks(save: Save, known: list[Any], as_yaml: bool) -> None:
    """Whatever a dump holds, it is read or refused in a sentence; what is read can be written and read back."""
    text = yaml.safe_dump(known) if as_yaml else json.dumps(known)
    try:
        snapshot = read_dump([save("fuzz", text)])
    except DumpUnreadableError:
        return
    written = write_snapshot(snapshot, None)
    assert write_snapshot(read_dump([save("again", written)]), None) == written


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-?&*!|>'\"#%,abc01 \n\t", max_size=60).map(str.encode))
def test_bytes_never_break_the_parser(save: Save, data: bytes) -> None:
    """Any file at all is read or refused in a sentence."""
    with contextlib.suppress(DumpUnreadableError):
        assert read_dump([save("fuzz", data)]).taken_at


def test_reading_a_dump_loads_no_network() -> None:
    """`why --dump` starts fast: neither kubernetes nor aiohttp nor asyncio is loaded for it, nor YAML for JSON."""
    code = (
        f"import sys; from bot.cluster.dump import read_dump; read_dump([{str(CLUSTER_INFO)!r}]); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert not {"kubernetes", "aiohttp", "asyncio", "yaml"} & set(done.stdout.split())
