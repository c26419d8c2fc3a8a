"""The grammar: sentences and flags mean the same, what is understood can be said back, nothing crashes it."""

import string
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.question.grammar import Command, Verb, parse
from bot.model.question.question import Question, Source, Symptom
from bot.model.question.render import sentence
from bot.model.question.timetable import EVERY_DAY, WEEKDAYS, WEEKEND, Plan, Timetable
from bot.model.question.watching import Act, Watching
from bot.model.refs import is_label

FULL = Question(
    service="user-service",
    namespace="shop",
    port=80,
    source=Source(namespace="shop", pod="checkout"),
    name="user-service",
)

SAME = [
    "why user-service in shop from checkout port 80",
    "why user-service -n shop --from checkout --port 80",
    "why -n shop user-service from checkout --port=80",
    "WHY user-service PORT 80 FROM checkout IN shop",
    "why user-service ns shop from shop/checkout on port 80",
    "why user-service namespace shop from shop/pod/checkout on 80",
    "why user-service:80 -nshop --from=checkout",
    "user-service in shop from checkout port 80",
    "why user-service --port 80/tcp --namespace shop --from shop/pod/checkout tcp",
]


@pytest.mark.parametrize("text", SAME)
def test_one_question_in_many_words(text: str) -> None:
    """Connectives and flags, in any order after the target, mean the same question."""
    assert parse(text) == Command(Verb.WHY, replace(FULL, protocol_said="tcp" in text))


def test_words_of_an_argv() -> None:
    """The words of an argv are read as the sentence is."""
    assert parse(["why", "user-service", "--from", "checkout", "-n", "shop", "--port=80"]) == parse(SAME[0])


TARGETS = [
    ("user-service", {"service": "user-service", "name": "user-service"}),
    ("User-Service.Shop", {"service": "user-service", "namespace": "shop", "name": "user-service.shop"}),
    (
        "user-service.shop.svc.cluster.local",
        {"service": "user-service", "namespace": "shop", "name": "user-service.shop.svc.cluster.local"},
    ),
    ("a.b.svc.c.d.", {"service": "a", "namespace": "b", "name": "a.b.svc.c.d."}),
    ("db-0.db.data.svc", {"service": "db", "namespace": "data", "name": "db-0.db.data.svc"}),
    ("a.b:8080", {"service": "a", "namespace": "b", "name": "a.b", "port": 8080}),
    ("a:http", {"service": "a", "name": "a", "port": "http"}),
    ("a:53/udp", {"service": "a", "name": "a", "port": 53, "protocol": "UDP", "protocol_said": True}),
    ("svc/a", {"service": "a", "name": "a"}),
    ("service/a:80", {"service": "a", "name": "a", "port": 80}),
    ("b/a", {"service": "a", "namespace": "b", "name": "a.b"}),
    ("b/svc/a", {"service": "a", "namespace": "b", "name": "a.b"}),
    ("10.96.12.7", {"address": "10.96.12.7"}),
    ("10.96.12.7:8080", {"address": "10.96.12.7", "port": 8080}),
    ("FD00::1", {"address": "fd00::1"}),
    ("[fd00::1]:443", {"address": "fd00::1", "port": 443}),
    ("http://a.b", {"service": "a", "namespace": "b", "name": "a.b", "port": 80, "scheme": "http"}),
    ("https://a/x?y=1#z", {"service": "a", "name": "a", "port": 443, "scheme": "https", "path": "/x?y=1"}),
    ("http://me:secret@a:8080/", {"service": "a", "name": "a", "port": 8080, "scheme": "http"}),
    ("http://[fd00::1]:81/h", {"address": "fd00::1", "port": 81, "scheme": "http", "path": "/h"}),
    ("a:8080/health", {"service": "a", "name": "a", "port": 8080, "scheme": "http", "path": "/health"}),
    ("redis://a", {"service": "a", "name": "a", "scheme": "redis"}),
    ("port", {"service": "port", "name": "port"}),
]


@pytest.mark.parametrize(("word", "expected"), TARGETS)
def test_target(word: str, expected: dict[str, object]) -> None:
    """Every form of a target is read into its parts; a password in a URL is not kept."""
    assert parse(["why", word]).question == Question(**expected)  # type: ignore[arg-type]


SOURCES = [
    ("checkout", Source(namespace="shop", pod="checkout")),
    ("pay/checkout", Source(namespace="pay", pod="checkout")),
    ("deploy/checkout", Source(namespace="shop", workload="deploy/checkout", word="deploy/checkout")),
    ("pay/Deployment/checkout", Source(namespace="pay", workload="deploy/checkout")),
    ("sts/db", Source(namespace="shop", workload="sts/db", word="sts/db")),
    ("cronjob/nightly", Source(namespace="shop", workload="cronjob/nightly", word="cronjob/nightly")),
    ("pay/", Source(namespace="pay")),
    ("pod/checkout", Source(namespace="shop", pod="checkout", word="pod/checkout")),
]


@pytest.mark.parametrize(("word", "expected"), SOURCES)
def test_source(word: str, expected: Source) -> None:
    """Every form of a source is read; without a namespace it takes the question's."""
    assert parse(f"why a in shop from {word}").question.source == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("example.com -n shop", Source(namespace="shop")),
        ("example.com in shop from checkout", Source(namespace="shop", pod="checkout")),
        ("user-service.pay.svc -n shop", Source(namespace="shop")),
        ("user-service.shop -n shop", None),
        ("user-service -n shop", None),
    ],
)
def test_dns_asks_from_a_namespace(words: str, expected: Source | None) -> None:
    """Where `dns` is given a name with a namespace of its own, `-n` is where it is asked from: nothing is called there."""
    assert parse(f"dns {words}").question.source == expected


def test_namespace_stays_empty() -> None:
    """What was not said is not made up: the reader of the cluster finds the namespace, of the source as well."""
    asked = parse("why a from checkout").question

    assert (asked.namespace, asked.source) == ("", Source(pod="checkout"))


@pytest.mark.parametrize(
    ("words", "symptom"),
    [
        ("timing out", Symptom.TIMEOUT),
        ("times out", Symptom.TIMEOUT),
        ("symptom timeout", Symptom.TIMEOUT),
        ("--symptom=5xx", Symptom.SERVER_ERROR),
        ("503", Symptom.SERVER_ERROR),
        ("refused", Symptom.REFUSED),
        ("reset", Symptom.RESET),
        ("intermittently", Symptom.INTERMITTENT),
        ("slow", Symptom.SLOW),
        ("NXDOMAIN", Symptom.NXDOMAIN),
    ],
)
def test_symptom(words: str, symptom: Symptom) -> None:
    """A complaint may be said as a word of its own, as a connective or as a flag."""
    assert parse(f"why a {words} in shop").question.symptom is symptom


def test_how_to_answer() -> None:
    """`fresh` and `only me` are about the answer, not about the question."""
    asked = parse("why a in shop fresh only me on prod-eu on 8080")

    assert (asked.fresh, asked.only_me, asked.question.cluster, asked.question.port) == (True, True, "prod-eu", 8080)


@pytest.mark.parametrize(
    "text",
    [
        "path shop/checkout to user-service port 80",
        "path shop/checkout user-service 80/tcp".replace(" 80/tcp", " port 80/tcp"),
        "policy shop/checkout → user-service --port 80",
        "path shop/checkout -> user-service:80",
        "path to user-service from shop/checkout port 80",
    ],
)
def test_path(text: str) -> None:
    """A path is its two ends in any of the usual spellings."""
    question = Question(service="user-service", name="user-service", port=80, source=Source("shop", "checkout"))

    assert parse(text) == Command(Verb.PATH, replace(question, protocol_said="tcp" in text))


def test_path_to_a_pod() -> None:
    """A path may end at a pod."""
    asked = parse("path a/b to c/pod/d")

    assert (asked.pod, asked.question.source) == (Source(namespace="c", pod="d"), Source(namespace="a", pod="b"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("check all", Command(Verb.CHECK, everything=True)),
        ("check -A", Command(Verb.CHECK, everything=True)),
        ("check shop/*", Command(Verb.CHECK, namespaces=("shop",))),
        ("check -n shop", Command(Verb.CHECK, namespaces=("shop",))),
        ("check", Command(Verb.CHECK)),
        ("check a -n shop", Command(Verb.CHECK, Question(service="a", name="a", namespace="shop"))),
        ("digest for shop, pay", Command(Verb.DIGEST, namespaces=("shop", "pay"))),
        ("digest -n shop,pay", Command(Verb.DIGEST, namespaces=("shop", "pay"))),
        (
            "digest daily 09:00 weekdays for shop and pay on prod changes",
            Command(
                Verb.DIGEST,
                Question(cluster="prod"),
                namespaces=("shop", "pay"),
                timetable=Timetable(hour=9, days=WEEKDAYS),
            ),
        ),
        ("digest pause 2d", Command(Verb.DIGEST, timetable=Timetable(Plan.PAUSE, lasts=timedelta(days=2)))),
        ("digest off 2", Command(Verb.DIGEST, timetable=Timetable(Plan.OFF, which=(2,)))),
        ("digest off for shop", Command(Verb.DIGEST, namespaces=("shop",), timetable=Timetable(Plan.OFF))),
        ("digest resume all", Command(Verb.DIGEST, timetable=Timetable(Plan.RESUME, everything=True))),
        ("dns www.example.com", Command(Verb.DNS, Question(name="www.example.com"))),
        ("why www.example.com", Command(Verb.WHY, Question(name="www.example.com"))),
        ("why db-0.peers.shop", Command(Verb.WHY, Question(name="db-0.peers.shop"))),
        ("dns a.b", Command(Verb.DNS, Question(name="a.b", service="a", namespace="b"))),
        ("why in shop", Command(Verb.WHY, namespaces=("shop",))),
        ("why -n shop", Command(Verb.WHY, namespaces=("shop",))),
        ("why in shop, pay", Command(Verb.WHY, namespaces=("shop", "pay"))),
        ("why in shop and pay on prod", Command(Verb.WHY, Question(cluster="prod"), namespaces=("shop", "pay"))),
        ("why -A slow", Command(Verb.WHY, Question(symptom=Symptom.SLOW), everything=True)),
        (
            "why -n shop from web/checkout",
            Command(Verb.WHY, Question(source=Source(namespace="web", pod="checkout")), namespaces=("shop",)),
        ),
        (
            "why in shop from checkout",
            Command(Verb.WHY, Question(source=Source(namespace="shop", pod="checkout")), namespaces=("shop",)),
        ),
        ("why in", Command(Verb.WHY, Question(service="in", name="in"))),
        ("why in in shop", Command(Verb.WHY, Question(service="in", name="in", namespace="shop"))),
        ("why in port 80", Command(Verb.WHY, Question(service="in", name="in", port=80))),
        ("help why", Command(Verb.HELP, rest=("why",))),
        ("explain RTE-001", Command(Verb.EXPLAIN, rest=("RTE-001",))),
    ],
)
def test_other_verbs(text: str, expected: Command) -> None:
    """Each verb takes its own words."""
    assert parse(text) == expected


REFUSED = [
    ("why in shop port 80", "has no meaning with why here", "For example"),
    ("why -A -n shop", "All namespaces, or only shop: which one?", ""),
    ("why -A from checkout", "In which namespace is", "from NAMESPACE/checkout"),
    ("", "There is no question here.", "For example"),
    ("   \n ", "There is no question here.", "For example"),
    ("why " + "a" * 10_000, "That is too long", "at most 2,000"),
    ("wyh user-service", 'I do not understand "wyh".', "Did you mean why?"),
    ("chekc", 'I do not understand "chekc".', "Did you mean check?"),
    ("deploy the thing", "I found no Service name in that.", "Try: why"),
    ("--port 80", "A question does not begin with", "For example"),
    ("why", "Why what?", "For example"),
    ("why a b", 'I do not know what "b" means here.', "in NAMESPACE"),
    ("why a --prot 80", 'I know no option "--prot".', "Did you mean --port?"),
    ("why a port", '"port" needs a word after it.', "For example"),
    ("why a port 0", "out of range", ""),
    ("why a port 99999", "ports go from 1 to 65535", ""),
    ("why a port " + "9" * 500, "out of range", ""),
    ("why a port HTTP_PORT", "is no port", ""),
    ("why a:80 port 81", "Two ports are said", ""),
    ("why a.shop in pay", 'Two namespaces are said, "shop" and "pay"', "from pay/"),
    ("why a in shop in pay", "is said twice", ""),
    ("why a in my_shop", "cannot be a namespace's name", ""),
    ("why user_service", "cannot be a Service's name", "Did you mean user-service?"),
    ("why pod/a", "is a pod", "path SOURCE to pod/a"),
    ("why 10.0.0.0/8", "looks like a network", ""),
    ("why fe80::1%eth0", "is no port", ""),
    ("why a protocol ICMP", "is no protocol", ""),
    ("why a symptom sad", "I know no symptom", "nxdomain"),
    ("why a from b/c/d/e", "is no source", "deploy/NAME"),
    ("why a -A", "has no meaning with why", ""),
    ("check shop/* port 80", "has no meaning with check", ""),
    ("check -A -n shop", "All namespaces, or only shop", ""),
    ("path a", "A path has two ends.", "For example"),
    ("why $(reboot)", "cannot be a Service's name", ""),
    ("why a from `id`", "cannot be the name of a pod", ""),
]


@pytest.mark.parametrize(("text", "says", "hint"), REFUSED, ids=[text[:30] for text, _, _ in REFUSED])
def test_refused(text: str, says: str, hint: str) -> None:
    """What is not understood gets one sentence that says what is wrong, and a way on."""
    with pytest.raises(UsageError) as raised:
        parse(text)

    assert says in str(raised.value)
    assert hint in raised.value.hint
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


def test_refusal_shows_nothing_hostile() -> None:
    """A refused word comes back without escapes, controls and direction marks."""
    with pytest.raises(UsageError) as raised:
        parse(["why", "\x1b[31ma\u202eb\x00_\x9b2J"])

    assert not set("\x1b\u202e\x00\x9b") & set(str(raised.value) + raised.value.hint)


VOCABULARY = (
    "why check dns path digest watch off list pause 30m every mon 9am Europe/Berlin in from port on to for -n --port "
    "-A fresh only me timing out"
)
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(VOCABULARY.split()),
    st.sampled_from(
        ["a.b", "a/b", "a:80", "http://a/b", "[::1]:80", "->", "--x=", "-n=", "svc/", "/", "[", "a/*", "@"]
    ),
)


@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=9).map(" ".join), st.lists(WORDS, max_size=9)))
@example("why http://[")
@example("digest \u0663d \u0660\u0669:\u0660\u0660")
@example("why a port \u0668\u0660")
def test_any_text(text: str | list[str]) -> None:
    """Any text gives a command or a polite refusal; what was understood can be said again and means the same."""
    try:
        command = parse(text)
    except UsageError:
        return
    assert parse(sentence(command)) == command


LABEL = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=20).filter(is_label)
NAMESPACE = LABEL
SOURCE = st.one_of(
    st.builds(Source, namespace=NAMESPACE, pod=LABEL),
    st.builds(Source, namespace=NAMESPACE, workload=LABEL.map("deploy/{}".format)),
    st.builds(Source, namespace=NAMESPACE),
)
COMMANDS = st.builds(
    lambda service, namespace, **rest: Command(
        Verb.WHY, Question(service=service, namespace=namespace, name=service, **rest)
    ),
    service=LABEL,
    namespace=NAMESPACE,
    port=st.one_of(st.none(), st.integers(1, 65535), st.sampled_from(["http", "grpc-web"])),
    protocol=st.sampled_from(["TCP", "UDP", "SCTP"]),
    protocol_said=st.booleans(),
    source=st.one_of(st.none(), SOURCE),
    symptom=st.one_of(st.none(), st.sampled_from(Symptom)),
    cluster=st.sampled_from(["", "prod-eu", "8080", "port", "arn:aws:eks:eu-west-1:123:cluster/prod"]),
)


@given(COMMANDS)
def test_said_back(command: Command) -> None:
    """A question said as a sentence is the same question when read."""
    said = command.question.protocol_said or command.question.protocol != "TCP"
    asked = replace(command, question=replace(command.question, protocol_said=said))

    assert parse(sentence(command)) == asked


def test_watch() -> None:
    """How long and how often may stand anywhere; what is called is said as in `why`."""
    asked = parse("watch user-service for 2 hours in shop every 5m from checkout port 80")
    question = Question(
        service="user-service", namespace="shop", name="user-service", port=80, source=Source("shop", "checkout")
    )

    assert asked == Command(
        Verb.WATCH, question, watching=Watching(lasts=timedelta(hours=2), every=timedelta(minutes=5))
    )
    assert parse("watch user-service").watching == Watching()
    assert parse("watch user-service for an hour").watching == Watching(lasts=timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "act", "everything", "service"),
    [
        ("watch", Act.LIST, False, ""),
        ("watches", Act.LIST, False, ""),
        ("watch list", Act.LIST, False, ""),
        ("watch off", Act.OFF, False, ""),
        ("watch off all", Act.OFF, True, ""),
        ("watch off user-service in shop", Act.OFF, False, "user-service"),
        ("unwatch user-service", Act.OFF, False, "user-service"),
    ],
)
def test_watches(text: str, act: Act, everything: bool, service: str) -> None:
    asked = parse(text)

    assert asked.watching is not None
    assert (asked.watching.act, asked.watching.everything, asked.question.service) == (act, everything, service)
    assert parse(sentence(asked)) == asked


@pytest.mark.parametrize(
    "text", ["watch x for 1s", "watch x for 3d", "watch x every 1s", "watch x for 3 bananas", "watch x only me"]
)
def test_watch_that_is_not_possible(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("daily 09:00", Timetable(hour=9, days=EVERY_DAY)),
        ("09:00", Timetable(hour=9, days=EVERY_DAY)),
        ("weekdays 09:30 Europe/Berlin", Timetable(hour=9, minute=30, days=WEEKDAYS, zone="Europe/Berlin")),
        ("weekends at 9:30pm", Timetable(hour=21, minute=30, days=WEEKEND)),
        ("mon, thu 7am utc always", Timetable(hour=7, days=(1, 4), zone="utc", mode="always")),
        ("mon-wed 12am problems", Timetable(hour=0, days=(1, 2, 3), mode="problems")),
        ("every monday 12pm zone Asia/Tokyo", Timetable(hour=12, days=(1,), zone="Asia/Tokyo")),
        ("sat,sun 10:00", Timetable(hour=10, days=WEEKEND)),
        ("weekdays 8:30 berlin time", Timetable(hour=8, minute=30, days=WEEKDAYS, zone="berlin")),
    ],
)
def test_times_of_a_digest(words: str, expected: Timetable) -> None:
    """Times stand before or after the scope; names after `for` are names, also where they are called like days."""
    for text in (f"digest {words} for sun, daily", f"digest for sun and daily {words}"):
        assert parse(text) == Command(Verb.DIGEST, namespaces=("sun", "daily"), timetable=expected), text


@pytest.mark.parametrize(
    "text", ["digest daily for shop", "digest 25:00", "digest 13pm", "digest pause for 1m", "digest off x y/z"]
)
def test_half_a_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("digest feb 29 09:00 for shop", '"feb"'),
        ("digest weekly 09:00 for shop", '"weekly"'),
        ("digest every morning for shop", '"every"'),
        ("digest mon-fri 9am berlin for shop", '"berlin"'),
        ("digest daily 09:00 and 17:00 for shop", "Two times"),
        ("digest daily 09:00 utc Europe/Berlin for shop", "Two time zones"),
        ("digest daily 09:00 always changes for shop", '"always" or "changes"'),
    ],
)
def test_what_is_no_time_is_no_namespace(text: str, named: str) -> None:
    """A word before `for` that tells no time is said back: a digest of a namespace "feb" would be nothing, each day."""
    with pytest.raises(UsageError, match=named):
        parse(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("pause the digest 2 for 2d", "digest pause 2 for 2d"),
        ("stop digest for shop", "digest stop for shop"),
        ("show our digests", "digest list"),
        ("digest of shop, pay", "digest for shop, pay"),
        ("digest on prod for shop", "digest for shop on prod"),
        ("silence user-service in shop for 2h", "mute user-service in shop for 2h"),
        ("snooze RTE-012", "mute RTE-012"),
    ],
)
def test_other_words_for_the_same(text: str, same: str) -> None:
    assert parse(text) == parse(same)
