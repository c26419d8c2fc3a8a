"""What a pod's resolver is told and asks, and what glibc, musl and Go conclude: the rows of failure-modes C.1."""

from typing import Any

import pytest

from bot.model.dns.cluster_dns import ClusterDns
from bot.model.dns.cluster_dns import cluster_dns as found_dns
from bot.model.dns.resolv_conf import ResolvConf, resolv_conf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.conclusion import Conclusion
from bot.model.dns.search.names import names
from bot.model.dns.search.simulate import conclude
from bot.model.dns.search.table import GLIBC, GO, MUSL, WORDS
from bot.model.probe import Outcome
from bot.model.snapshot import Snapshot
from tests.probes.manifests import cluster_dns, pod, snapshot

SEARCHES = ("team-a.svc.cluster.local", "svc.cluster.local", "cluster.local")
CONF = ResolvConf(("10.96.0.10",), SEARCHES, 5, "")
FOUND, NX, NODATA = Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA
SERVFAIL, REFUSED, LOST, CLOSED = Outcome.SERVFAIL, Outcome.DNS_REFUSED, Outcome.TIMEOUT, Outcome.REFUSED


def conf_of(**spec: Any) -> ResolvConf:
    """The resolv.conf of a pod with these fields, in a cluster with DNS."""
    one = pod("checkout-1", "10.244.0.1")
    one["spec"] |= spec
    known: Snapshot = snapshot(*cluster_dns(), one)
    return resolv_conf(known.pod("shop", "checkout-1"), "shop", found_dns(known))


# --- resolv.conf


@pytest.mark.parametrize("policy", [{}, {"dnsPolicy": "ClusterFirst"}])
def test_cluster_first(policy: dict[str, str]) -> None:
    """The default: the DNS Service, three search domains, ndots 5."""
    conf = conf_of(**policy)

    assert (conf.nameservers, conf.ndots, conf.reaches_cluster) == (("10.96.0.10",), 5, True)
    assert conf.searches == ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local")


def test_without_a_pod() -> None:
    """A caller that is only a namespace has what a pod without DNS settings has."""
    known = snapshot(*cluster_dns())

    assert resolv_conf(None, "shop", found_dns(known)) == conf_of()


def test_host_network() -> None:
    """HostNetwork with ClusterFirst falls back to Default (DNS-015); ClusterFirstWithHostNet does not."""
    fallen, kept = conf_of(hostNetwork=True), conf_of(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")

    assert (fallen.nameservers, fallen.searches, fallen.reaches_cluster) == ((), (), False)
    assert "hostNetwork" in fallen.why
    assert kept.nameservers == ("10.96.0.10",)


def test_default_policy() -> None:
    """Default is the node's resolver, which is not in the API (DNS-014)."""
    conf = conf_of(dnsPolicy="Default")

    assert (conf.nameservers, conf.ndots, conf.reaches_cluster) == ((), 1, False)


def test_default_policy_mended_by_dns_config() -> None:
    """DNS-014 needs that dnsConfig does not add the cluster's nameserver."""
    conf = conf_of(
        dnsPolicy="Default", dnsConfig={"nameservers": ["10.96.0.10"], "searches": ["shop.svc.cluster.local"]}
    )

    assert conf.reaches_cluster


def test_none_policy() -> None:
    """None leaves only what dnsConfig says (DNS-016)."""
    conf = conf_of(
        dnsPolicy="None", dnsConfig={"nameservers": ["8.8.8.8"], "options": [{"name": "ndots", "value": "2"}]}
    )

    assert (conf.nameservers, conf.searches, conf.ndots, conf.reaches_cluster) == (("8.8.8.8",), (), 2, False)


def test_dns_config_is_appended() -> None:
    """Lists are appended without repetition, options override by name."""
    conf = conf_of(
        dnsConfig={
            "nameservers": ["10.96.0.10", "10.0.0.2"],
            "searches": ["corp.example", "cluster.local"],
            "options": [{"name": "ndots", "value": "1"}, {"name": "edns0"}],
        }
    )

    assert conf.nameservers == ("10.96.0.10", "10.0.0.2")
    assert conf.searches == ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example")
    assert conf.ndots == 1


@pytest.mark.parametrize(
    ("spec", "ndots", "over_tcp"),
    [
        ({"options": [{"name": "ndots"}]}, 1, False),
        ({"options": [{"name": "ndots", "value": "two"}]}, 1, False),
        ({"options": [{"name": "ndots:2"}]}, 2, False),
        ({"options": [{"name": "ndots:7"}]}, 5, False),
        ({"options": [{"name": "ndots:2"}, {"name": "ndots", "value": "3"}]}, 2, False),
        ({"options": [{"name": "ndots:2 use-vc"}, {"name": "ndots"}]}, 2, True),
        ({"options": [{"name": "edns0"}, {"name": "timeout:1"}]}, 5, False),
    ],
)
def test_an_option_in_one_word(spec: dict[str, Any], ndots: int, *, over_tcp: bool) -> None:
    """The kubelet merges options by name, `ndots:2` is another name than `ndots`, and it writes both in no order.

    Where two stand in the file, the smaller one is taken, since it takes more names out of the search list.
    """
    conf = conf_of(dnsConfig=spec)

    assert (conf.ndots, conf.over_tcp) == (ndots, over_tcp)
    assert ("by chance" in conf.why) == (len({each["name"] for each in spec["options"]} & {"ndots:2", "ndots:7"}) > 0)


def test_limits() -> None:
    """Three nameservers, 32 searches of 2048 characters, ndots 15; what is cut is told."""
    many = {
        "nameservers": [f"10.0.0.{n}" for n in range(9)],
        "searches": [f"{'d' * 60}.s{n}.example" for n in range(40)],
        "options": [{"name": "ndots", "value": "99"}],
    }
    conf = conf_of(dnsConfig=many)

    assert len(conf.nameservers) == 3
    assert len(conf.searches) <= 32
    assert len(" ".join(conf.searches)) <= 2048
    assert conf.ndots == 15
    assert conf.why.endswith("was cut")


def test_no_dns_service() -> None:
    """Managed DNS without a Service: the nameserver is unknown, which is not "wrong"."""
    conf = resolv_conf(None, "shop", ClusterDns(zone="cluster.local"))

    assert (conf.nameservers, conf.reaches_cluster) == ((), True)


# --- steps


@pytest.mark.parametrize("libc", ["glibc", "musl", "go"])
@pytest.mark.parametrize(
    ("name", "count"),
    [("user-service", 4), ("user-service.prod", 4), ("user-service.prod.svc.cluster.local", 4), ("a.b.c.d.e.", 1)],
)
def test_search_expansion(libc: str, name: str, count: int) -> None:
    """Fewer dots than ndots: every search domain, then as it is. A trailing dot: only as it is (DNS-018)."""
    asked = names(name, CONF, WORDS[libc])

    assert len(asked) == count
    assert asked[-1] == f"{name.rstrip('.')}."


def test_four_dots_cost_ten_queries() -> None:
    """The measured cost with four search domains: two queries for each of five steps, two with a trailing dot."""
    conf = ResolvConf(CONF.nameservers, (*SEARCHES, "corp.example"), 5, "")

    assert len(names("user-service.prod.svc.cluster.local", conf, GLIBC)) * 2 == 10
    assert len(names("user-service.prod.svc.cluster.local.", conf, GLIBC)) * 2 == 2


def test_ndots_lowered() -> None:
    """Dots at or over ndots: as it is first, then the search list; musl never searches then (DNS-020)."""
    conf = ResolvConf(CONF.nameservers, SEARCHES, 1, "")

    assert names("user-service.prod", conf, GLIBC)[:2] == (
        "user-service.prod.",
        "user-service.prod.team-a.svc.cluster.local.",
    )
    assert names("user-service.prod", conf, GO) == names("user-service.prod", conf, GLIBC)
    assert names("user-service.prod", conf, MUSL) == ("user-service.prod.",)


def test_long_search_line() -> None:
    """Musl ignores a search line of more than 255 bytes as a whole."""
    conf = ResolvConf(CONF.nameservers, (*SEARCHES, f"{'x' * 60}.{'y' * 60}.{'z' * 60}.{'w' * 30}"), 5, "")

    assert names("user-service", conf, MUSL) == ("user-service.",)
    assert len(names("user-service", conf, GLIBC)) == 5


def test_root_in_the_search_list() -> None:
    """`search … .` stands for the name as it is, once; names over 253 characters are not asked."""
    conf = ResolvConf(CONF.nameservers, ("cluster.local", "."), 5, "")

    assert names("user-service", conf, GLIBC) == ("user-service.cluster.local.", "user-service.")
    assert names("a." * 125 + "a", CONF, GLIBC) == ("a." * 125 + "a.",)


# --- what is concluded


def step(name: str, a: Outcome, aaaa: Outcome = NODATA, *, truncated: bool = False) -> SearchStep:
    """One step; what is answered has an address."""
    found = [Answer(each, ("10.0.0.1",) if each is FOUND else (), truncated=truncated) for each in (a, aaaa)]
    return SearchStep(name, found[0], found[1])


def told(
    libc: str, *outcomes: Outcome | tuple[Outcome, Outcome], name: str = "db", conf: ResolvConf = CONF
) -> Conclusion:
    """What a resolver concludes if its glibc-ordered steps end like this; the last outcome repeats."""
    tried = names(name, conf, GLIBC)
    given = [*outcomes, *[outcomes[-1]] * (len(tried) - len(outcomes))]
    pairs = [each if isinstance(each, tuple) else (each, each) for each in given]
    return conclude(name, conf, [step(where, *pair) for where, pair in zip(tried, pairs, strict=True)], WORDS[libc])


@pytest.mark.parametrize(
    ("row", "outcomes", "glibc", "musl", "go"),
    [
        ("a hit ends the search", [(FOUND, NODATA)], "", "", ""),
        ("NXDOMAIN: next", [NX, (FOUND, NODATA)], "", "", ""),
        ("NXDOMAIN everywhere", [NX], "EAI_NONAME", "EAI_NONAME", "no such host"),
        ("NODATA: musl stops", [NODATA, (FOUND, NODATA)], "", "EAI_NODATA", ""),
        ("NODATA, then nothing", [NODATA, NX], "EAI_NODATA", "EAI_NODATA", "no such host"),
        ("SERVFAIL: musl stops", [SERVFAIL, (FOUND, NODATA)], "", "EAI_AGAIN", ""),
        ("SERVFAIL, then nothing", [SERVFAIL, NX], "EAI_AGAIN", "EAI_AGAIN", "no such host"),
        ("SERVFAIL everywhere", [SERVFAIL], "EAI_AGAIN", "EAI_AGAIN", "server misbehaving"),
        ("REFUSED: glibc tries as-is", [REFUSED, (FOUND, NODATA), NX, NX], "EAI_NONAME", "EAI_AGAIN", ""),
        ("REFUSED, as-is answers", [REFUSED, NX, NX, (FOUND, NODATA)], "", "EAI_AGAIN", ""),
        ("timeout: glibc tells as-is", [LOST, (FOUND, NODATA), NX, NX], "EAI_NONAME", "EAI_AGAIN", ""),
        ("all lost", [LOST], "EAI_AGAIN", "EAI_AGAIN", "i/o timeout"),
        ("port closed", [CLOSED], "EAI_AGAIN", "EAI_AGAIN", "connection refused"),
        ("A ok, AAAA SERVFAIL", [(FOUND, SERVFAIL)], "", "EAI_AGAIN", ""),
        ("A ok, AAAA NXDOMAIN", [(FOUND, NX), NX], "", "EAI_NONAME", ""),
        ("A ok, AAAA lost", [(FOUND, LOST)], "", "EAI_AGAIN", ""),
        ("only AAAA", [(NODATA, FOUND)], "", "", ""),
    ],
)
def test_table(row: str, outcomes: list[Any], glibc: str, musl: str, go: str) -> None:
    """Each row of C.1: the error of each resolver, empty for a hit."""
    assert {libc: told(libc, *outcomes).error for libc in ("glibc", "musl", "go")} == {
        "glibc": glibc,
        "musl": musl,
        "go": go,
    }, row


def test_closed_port_ends_glibc_at_once() -> None:
    """A closed port is told after the first step; Go goes on asking."""
    assert len(told("glibc", CLOSED).asked) == 1
    assert len(told("go", CLOSED).asked) == 4


def test_truncated_without_tcp() -> None:
    """TC=1 with TCP blocked: EAI_AGAIN for glibc and musl; Go says that there is no such host (DNS-021)."""
    cut = [step("db.", LOST, LOST, truncated=True)]

    assert conclude("db.", CONF, cut, GLIBC).error == "EAI_AGAIN"
    assert conclude("db.", CONF, cut, MUSL).error == "EAI_AGAIN"
    assert conclude("db.", CONF, cut, GO).error == "no such host"


def test_as_is_first_tells_its_own_error() -> None:
    """With the as-is query made first, glibc searches on after any failure and tells the first error at the end."""
    conf = ResolvConf(CONF.nameservers, SEARCHES, 1, "")

    assert told("glibc", LOST, NX, name="a.b", conf=conf).error == "EAI_AGAIN"
    assert told("glibc", NX, (FOUND, NODATA), NX, NX, name="a.b", conf=conf).is_found
    assert told("musl", NX, (FOUND, NODATA), NX, NX, name="a.b", conf=conf).error == "EAI_NONAME"


def test_hit_is_told_with_its_step() -> None:
    """A hit names the step and its addresses; the steps asked before it are listed."""
    found = told("glibc", NX, (FOUND, FOUND))

    assert found.hit == "db.svc.cluster.local."
    assert found.addresses == ("10.0.0.1", "10.0.0.1")
    assert found.asked == ("db.team-a.svc.cluster.local.", "db.svc.cluster.local.")


def test_missing_step_is_asked_for() -> None:
    """Nothing is concluded from a step that nobody asked."""
    found = conclude("db", CONF, [step("db.team-a.svc.cluster.local.", NX)], GO)

    assert (found.missing, found.error, found.hit) == ("db.svc.cluster.local.", "", "")
