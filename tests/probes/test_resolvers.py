"""Where resolvers differ on one name, and which one a caller is taken to have."""

import pytest
from msgspec.structs import replace

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.conclusion import Reason
from bot.model.dns.search.differences import Difference, differences
from bot.model.dns.search.guess import guessed_resolver
from bot.model.dns.search.simulate import conclude
from bot.model.dns.search.table import RESOLVERS, WORDS
from bot.model.kube.pods import Container
from bot.model.probe import Outcome
from bot.model.result.resolution import Resolution
from bot.model.result.status import Status
from bot.reports.dns_text import dns_text

SEARCHES = ("front.svc.cluster.local", "svc.cluster.local", "cluster.local")
CONF = ResolvConf(("10.96.0.10",), SEARCHES, 5, "")
FIRST, SECOND, AS_IS = "db.shop.front.svc.cluster.local.", "db.shop.svc.cluster.local.", "db.shop."
DENIED, NODATA, ADDRESS = Answer(Outcome.NXDOMAIN), Answer(Outcome.NO_DATA), Answer(Outcome.ANSWERED, ("10.96.0.1",))
HIT = SearchStep(SECOND, ADDRESS, NODATA)


def told(*steps: SearchStep, name: str = "db.shop", conf: ResolvConf = CONF) -> dict[Reason | None, Difference]:
    """The differences by reason."""
    return {each.reason: each for each in differences(name, conf, steps)}


def test_silent_where_all_agree() -> None:
    """A full name with its dot resolves for every resolver alike; one that nobody finds is no difference."""
    assert not told(HIT, name=SECOND)
    assert not told(SearchStep(SECOND, DENIED, DENIED), name=SECOND)


def test_those_that_never_search() -> None:
    """Nginx and its like are told of a short name, with the name to write instead."""
    found = told(SearchStep(FIRST, DENIED, DENIED), HIT)

    assert set(found) == {Reason.UNSEARCHED}
    assert {"nginx", "haproxy", "node", "dnspython"} <= {each.name for each in found[Reason.UNSEARCHED].resolvers}
    assert "db.shop.svc.cluster.local with a dot" in found[Reason.UNSEARCHED].advice


def test_ill_search_step() -> None:
    """SERVFAIL in the first step ends the search of musl, c-ares, gRPC and Ruby, and not that of glibc and Go."""
    ill = Answer(Outcome.SERVFAIL)
    hurt = {each.name for each in told(SearchStep(FIRST, ill, ill), HIT)[Reason.STOPPED].resolvers}

    assert {"musl", "c-ares", "grpc", "ruby"} <= hurt
    assert not hurt & {"glibc", "go", "java", "hickory", "netty"}


def test_refused_step_sends_glibc_to_the_name_as_it_is() -> None:
    """After REFUSED glibc skips the step that has the name."""
    ill = Answer(Outcome.DNS_REFUSED)
    found = told(SearchStep(FIRST, ill, ill), HIT, SearchStep(AS_IS, DENIED, DENIED))

    assert {each.name for each in found[Reason.SKIPPED].resolvers} == {"glibc", "java"}


def test_silence_is_told_with_its_seconds() -> None:
    """AAAA that nobody answers costs glibc 15 s and fails musl and nginx."""
    found = told(SearchStep(SECOND, ADDRESS, Answer(Outcome.TIMEOUT)), name=SECOND)

    assert {"musl", "nginx"} <= {each.name for each in found[Reason.PAIR].resolvers}
    assert "glibc getaddrinfo 15 s" in found[None].why


def test_one_nameserver_with_an_address_is_enough_for_haproxy() -> None:
    """HAProxy asks all nameservers at once: a silent one beside a good one does not matter, for AAAA neither."""
    lost = Answer(Outcome.TIMEOUT)
    step = SearchStep(SECOND, lost, lost, (HIT,))

    assert conclude(SECOND, CONF, (step,), WORDS["haproxy"]).addresses == ("10.96.0.1",)


@pytest.mark.parametrize(
    ("image", "resolver"),
    [
        ("nginx:1.27", "nginx"),
        ("registry:5000/team/haproxy:2.8", "haproxy"),
        ("python:3.12-alpine3.20", "musl"),
        ("eclipse-temurin:21-jre-alpine", "musl"),
        ("eclipse-temurin:21", "java"),
        ("node:22-bookworm-slim", "glibc"),
        ("envoyproxy/envoy:v1.31", "c-ares"),
        ("node:22", "glibc"),
        ("python:3.13", "glibc"),
        ("mirror:5000/library/node:22", "glibc"),
        ("team/node:22", ""),
        ("node:22-corporate", ""),
        ("team/alpine-skiing:7", ""),
        ("shop/app@sha256:0123", ""),
    ],
)
def test_guess(image: str, resolver: str) -> None:
    """Only what an image's name says is guessed from, and it is said by what."""
    found = guessed_resolver((Container(name="app", image=image),))

    assert found.resolver == resolver
    assert bool(found.because) is bool(resolver)


@pytest.mark.parametrize(
    ("image", "command", "resolver"),
    [
        ("shop/front:3", ("/usr/sbin/nginx", "-g", "daemon off;"), "nginx"),
        ("shop/app:3", ("java", "-jar", "app.jar"), "java"),
        ("shop/app:3-alpine", ("java", "-jar", "app.jar"), "musl"),
        ("shop/app:3", ("/bin/sh", "-c", "nginx"), ""),
        ("nginx:1.31", ("nginx-debug",), "nginx"),
    ],
)
def test_guess_by_command(image: str, command: tuple[str, ...], resolver: str) -> None:
    """A command that is a program with a resolver of its own outranks the image's name; a shell says nothing."""
    assert guessed_resolver((Container(name="app", image=image, command=command),)).resolver == resolver


def test_proxy_of_a_mesh_says_nothing_of_the_program() -> None:
    """Envoy beside the program takes connections, and the program looks names up by itself."""
    mesh = Container(name="istio-proxy", image="envoyproxy/envoy:v1.31")

    assert guessed_resolver((Container(name="app", image="node:22"), mesh)).resolver == "glibc"


def test_words_mean_one_row() -> None:
    """No word of `--resolver` stands for two rows, and each row has a source and says who uses it."""
    words = [word for each in RESOLVERS for word in (each.name, *each.aliases)]

    assert len(words) == len(set(words)) == len(WORDS)
    assert all(each.source.startswith("https://") and each.used_by and each.version for each in RESOLVERS)


def test_part_of_a_cut_answer_and_none_of_it_are_told_apart() -> None:
    """HAProxy has no address of a big answer at all; the others take as many as fit."""
    many = Answer(Outcome.ANSWERED, tuple(f"10.244.0.{number}" for number in range(1, 120)))
    cut = [each for each in differences(SECOND, CONF, (SearchStep(SECOND, many, NODATA),)) if each.reason is Reason.CUT]

    words = {each.named: each.why for each in cut}
    assert words["HAProxy resolvers"].startswith("have no address, since the answer of")
    assert not any("take 0" in each for each in words.values())
    assert "48 of its addresses" in words["musl getaddrinfo"]


def test_one_dot_is_one_dot() -> None:
    """With ndots 1 musl asks the name as it stands alone."""
    conf = ResolvConf(("10.96.0.10",), SEARCHES, 1, "")
    found = told(SearchStep(AS_IS, DENIED, DENIED), SearchStep(FIRST, DENIED, DENIED), HIT, conf=conf)

    assert "has 1 dot or more (ndots is 1)" in found[Reason.NDOTS].why


def test_resolver_that_is_guessed_is_not_passed_over() -> None:
    """What others find is a warning where the caller's own seems not to; a guess that agrees, and none, are ok."""
    unknown = Answer(Outcome.NOT_RUN)
    steps = (SearchStep(FIRST, DENIED, DENIED), HIT, SearchStep(AS_IS, unknown, unknown))
    found = Resolution("db.shop", "front", None, CONF, steps, resolver="nginx", guessed_by="the image nginx:1.27")

    assert found.outcome is Status.WARN
    assert "but not for nginx resolver, which the caller may use" in " ".join(dns_text(found).split())
    assert "asks for db.shop alone, of which nothing is known here" in " ".join(dns_text(found).split())
    assert replace(found, resolver="glibc").outcome is Status.OK
    assert replace(found, resolver="", guessed_by="").outcome is Status.OK


def test_tools_that_ask_one_type_after_the_other_wait_for_both() -> None:
    """BIND's nslookup has the A address, and waits for AAAA that nobody answers."""
    silent = SearchStep(SECOND, ADDRESS, Answer(Outcome.TIMEOUT))

    assert conclude(SECOND, CONF, (silent,), WORDS["nslookup"]).seconds == 15


def test_what_is_true_of_every_short_name_comes_last() -> None:
    """That some never search is told after what is this name's own."""
    others = (SearchStep(each, DENIED, DENIED) for each in (SECOND, "db.shop.cluster.local.", AS_IS))
    found = differences("db.shop", CONF, (SearchStep(FIRST, ADDRESS, DENIED), *others))

    assert [each.reason for each in found] == [Reason.PAIR, Reason.UNSEARCHED]


def test_one_denied_type_decides_where_the_other_was_not_asked() -> None:
    """To musl a name is no name where AAAA is denied, whatever another server says of its A."""
    asked = (SearchStep(each, DENIED, DENIED) for each in (FIRST, SECOND, "db.shop.cluster.local."))
    as_is = SearchStep(AS_IS, Answer(Outcome.NOT_RUN), DENIED)

    assert conclude("db.shop", CONF, (*asked, as_is), WORDS["musl"]).error == "EAI_NONAME"


def test_a_number_is_no_name_to_some() -> None:
    """Glibc takes it for an address, Go refuses it, c-ares asks for it; told in that order with what to write."""
    step = SearchStep("443.front.svc.cluster.local.", ADDRESS, NODATA)
    own = {each: conclude("443", CONF, (step,), WORDS[each]) for each in ("glibc", "java", "go", "c-ares")}

    assert own["glibc"].addresses == own["java"].addresses == ("0.0.1.187",)
    assert (own["go"].addresses, own["go"].error) == ((), "no such host")
    assert own["c-ares"].addresses == ADDRESS.addresses
    assert told(step, name="443")[Reason.NUMBER].advice == "write 443.front.svc.cluster.local with a dot at its end"


def test_a_resolver_that_needs_both_types_fails_for_certain() -> None:
    """Whatever another server says of the name as it is: the Service's own is lost to it."""
    others = (SearchStep(each, DENIED, DENIED) for each in (SECOND, "db.shop.cluster.local."))
    as_is = SearchStep(AS_IS, Answer(Outcome.NOT_RUN), Answer(Outcome.NOT_RUN))
    steps = (SearchStep(FIRST, ADDRESS, DENIED), *others, as_is)
    found = Resolution("db.shop", "front", None, CONF, steps, resolver="musl")

    assert found.outcome is Status.FAIL
    assert replace(found, resolver="glibc").outcome is Status.OK
