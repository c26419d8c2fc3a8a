"""Names that exist settle what a sentence leaves open, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language.plain_words import is_plain
from bot.model.names import STALE, Names
from handlers.language import understand

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NAMES = Names(
    "prod",
    AT,
    namespaces=("data", "fin", "front", "shop", "team-a"),
    services=(
        "data/redis", "fin/ledger", "front/portal", "front/web", "shop/api-gateway", "shop/cart", "shop/inventory",
        "shop/payment-service", "shop/payments", "shop/search",
    ),
    workloads=(
        "data/sts/redis", "fin/deploy/billing-worker", "front/deploy/web", "shop/deploy/api-gateway", "shop/deploy/cart",
        "shop/deploy/cart-svc", "shop/deploy/jobs", "shop/deploy/order-svc", "shop/deploy/payments", "shop/sts/db",
    ),
)  # fmt: skip
WORDS = [
    "why",
    "is",
    "can",
    "the",
    "in",
    "of",
    "from",
    "to",
    "on",
    "cart",
    "web",
    "redis",
    "api",
    "gateway",
    "jobs",
    "billing-worker",
    "payment-service",
    "order-svc",
    "times",
    "out",
    "shop",
]
REFUSED = "dial tcp 10.96.3.4:8080: connect: connection refused"


def reading_of(said: str, names: Names | None = NAMES) -> str:
    """Return how a sentence is read, or `asked: …` with what is offered."""
    try:
        reading = understand(said, spoken=True, names=names)
    except UsageError as error:
        return f"asked: {', '.join(error.suggestions)}"
    assert reading
    return f"{reading.words} [{', '.join(reading.unused)}]" if reading.unused else reading.words


SETTLED = [
    # a place, or who calls
    ("connection refused to redis in cart", "why redis from cart symptom refused"),
    ("connection refused to redis in shop", "why redis in shop symptom refused"),
    (f"{REFUSED} in shop", "why 10.96.3.4 from shop/ port 8080 symptom refused"),
    (f"{REFUSED} (web)", "why 10.96.3.4 from web port 8080 symptom refused"),
    ("timeouts to ledger on billing-worker", "why ledger from billing-worker symptom timeout"),
    ("timeouts to ledger on prod-eu", "why ledger symptom timeout cluster prod-eu"),
    # who calls is a namespace
    ("front can't reach payments", "why payments from front/"),
    ("why does payments.shop time out from team-a?", "why payments.shop from team-a/ symptom timeout"),
    ("web can't reach payments", "why payments from web"),
    # two words, or one name
    ("the api gateway returns 502", "why api-gateway symptom 5xx"),
    ("web can't reach the api gateway", "why api-gateway from web"),
    ("the payment service is down", "why payment-service"),
    ("the inventory service is down", "why inventory"),
    # what would be dropped
    ("web, ledger: no connection", "why ledger from web"),
    ("payments, cart: no connection", "asked: why payments, why cart, why payments from cart, why cart from payments"),
    ("portal billing-worker broken", "why portal from billing-worker"),
    (
        "[Triggered] Connection errors on service:portal to host:payment-service.shop",
        "asked: why payment-service from portal, why portal from payment-service, why portal in payment-service, why portal",
    ),
    (
        '{"severity":"error","container":"cart","message":"Post \\"http://redis.data:8080/v1\\": no such host"}',
        "why redis from cart in data port 8080 symptom nxdomain",
    ),
    # what a program prints beside it is no name, whatever is called so
    ("502 Bad Gateway when web calls /search on payments:8080", "why payments:8080 from web symptom 5xx [/search]"),
    (
        'cart-svc: I/O error on POST request for "http://payments:9411/search/v2": connection refused',
        "why http://payments:9411/search/v2 from cart-svc symptom refused",
    ),
]  # fmt: skip


PLAIN = [
    # a plain word is no name where nothing is called so, unless it stands where a name must
    (
        "cart pods log this nonstop:\n`dial tcp: lookup redis.data.svc on 10.96.0.10:53: no such host`",
        "why redis.data.svc from cart symptom nxdomain [nonstop]",
    ),
    (
        "web to ledger grpc 4317: `rpc error: code = DeadlineExceeded desc = context deadline exceeded`",
        "why ledger from web port 4317 symptom timeout",
    ),
    (
        "billing-worker job keeps failing: <urlopen error [Errno 111] Connection refused>, target is ledger",
        "why ledger from job/billing-worker symptom refused [urlopen]",
    ),
    ("after the upgrade in zone b cart can no longer reach redis", "why redis from cart [b, zone]"),
    ("monolith can't reach redis", "why redis from monolith"),
    ("web can't reach nothing-here, cart is fine", "why nothing-here from web [cart]"),
    ("web can't reach cartt", "why cartt from web"),
    (
        "timeouts to ledger.fin on nosuch",
        (
            "asked: why ledger.fin from nosuch symptom timeout, why ledger.fin from nosuch/ symptom timeout, "
            "why ledger.fin symptom timeout"
        ),
    ),
    (
        "web, host=redis.data.svc.cluster.local\nSystem.Net.Sockets.SocketException (00000001, 11): not available",
        "why redis.data.svc.cluster.local from web",
    ),
    # the Service beside a pasted address is what is called, unless it calls
    (f"{REFUSED}\nthats web calling ledger.fin", "why ledger.fin from web port 8080 symptom refused"),
    (
        "web log:\nError: connect ETIMEDOUT 10.96.3.4:8080\n    at TCPConnectWrap.afterConnect\nit talks only to ledger",
        "why ledger from web port 8080 symptom timeout",
    ),
    (
        'Liveness probe failed: Get "http://10.2.9.40:3000/health": context deadline exceeded\n^ portal in front',
        "why portal in front symptom timeout",
    ),
    (f"web gets:\n{REFUSED}", "why 10.96.3.4 from web port 8080 symptom refused"),
    (f"{REFUSED}\ncart in shop", "why 10.96.3.4 from shop/cart port 8080 symptom refused"),
    # a namespace is of who is in it; where it is said behind what is called, that there is none is the answer
    ("redis refuses cart pods (shop)", "why redis from shop/cart symptom refused"),
    ("ledger in shop is down for web", "why ledger from web in shop"),
    ("network policies in shop changed, payments → redis is dead", "why redis from shop/payments"),
    ("ledger in fin is fine, but redis gives 503 to web", "why redis from web symptom 5xx [ledger]"),
    ("checked from front: web cannot talk to redis.data", "why redis.data from front/web"),
    # who tells, or suffers, is hardly who is called
    ("redis very slow for web since noon", "asked: why redis from web symptom slow, why web from redis symptom slow"),
    ("payments is hammered, gets timeouts from redis", "why redis from payments symptom timeout [hammered]"),
    # what has no Service calls; a word for what is in front is none; the first word of a log's line logs it
    ("billing-worker job died: `certificate is not valid for 'cart.shop'`", "why cart from billing-worker in shop symptom tls"),
    ("the gateway is fine? web gets 502 on ledger", "why ledger from web symptom 5xx [gateway]"),
    ("search: upstream request timeout while talking to redis:6379", "why redis:6379 from search symptom timeout"),
    (
        "ECONNRESET from 10.96.9.1:6379 in web. redis.data right?",
        "why redis from web in data port 6379 symptom reset",
    ),
    (
        "I0611 09:00:00.000000       1 request.go:668] client-side throttling\nweb cannot reach ledger on 3001",
        "why ledger from web port 3001 [client-side]",
    ),
    (
        "from the web pod web-7c9d8f6b5-kx2lp: curl cart:8080 → Connection refused",
        "why cart:8080 from web-7c9d8f6b5-kx2lp symptom refused",
    ),
    # who only tells is asked, with what may be meant
    ("lol same, coffee first then I'll look at the ledger dashboards", "asked: why ledger"),
    # an arrow makes a name of an English word
    ("check jobs → redis on 8443", "why redis from jobs port 8443"),
    # what is offered holds what there is, whole
    ("the payment servce is down", "asked: why payment-service, why payments, why payment, why servce"),
    (
        "redis-0 is up but cart says FATAL could not connect: timeout expired, host redis port 6379",
        (
            "asked: why cart from redis-0 port 6379 symptom timeout, why redis from cart port 6379 symptom timeout, "
            "why cart from redis port 6379 symptom timeout, why redis-0 port 6379 symptom timeout"
        ),
    ),
]  # fmt: skip


GUARDED = [
    # what is only a namespace is neither called nor calls
    ("fin is down: web can't connect to ledger on port 9443", "why ledger from web port 9443 [fin]"),
    ("web (front) -> ledger (fin) refused", "why ledger from front/web in fin symptom refused"),
    ("web in front can't reach cart", "why cart from front/web"),
    ("web can't reach fin, ledger is fine", "asked: why ledger from web, why web from ledger, why in fin"),
    # words that programs print are no callers where nothing is called so; who is said to call stays
    ("web -> ledger 503 UF,URX in the envoy log", "why ledger from web symptom 5xx [envoy]"),
    ("the driver can't reach ledger", "why ledger from driver"),
    ("getting no endpoints available for service, is anything behind ledger in fin?", "why ledger in fin"),
    # which way it is
    ("db is not reachable for web", "why db from web"),
    ("db is down for web", "why db from web"),
    (
        f"cart is dropping events: kafka: client has run out of available brokers: {REFUSED}\nredis is in data",
        (
            "asked: why cart from redis port 8080 symptom refused, why redis from cart port 8080 symptom refused, "
            "why 10.96.3.4 from cart port 8080, why 10.96.3.4 from brokers port 8080"
        ),
    ),
    # ports
    ("Error: connect ECONNREFUSED 10.96.88.12:3000\nweb -> ledger", "why ledger from web port 3000 symptom refused"),
    (
        'connect() failed while connecting to upstream, client: 10.1.2.3:51332, upstream: "http://10.2.7.3:90/"\nweb -> ledger',
        "why ledger from web [90]",
    ),
    ("web times out on ledger every night at 2", "why ledger from web symptom timeout"),
]


@pytest.mark.parametrize(("said", "read"), GUARDED, ids=[said for said, _ in GUARDED])
def test_what_is_surely_no_name_or_no_port_is_not_taken_for_one(said: str, read: str) -> None:
    """Namespaces do not call, hours are no ports, and where two readings remain both are offered."""
    assert reading_of(said) == read


def test_buttons_keep_the_port() -> None:
    """Whichever question is clicked is about the port of the error."""
    error = "HTTPConnectionPool(host='cart', port=8000): Failed to establish a new connection: [Errno 111] Connection refused"
    asked = reading_of(f"requests.exceptions.ConnectionError: {error}\nfrom orders-api or from web-ui", None)
    assert asked == "asked: why cart from orders-api port 8000, why cart from web-ui port 8000"


@pytest.mark.parametrize(("said", "read"), PLAIN, ids=[said for said, _ in PLAIN])
def test_names_decide_which_words_are_names(said: str, read: str) -> None:
    """A reading with a word that names nothing gives way to the one whose names all exist; what must be a name stays."""
    assert reading_of(said) == read


def test_service_that_is_said_to_be_in_two_places_is_asked() -> None:
    """Neither of two namespaces is taken, where a Service of that name is in each."""
    names = Names("prod", AT, NAMES.namespaces, tuple(sorted((*NAMES.services, "fin/payments"))), NAMES.workloads)
    read = reading_of("web gets 503 from payments in shop and payments in fin", names)

    assert read == "asked: why payments from web in fin symptom 5xx, why payments from web in shop symptom 5xx"


@pytest.mark.parametrize(
    ("said", "port"),
    [
        ("ledger 8443 times out from web", "8443"),
        ("ledger unreachable from web, ECONNREFUSED 9200", "9200"),
        ("web can't reach ledger over grpc 4317", "4317"),
        ("web can't reach ledger (:8443)", "8443"),
        ("ledger had 5000 errors, web can't reach it", ""),
        ("web gets 503 from ledger", ""),
        ("ledger 8443 times a day refuses web", ""),
    ],
)
def test_number_that_is_a_port_is_used(said: str, port: str) -> None:
    """A number beside a name, a protocol or an errno is the port, with names and without; how many of something is none."""
    for names in (NAMES, None):
        found = reading_of(said, names)
        assert f" port {port}" in found if port else " port " not in found


def test_plain_word_is_no_service() -> None:
    """Where all that would be asked about is a plain word or a namespace, it is asked and not run."""
    assert understand("can you take the 3pm sync, I'm still in the cart postmortem", spoken=True, names=NAMES) is None
    assert understand("merged, deploying ledger now", spoken=True, names=NAMES) is None
    assert understand("nice one, ledger looks happy again", spoken=True, names=NAMES) is None
    assert reading_of("who is on call for fin, is fin ok for everybody") == "asked: why in fin"


@given(
    st.lists(
        st.sampled_from([*WORDS, "sync", "nonstop", "desc", "traceback", "coffee", "top"]), min_size=2, max_size=10
    ),
    st.sampled_from([" ", ", ", ": "]),
    st.sampled_from(["", " connection refused", ": dial tcp 10.96.3.4:80: i/o timeout"]),
)
def test_no_plain_word_is_run_as_a_service(said: list[str], between: str, error: str) -> None:
    """With names, what is asked about exists, or it is an address, or it stands in the text where a name must."""
    text = between.join(said) + error
    try:
        reading = understand(text, spoken=True, names=NAMES)
    except UsageError:
        return
    if reading is None or not reading.guessed:
        return
    if not NAMES.known(frozenset(said)).services:
        return  # then everything is read as without names
    service = reading.command.question.service
    known = NAMES.known(frozenset([service]))
    assert not service or known.services or known.workloads or not is_plain(service, text, known, NAMES)


@pytest.mark.parametrize(("said", "read"), SETTLED, ids=[said for said, _ in SETTLED])
def test_only_reading_that_exists_is_taken(said: str, read: str) -> None:
    """Of two readings the one whose names exist is taken; where both do, or none, it is as without names."""
    assert reading_of(said) == read


UNTOUCHED = [
    "connection refused to redis in nowhere",  # no such place and no such caller
    "connection refused to nothing-here from web",  # what is called may be missing: that is the answer
    "payments -> web connection refused",  # a direction that was said
    "ledger in shop is down",  # the Service is of another namespace: that is the answer
    "payments and cart are down",
    "search and ledger are down",
    "since I restarted cart, payments times out",  # said in passing
    "why redis in data",
    "cart payments broken",  # either may call the other
]


@pytest.mark.parametrize("said", UNTOUCHED)
def test_what_is_clear_or_open_stays(said: str) -> None:
    """A word that nothing is called by, a place that was said, and what names cannot settle are read as without them."""
    assert reading_of(said) == reading_of(said, None)


def test_word_that_is_english_and_a_name_is_asked() -> None:
    """`jobs` are pods or the workload of that name: both readings name what exists, and nothing is dropped in silence."""
    assert reading_of("jobs can't find redis in data") == "asked: why redis in data, why redis from jobs in data"
    assert reading_of("redis is down for the jobs pods") == "asked: why redis, why redis from jobs"


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from([" ", ", ", ": "]))
def test_no_name_is_dropped_in_silence(said: list[str], between: str) -> None:
    """Whatever is said has an answer in time, and a name that is written like one is used, told as unused, or asked about."""
    text = between.join(said)
    try:
        reading = understand(text, names=NAMES)
    except UsageError:
        return
    assert reading
    shown = f"{reading.words} {' '.join((*reading.unused, *reading.notes))}".lower()
    assert [each for each in said if "-" in each and each not in shown] == []


def test_a_command_is_what_it_says() -> None:
    """A command is never read anew, whatever there is."""
    assert reading_of("why redis in cart") == "why redis in cart"


@pytest.mark.parametrize(("said", "read"), SETTLED, ids=[said for said, _ in SETTLED])
def test_names_that_are_not_there_change_nothing(said: str, read: str) -> None:
    """In a cluster that has none of these names everything is read as without any."""
    empty = Names("stage", AT, namespaces=("default",), services=("default/kubernetes",))

    assert reading_of(said, empty) == reading_of(said, None)


def test_only_whole_and_young_names_settle() -> None:
    """A list that was cut, or is older than half an hour, may lack what there is."""
    cut = Names("prod", AT, namespaces=("shop",), gaps=("workloads",))

    assert NAMES.are_whole(AT + STALE)
    assert not NAMES.are_whole(AT + STALE + timedelta(seconds=1))
    assert not cut.are_whole(AT)
    assert not Names("prod", AT).are_whole(AT)


@pytest.mark.parametrize("said", [said for said, _ in SETTLED])
def test_hidden_namespaces_read_as_missing_ones(said: str) -> None:
    """Names of a namespace that somebody may not ask about change no more than names that do not exist."""
    hidden = NAMES.open_to(lambda namespace: namespace == "data")
    without = Names("prod", AT, ("data",), ("data/redis",), ("data/sts/redis",))

    assert hidden == without
    assert reading_of(said, hidden) == reading_of(said, without)


@pytest.mark.parametrize(
    "said", ['Post "http://audit.sec:8080/log": EOF in web', "ECONNRESET from http://audit.sec:8080/log in web"]
)
def test_complaint_stays_with_what_is_settled(said: str) -> None:
    """The port and the complaint are in each question that is offered, and in the one that is taken."""
    assert reading_of(said) == "why http://audit.sec:8080/log from web symptom reset"
