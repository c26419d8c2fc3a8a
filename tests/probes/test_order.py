"""What `k8snet probe` is ordered, does and refuses, in a process of its own and beside real listeners."""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from bot.errors import UsageError
from bot.model.dns.resolv_conf_file import read_resolv_conf
from bot.model.probe import DnsQuery, HttpGet, Observation, Outcome, Probe, TcpConnect
from bot.model.probe_order import (
    LONGEST_ORDER,
    MOST_ORDERED,
    SEARCH_VERSION,
    VERSION,
    ProbeOrder,
    Search,
    order_text,
    read_order,
)
from bot.model.probe_result import LONGEST_CONF, ProbeResult, line_text, read_result
from bot.probes.order import carry_out
from tests.cli.program import k8snet
from tests.probes.listeners import HERE, answering, closed_port, dns_server, full_backlog, saying, status, tcp

CONF = "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local\noptions ndots:5\n"


def ordered(*probes: Probe, seconds: float = 5.0, until: float = 60.0, version: int = VERSION) -> ProbeOrder:
    return ProbeOrder(version, probes, seconds, time.time() + until)


async def result(order: ProbeOrder, conf: str = CONF, *, anywhere: bool = True) -> ProbeResult:
    """Carry an order out as the program does, and read the lines as a worker does."""
    may_call = {"may_call": lambda _: True} if anywhere else {}
    lines = [line_text(line) async for line in carry_out(read_order(order_text(order)), conf, **may_call)]
    return read_result("".join(lines), order.probes)


async def test_what_is_seen_comes_back_as_it_was_seen() -> None:
    """Outcomes, tries, answers, status, errno; each for its probe, whatever answers first."""
    with closed_port() as closed, full_backlog() as full:
        async with tcp(saying(status(503))) as web, dns_server(answering("10.0.0.1")) as names:
            probes = (
                DnsQuery("a.cluster.local.", HERE, names),
                TcpConnect(HERE, full),
                TcpConnect(HERE, closed, tries=3, pod="web-1"),
                HttpGet(HERE, web, "/healthz"),
            )
            seen = await result(ordered(*probes))

    assert tuple(each.probe for each in seen.observations) == probes
    assert [str(each.outcome) for each in seen.observations] == ["answered", "timeout", "refused", "server-error"]
    assert seen.observations[0].answers == ("10.0.0.1",)
    assert seen.observations[2].outcomes == (Outcome.REFUSED,) * 3
    assert seen.observations[2].detail == {"errno": "ECONNREFUSED"}
    assert seen.observations[3].status == 503
    assert (seen.resolv_conf, seen.why) == (CONF, "")


async def test_name_is_searched_by_the_pods_own_settings() -> None:
    """Its search list and its nameserver, step by step; who knows orders without a search alone is never given one."""
    async with dns_server(answering("10.0.0.1")) as names:
        order = ProbeOrder(SEARCH_VERSION, (), 5.0, time.time() + 60, Search("users", ("glibc",), names))
        conf = f"nameserver {HERE}\nsearch own.example svc.cluster.local\noptions ndots:2\n"
        seen = await result(order, conf, anywhere=False)

    assert (seen.resolv_conf, seen.why, seen.observations) == (conf, "", ())
    assert [each.name.rstrip(".") for each in seen.steps] == ["users.own.example"]
    assert seen.steps[0].a.addresses == ("10.0.0.1",)
    assert seen.steps[0].a.server == HERE


async def test_pods_own_nameserver_is_asked() -> None:
    """Also where it is a cache on the node's own, link-local address; the observation says who was asked."""
    async with dns_server(answering("10.0.0.1")) as names:
        seen = await result(ordered(DnsQuery("a.", "", names)), f"nameserver {HERE}\n", anywhere=False)

    assert seen.observations == (
        msgspec.structs.replace(seen.observations[0], probe=DnsQuery("a.", HERE, names), outcome=Outcome.ANSWERED),
    )


@pytest.mark.parametrize(
    ("probe", "conf", "why"),
    [
        (DnsQuery("a.", "169.254.169.254"), CONF, "only those of the pod's resolv.conf"),
        (DnsQuery("a.", "127.0.0.53"), CONF, "only those of the pod's resolv.conf"),
        (DnsQuery("a.", ""), "search shop.svc\n", "names no nameserver"),
        (TcpConnect(HERE, 80), CONF, "loopback"),
        (HttpGet("169.254.169.254", 80, "/latest/meta-data"), CONF, "link-local"),
    ],
)
async def test_what_no_probe_may_call_is_not_called(probe: Probe, conf: str, why: str) -> None:
    (seen,) = (await result(ordered(probe), conf, anywhere=False)).observations

    assert seen.outcome is Outcome.NOT_RUN
    assert why in seen.detail["error"]


async def test_order_comes_too_late() -> None:
    """A container whose image took minutes measures nothing any more."""
    async with tcp(saying(status(200), count=(heard := []))) as web:
        seen = await result(ordered(HttpGet(HERE, web), until=-1))

    assert seen == ProbeResult(why="it was started after its time, and measured nothing")
    assert heard == []


async def test_order_keeps_its_time() -> None:
    """The nearer of both ends counts; what they cut off is not measured, and not called a time-out."""
    with full_backlog() as full:
        began = time.monotonic()
        by_seconds = await result(ordered(TcpConnect(HERE, full, tries=3), seconds=0.2))
        by_clock = await result(ordered(TcpConnect(HERE, full, tries=3), until=0.2))
        took = time.monotonic() - began

    assert [each.observations[0].outcome for each in (by_seconds, by_clock)] == [Outcome.NOT_RUN] * 2
    assert took < 2


def test_order_of_another_version_is_refused() -> None:
    """In words that name both, even where nothing else of it can be read."""
    with pytest.raises(UsageError, match="of version 2, and this one is of 3"):
        read_order('{"version": 3, "probes": "none that we know"}')


@pytest.mark.parametrize(
    "text",
    [
        *("", "why", "[]", "{}", '{"version": "1"}', "[" * 5000),
        '{"version": 1, "seconds": 1, "until": 1, "probes": [{"probe": "shell", "command": "id"}]}',
        " " * (LONGEST_ORDER + 1),
    ],
)
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_order(text)


def test_order_is_bounded() -> None:
    """A plan is never larger, and an order as large as a plan may be is not refused."""
    most = tuple(HttpGet("fd00:10:244:1::abcd", 65535, f"/{'x' * 200}{n}", tries=3) for n in range(MOST_ORDERED))

    assert len(read_order(order_text(ordered(*most))).probes) == MOST_ORDERED
    with pytest.raises(UsageError, match="at most 150"):
        read_order(order_text(ordered(*most[:1] * (MOST_ORDERED + 1))))


PROBES = (TcpConnect("10.0.0.1", 80), DnsQuery("a.", ""))
BEGAN = '{"line":"began","resolv_conf":"nameserver 10.96.0.10"}'


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("", "it wrote no result"),
        ("Traceback (most recent call last)\n  boom\n", "it wrote no result"),
        ('{"line":"refused","why":"too\\u001b[31m late"}', "too late"),
        (f'{BEGAN}\n{{"line":"seen","at":0,"outc', "its result was cut short"),
        (f'{BEGAN}\n{{"line":"seen","at":"x","outcome":"answered"}}\n{{"line":"ended","lines":1}}', ""),
        (f'{BEGAN}\n{{"line":"seen","at":0,"outcome":"excellent"}}\n{{"line":"ended","lines":1}}', ""),
        (f'{BEGAN}\n{{"line":"seen","at":7,"outcome":"answered"}}\n{{"line":"ended","lines":1}}', ""),
    ],
)
def test_result_is_believed_as_far_as_its_types_say(log: str, why: str) -> None:
    """What is not told in good lines was not measured."""
    seen = read_result(log, PROBES)

    assert seen.why == why
    assert all(
        each == Observation(probe, Outcome.NOT_RUN) for each, probe in zip(seen.observations, PROBES, strict=False)
    )


def test_result_is_read_among_other_lines() -> None:
    noise = 'warning: something\n{"level":"info"}\n'
    seen, ended = '{"line":"seen","at":1,"outcome":"nxdomain","server":"10.96.0.10"}', '{"line":"ended","lines":2}'
    log = f"{noise}{BEGAN}\n{noise}{seen}\n{ended}\n"

    assert read_result(log, PROBES).observations == (
        Observation(PROBES[0], Outcome.NOT_RUN),
        Observation(DnsQuery("a.", "10.96.0.10"), Outcome.NXDOMAIN),
    )


async def test_longest_resolv_conf_is_cut() -> None:
    assert len((await result(ordered(), "# " + "x" * 99_999)).resolv_conf) == LONGEST_CONF


def test_resolv_conf_as_glibc_reads_it() -> None:
    """The last search counts, three nameservers, unknown words are passed over, ndots ends at 15."""
    text = """# made by the kubelet
; old
domain old.example
search shop.svc.cluster.local svc.cluster.local. .
nameserver ns.example
nameserver 169.254.20.10
nameserver 10.96.0.10
nameserver fd00::a
nameserver 8.8.8.8
options ndots:99 timeout:2 rotate attempts:x edns0
nonsense
"""
    found = read_resolv_conf(text, "its /etc/resolv.conf", ("10.96.0.10",))

    assert found.nameservers == ("169.254.20.10", "10.96.0.10", "fd00::a")
    assert found.searches == ("shop.svc.cluster.local", "svc.cluster.local")
    assert (found.ndots, found.timeout, found.attempts) == (15, 2, None)
    assert found.reaches_cluster
    assert not read_resolv_conf("nameserver 8.8.8.8", "", ("10.96.0.10",)).reaches_cluster
    assert read_resolv_conf("", "", ()).ndots == 1


# --- the program itself


def test_program_prints_lines_and_its_exit_code() -> None:
    probes = (TcpConnect("127.0.0.1", 80),)
    good = k8snet("probe", order_text(ordered(*probes)))
    given = k8snet("probe", "-", given=order_text(ordered(*probes)))
    bad = k8snet("probe", "{}")

    assert (good.returncode, good.stderr) == (0, "")
    assert read_result(good.stdout, probes).why == ""
    assert given.stdout == good.stdout
    assert (bad.returncode, bad.stderr) == (2, "")
    assert "This is no order" in read_result(bad.stdout, probes).why


def test_program_loads_neither_kubernetes_nor_http() -> None:
    """It lives on the memory of somebody else's pod."""
    order = order_text(ordered(TcpConnect("127.0.0.1", 80), DnsQuery("a.", "127.0.0.1")))
    code = "import sys; from bot.cli import run; run(sys.argv[1:]); print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, "probe", order], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()}

    assert not loaded & {"kubernetes", "aiohttp", "slack_sdk", "redis", "yaml"}


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="no Linux: it has no oom_score_adj")
def test_program_is_the_first_to_be_killed() -> None:
    """Where the pod's memory ends, the kernel ends us, and not the application."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    code = "from bot.commands.probe import die_first; die_first(); print(open('/proc/self/oom_score_adj').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)

    assert done.stdout.strip() == "1000"
