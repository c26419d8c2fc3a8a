"""The engine and the cluster of the tests are built from two modules, and most packages of the one are the other's."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
ENGINE, CLUSTER = FOLDER / "go/go.mod", FOLDER.parent / "live_cluster/go/go.mod"
REQUIRED = re.compile(r"^\t(?P<module>[\w./-]+) (?P<version>v\S+)(?: // indirect)?$", re.MULTILINE)
# The engine needs a newer commit than the cluster's parts, and nothing else is built from it.
OF_ITS_OWN = {"github.com/vishvananda/netlink"}


def required(module: Path) -> dict[str, str]:
    return {each["module"]: each["version"] for each in REQUIRED.finditer(module.read_text())}


def test_what_both_need_is_of_one_version() -> None:
    """A package of another version, and one that needs such a package, is compiled again: two minutes of a new machine."""
    engine, cluster = required(ENGINE), required(CLUSTER)
    both = (engine.keys() & cluster.keys()) - OF_ITS_OWN

    assert {"k8s.io/client-go", "k8s.io/apimachinery", "google.golang.org/protobuf"} <= both
    assert {each: engine[each] for each in both} == {each: cluster[each] for each in both}
