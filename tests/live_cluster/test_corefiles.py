"""Random Corefiles, asked for many names: our reading and the real CoreDNS say the same, or ours says that it does not know.

`K8SNET_COREFILES` says how many; twenty-five of them, each on a port of its own, are one process.
"""

import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import yaml

from bot.cluster.documents import snapshot_from
from bot.model.dns.corefile.reader import Corefile, read
from bot.model.dns.corefile.reply import Query, Reply, Source
from bot.model.dns.corefile.syntax import Files
from bot.model.dns.objects import found_in
from bot.model.probe import Outcome
from bot.model.snapshot import Snapshot
from tests.live_cluster.binaries import build
from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.corefiles import NAMES, corefile, upstream_says
from tests.live_cluster.upstream import nameserver
from tests.probes.test_nameserver_against_coredns import OBJECTS

pytestmark = pytest.mark.cluster
HERE, BATCH, FIRST_PORT = "127.0.0.1", 25, 12000
COUNT = int(os.environ.get("K8SNET_COREFILES", "50"))
SEED = int(os.environ.get("K8SNET_SEED", "1"))
MOST_UNKNOWN = 0.05
FILES = Files({"/dev/null": ""}, ("/etc/coredns/conf.d", "/etc/coredns/custom"))
NAMESPACES = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {name: "yes", **more}}}
    for name, more in (("shop", {"purple": "yes"}), ("team", {}))
]
RCODES = {
    Outcome.ANSWERED: "NOERROR",
    Outcome.NO_DATA: "NOERROR",
    Outcome.NXDOMAIN: "NXDOMAIN",
    Outcome.SERVFAIL: "SERVFAIL",
    Outcome.DNS_REFUSED: "REFUSED",
}
Told = tuple[str, tuple[str, ...]]


def _outside(answer: dns.message.Message, question: dns.rrset.RRset) -> bool:
    kind = dns.rdatatype.to_text(question.rdtype)
    rcode, addresses = upstream_says(str(question.name).lower(), kind)
    answer.set_rcode(dns.rcode.from_text(rcode))
    if addresses:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *addresses))
    return True


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """A name server outside; give its port."""
    with nameserver(_outside) as opened:
        yield opened.getsockname()[1]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server with the objects that are asked for."""
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    with ControlPlane(binaries, tmp_path_factory.mktemp("corefiles")) as known:
        known.apply("---\n".join(yaml.safe_dump(each) for each in (*NAMESPACES, *OBJECTS)))
        yield known


def told(port: int, name: str, kind: str) -> Told:
    """Ask the real one: rcode and addresses of the asked type."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.connect((HERE, port))
        asking.send(dns.message.make_query(f"{name}.", kind).to_wire())
        reply = dns.message.from_wire(asking.recv(65535))
    fitting = [each for each in reply.answer if dns.rdatatype.to_text(each.rdtype) == kind]
    return dns.rcode.to_text(reply.rcode()), tuple(sorted({str(one) for each in fitting for one in each}))


def expected(reply: Reply) -> tuple[Told, ...]:
    """What ours lets expect; empty where it does not know. Which type was asked upstream a rewrite may have changed."""
    if reply.source is Source.UPSTREAM:
        return upstream_says(reply.asked, "A"), upstream_says(reply.asked, "AAAA")
    if reply.source is Source.UNKNOWN or reply.outcome is Outcome.NOT_RUN:
        return ()
    return ((RCODES[reply.outcome], tuple(sorted(set(reply.addresses)))),)


def started(plane: ControlPlane, batch: dict[int, str], number: int) -> None:
    """Run one CoreDNS with a batch, until its last port answers."""
    path = plane.home / f"Corefile.{number}"
    path.write_text("\n".join(batch.values()))
    process = plane.run(f"coredns-{number}", [plane.binaries / "coredns", "-conf", path])
    log, end = plane.home / f"coredns-{number}.log", time.monotonic() + 60
    while "CoreDNS-" not in log.read_text():
        assert process.poll() is None, f"{log.read_text()[-500:]}\n{path.read_text()}"
        assert time.monotonic() < end, "CoreDNS does not start"
        time.sleep(0.1)
    time.sleep(0.5)  # its sockets


def disagreements(known: Corefile, port: int, snapshot: Snapshot) -> tuple[list[str], int]:
    """Every query that ours answers otherwise, and how many it does not know."""
    wrong, unknown = [], 0
    for name in NAMES:
        for kind in ("A", "AAAA"):
            query = Query(f"{name}.", kind, HERE)
            wanted = expected(known.reply(query, lambda asked, scope: found_in(snapshot, asked, scope), port))
            unknown += not wanted
            if wanted and (said := told(port, name, kind)) not in wanted:
                wrong.append(f"{name} {kind}: {said}, ours {wanted}")
    return wrong, unknown


def test_random_corefiles(plane: ControlPlane, upstream: int) -> None:
    """None is answered otherwise, none that starts is called faulty, and few hold anything that is not known."""
    random, snapshot = Random(SEED), snapshot_from([*OBJECTS, *NAMESPACES], taken_at=datetime.now(UTC))
    vague = 0
    for number in range(0, COUNT, BATCH):
        ports = range(FIRST_PORT + number % 5000, FIRST_PORT + number % 5000 + min(BATCH, COUNT - number))
        batch = {
            port: corefile(random, number + place)
            .replace("PORT", str(port))
            .replace("UPSTREAM", str(upstream))
            .replace("KUBECONFIG", plane.kubeconfig)
            for place, port in enumerate(ports)
        }
        started(plane, batch, number)
        for port, text in batch.items():
            known = read(text.replace(f"kubeconfig {plane.kubeconfig}\n", ""), FILES)  # a pod asks its own API server
            wrong, unknown = disagreements(known, port, snapshot)
            assert known.fault is None, text
            assert not wrong, "\n".join((*wrong, text))
            vague += unknown > 0
    assert vague <= COUNT * MOST_UNKNOWN
