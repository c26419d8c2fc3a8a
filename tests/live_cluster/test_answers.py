"""The table of CoreDNS's answers, row by row, by the real one; and what ours makes of the same objects and Corefile."""

import os
import signal
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import yaml
from msgspec import Struct

from bot.cluster.documents import snapshot_from
from bot.model.dns.corefile.reader import read
from bot.model.dns.corefile.reply import Query, Source
from bot.model.dns.objects import found_in
from bot.model.probe import Outcome
from tests.live_cluster.answers import BLOCKS, COREFILE, MORE, ROWS, UNSYNCED, Row
from tests.live_cluster.binaries import build
from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.upstream import nameserver
from tests.ports import free_ports
from tests.probes.test_nameserver_against_coredns import OBJECTS

pytestmark = pytest.mark.cluster
HERE, LONGEST = "127.0.0.1", 15.0  # seconds: a silent upstream costs four to six
BUSY = 4  # queries at once, where one may wait
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
RCODES = {Outcome.ANSWERED: "NOERROR", Outcome.NO_DATA: "NOERROR", Outcome.NXDOMAIN: "NXDOMAIN"}
RCODES |= {Outcome.SERVFAIL: "SERVFAIL", Outcome.DNS_REFUSED: "REFUSED"}


class Asked(Struct):
    """Where the blocks listen, and the API server that they read."""

    plane: ControlPlane
    ports: dict[str, int]
    corefile: str
    ready: int


@pytest.fixture(scope="module")
def coredns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """CoreDNS with all blocks, synced, and another one that never is."""
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    *numbers, ready = free_ports(len(BLOCKS) + 1)
    ports = dict(zip(BLOCKS, numbers, strict=True))
    with nameserver(_outside) as above, ControlPlane(binaries, tmp_path_factory.mktemp("answers")) as plane:
        plane.apply("---\n".join(yaml.safe_dump(each) for each in (NAMESPACE, *OBJECTS, *MORE)))
        texts = {"synced": COREFILE.replace("{\n", f"{{\n    ready {HERE}:{ready}\n", 1), "unsynced": UNSYNCED}
        for name, text in texts.items():
            filled = text.replace("KUBECONFIG", plane.kubeconfig)
            filled = filled.replace("UPSTREAM", f"{HERE}:{above.getsockname()[1]}")
            for block, port in ports.items():
                filled = filled.replace(f":{block} {{", f":{port} {{")
            texts[name] = filled
            (plane.home / name).write_text(filled)
            plane.run(name, [binaries / "coredns", "-conf", plane.home / name])
        asked = Asked(plane, ports, texts["synced"], ready)
        plane.until(lambda: _answers(ports["main"], "six.shop.svc.cluster.local.", "AAAA"))  # the last of the objects
        plane.until(lambda: _answers(ports["unsynced"], "cluster.local.", "SOA"))
        yield asked


def _outside(answer: dns.message.Message, question: dns.rrset.RRset) -> bool:
    """The world outside: one name, one failure, silence, and whatever else is asked does not exist."""
    name = str(question.name).lower()
    if name == "www.example.com." and question.rdtype == dns.rdatatype.A:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "198.51.100.53"))
    elif name != "www.example.com.":
        answer.set_rcode(dns.rcode.SERVFAIL if name.startswith("fail.") else dns.rcode.NXDOMAIN)
    return not name.startswith("silent.")


def _answers(port: int, name: str, kind: str) -> bool:
    try:
        return bool(dns.query.udp(dns.message.make_query(name, kind), HERE, port=port, timeout=0.5).answer)
    except (dns.exception.Timeout, OSError):
        return False


def ask(port: int, name: str, kind: str) -> dns.message.Message:
    return dns.query.udp(dns.message.make_query(f"{name}.", kind), HERE, port=port, timeout=LONGEST)


def told(row: Row, reply: dns.message.Message) -> Row:
    """Return the row as the real one answers it."""
    found = [(each.rdtype, record) for each in reply.answer for record in each]
    records = sorted(f"{dns.rdatatype.to_text(kind)} {record}" for kind, record in found)
    is_authoritative = bool(reply.flags & dns.flags.AA)
    rcode = dns.rcode.to_text(reply.rcode())
    return Row(row.why, row.name, row.type, rcode, tuple(records), is_authoritative, row.block)


@pytest.fixture(scope="module")
def answers(coredns: Asked) -> list[Row]:
    """The rows as the real one answers them, and then those of the busy block: all at once, since some take seconds."""
    rows = (*ROWS, *(Row("busy", f"silent.{number}.example.com", "A", "", block="busy") for number in range(BUSY)))
    with ThreadPoolExecutor(len(rows)) as pool:
        return list(pool.map(lambda row: told(row, ask(coredns.ports[row.block], row.name, row.type)), rows))


def test_every_row(answers: list[Row]) -> None:
    """What CoreDNS of this version says is what the table says."""
    assert not [(row, said) for row, said in zip(ROWS, answers, strict=False) if row != said]


def test_ours_says_the_same(coredns: Asked) -> None:
    """Of every row that objects and Corefile decide; an answer that is not known is none."""
    snapshot = snapshot_from([NAMESPACE, *OBJECTS, *MORE], taken_at=datetime.now(UTC))
    in_a_pod = coredns.corefile.replace(f"kubeconfig {coredns.plane.kubeconfig}\n", "")  # which asks its own API server
    known = read(in_a_pod)
    wrong, judged = [], 0
    for row in ROWS:
        if row.type not in ("A", "AAAA") or row.block in ("unsynced", "blanket"):
            continue
        query = Query(f"{row.name.lower()}.", row.type, HERE)
        found = known.reply(query, lambda name, scope: found_in(snapshot, name, scope), coredns.ports[row.block])
        if found.source in (Source.UPSTREAM, Source.UNKNOWN) or found.outcome is Outcome.NOT_RUN:
            continue
        judged += 1
        wanted = tuple(each for each in row.records if each.startswith(f"{row.type} "))
        said = (RCODES[found.outcome], tuple(f"{row.type} {each}" for each in sorted(set(found.addresses))))
        if said != (row.rcode, wanted):
            wrong.append((row, said))

    assert not wrong
    assert judged > len(ROWS) / 3


def test_over_max_concurrent_is_refused(answers: list[Row]) -> None:
    """While one query waits for a silent server, the next is told so at once."""
    assert sorted(each.rcode for each in answers[len(ROWS) :]) == ["REFUSED"] * (BUSY - 1) + ["SERVFAIL"]


def test_lost_api_server_leaves_the_last_known_data(coredns: Asked) -> None:
    """It answers on, and calls itself ready."""
    server = next(each for each in coredns.plane._processes if "apiserver" in str(each.args[0]))
    server.send_signal(signal.SIGKILL)
    server.wait()
    row = next(each for each in ROWS if each.name.startswith("peers."))

    assert told(row, ask(coredns.ports["main"], row.name, row.type)) == row
    with urllib.request.urlopen(f"http://{HERE}:{coredns.ready}/ready", timeout=5) as reply:
        assert reply.status == 200
