"""What people type in Slack: undone spellings, phrases, pasted errors, chatter; and any text at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from handlers.language import normalize, understand
from handlers.language.slack_message import message_text

SPELLINGS = [
    ("<@U0BOT> why <http://user-service.shop|user-service.shop>", "why user-service.shop"),
    ("why <http://user-service.shop:8080/health>", "why http://user-service.shop:8080/health"),
    ("why user-service —from checkout", "why user-service --from checkout"),
    ("why user–service", "why user-service"),
    ("why “user-service” in ‘shop’", "why user-service in shop"),
    ("why `user-service`?", "why user-service"),
    ("why user-service in shop, please!", "why user-service in shop"),
    ("path a -&gt; b", "path a -> b"),
    ("check shop/*", "check shop/*"),
    ("ｗｈｙ user-service", "why user-service"),
    ("why \u202euser\u0000-service\u200b", "why user-service"),
    ("<#C123|shop-dev> why x", "shop-dev why x"),
    ("why <https://evil.example|https://good.example>", "why https://evil.example"),
]
CORPUS = Path(__file__).parent / "sentences.tsv"


@pytest.mark.parametrize(("typed", "meant"), SPELLINGS)
def test_spelling_is_undone(typed: str, meant: str) -> None:
    """What clients, phones and Slack's markup did to a text is taken back; a link's address beats its label."""
    assert normalize(typed) == meant


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield each sentence with its reading and the words that are told as unused."""
    for line in CORPUS.read_text(encoding="utf-8").splitlines()[1:]:
        said, read, *unused = line.split("\t")
        yield said.replace("\\n", "\n"), read, "".join(unused)


def reading_of(said: str) -> tuple[str, str]:
    """Return a reading as the corpus writes it: the command and unused words, `nothing`, or `refused: …`."""
    try:
        reading = understand(said, spoken=True)
    except UsageError as error:
        return f"refused: {error}", ""
    return (reading.words, ", ".join(reading.unused)) if reading else ("nothing", "")


@pytest.mark.parametrize(("said", "read", "unused"), list(rows()), ids=lambda word: word[:40])
def test_corpus(said: str, read: str, unused: str) -> None:
    """Every sentence, pasted error and alert of the corpus is read as it stands there; what is refused says why."""
    assert reading_of(said) == (read, unused)


def test_corpus_is_large() -> None:
    """The corpus has hundreds of sentences, and a fair part of what must be refused or left alone."""
    read = [each for _, each, _ in rows()]

    assert len(read) > 400
    assert sum(each.startswith("refused") for each in read) > 60


def test_reading_is_shown() -> None:
    """What was made of a sentence is told with all that was not used; a command is told nothing."""
    guessed, typed = (
        understand("why is checkout barfing when calling payments-7d9f8b6c5-x2k4p"),
        understand("why payments"),
    )

    assert guessed
    assert typed
    assert guessed.told.startswith("why payments from checkout. payments-7d9f8b6c5-x2k4p is a pod's name")
    assert guessed.told.endswith("I did not use: barfing")
    assert typed.told == ""


def test_only_me_stays_with_a_sentence() -> None:
    """A question for the asker alone stays one, whatever is read or suggested."""
    read = understand("why is payments down? only me")

    assert read
    assert (read.command.only_me, read.words) == (True, "why payments only me")
    with pytest.raises(UsageError) as raised:
        understand("why is payments and orders down only me")
    assert raised.value.suggestions == ("why payments only me", "why orders only me")


ALERTS = [
    (
        {
            "attachments": [
                {
                    "title": "[FIRING:1] HighErrorRate (payments critical)",
                    "text": "*Details:*\n• *namespace:* `pay`\n• *service:* `payments`\n• *severity:* `critical`",
                }
            ]
        },
        "why payments in pay symptom 5xx",
    ),
    (
        {
            "attachments": [
                {
                    "title": "[Triggered] [P2] High latency on payments",
                    "text": "p95 is above 2s @slack-incidents",
                    "fields": [{"title": "Tags", "value": "env:prod, kube_namespace:pay, service:payments, team:pay"}],
                }
            ]
        },
        "why payments in pay symptom slow",
    ),
    (
        {
            "text": "",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Firing: HighLatency"}},
                {
                    "type": "section",
                    "text": {
                        "type": "mrkdwn",
                        "text": "Labels:\n - alertname = HighLatency\n - namespace = pay\n - service = payments",
                    },
                },
            ],
        },
        "why payments in pay symptom slow",
    ),
    (
        {
            "attachments": [
                {
                    "title": "Incident #4711: payments returns 503",
                    "fields": [{"title": "Service", "value": "payments"}, {"title": "Namespace", "value": "pay"}],
                    "text": "PagerDuty: triggered",
                }
            ]
        },
        "why payments in pay symptom 5xx",
    ),
    (
        {
            "attachments": [
                {
                    "title": "[FIRING:1] KubeDeploymentReplicasMismatch",
                    "text": 'deployment = "payments"\nnamespace = "pay"\nservice = "kube-state-metrics"',
                }
            ]
        },
        "why payments in pay",
    ),
    (
        {
            "blocks": [
                {
                    "type": "rich_text",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [
                                {"type": "text", "text": "dial tcp: lookup "},
                                {"type": "link", "url": "http://payments.shop", "text": "payments.shop"},
                                {"type": "text", "text": " on 10.96.0.10:53: no such host"},
                            ],
                        }
                    ],
                }
            ]
        },
        "why payments.shop symptom nxdomain",
    ),
]


@pytest.mark.parametrize(("message", "read"), ALERTS, ids=[read for _, read in ALERTS])
def test_alert_in_a_message(message: dict[str, object], read: str) -> None:
    """Alertmanager, Datadog, Grafana and PagerDuty put their labels into attachments and blocks."""
    assert reading_of(message_text(message)) == (read, "")


def test_alert_without_a_service_names_none() -> None:
    """A node's alert has labels, and none of a Service: it is refused and nothing is guessed."""
    read, _ = reading_of("[FIRING:1] NodeDiskFull\nalertname=NodeDiskFull\ninstance=10.0.0.1:9100\njob=node-exporter")

    assert read == "refused: I found no Service name in that."


@pytest.mark.parametrize("said", ["thanks", "thank you so much", "lgtm", "ok", "👍", "nice one"])
def test_chatter_is_left_alone(said: str) -> None:
    """People talking to each other get no answer."""
    assert understand(said, spoken=True) is None


@pytest.mark.parametrize(
    "typed", ["why user-service in shop from checkout port 80", "user-service", "WHY user-service"]
)
def test_command_is_never_guessed_at(typed: str) -> None:
    """What the grammar reads is taken as it is, in a thread too."""
    reading = understand(typed, spoken=True)

    assert reading is not None
    assert not reading.guessed
    assert reading.command.question.service == "user-service"


@pytest.mark.parametrize("typed", ["", "  ", "\u202e", "<@U0BOT>", "hello", "Hey there!"])
def test_nothing_and_a_greeting_ask_for_help(typed: str) -> None:
    """A bare mention and a greeting are answered with what can be asked."""
    reading = understand(typed, spoken=True)

    assert reading
    assert reading.words == "help"


NAMES = st.lists(st.from_regex(r"[a-z]{2,8}-[a-z]{2,8}", fullmatch=True), min_size=3, max_size=3, unique=True)
FORMS = st.sampled_from(
    [
        "why can't {0} talk to {1} in {2}?",
        "{0} gets 503 from {1} in {2}",
        "why is {0} timing out calling {1} in {2}",
        "{1} in {2} is unreachable from {0}",
        "calls from {0} to {1} in {2} are slow",
        "{0} -> {1} in {2} connection refused",
        "can {0} reach {1} in {2} on port 8080",
        "{0} in {2} cannot connect to {1}:8080",
        "{0} {1} is down in {2}",
        "since {0} was deployed {1} fails in {2}",
        "{0}: dial tcp: lookup {1} on 10.96.0.10:53: no such host in {2}",
        "is {1} ok in {2} for {0}",
        "{0}, {1} and {2} are down",
        "why is {1} through {0} slow in {2}",
    ]
)


@given(FORMS, NAMES, st.text("abcdefgh ->:.,?/", max_size=12))
def test_no_name_is_dropped_in_silence(form: str, names: list[str], noise: str) -> None:
    """Every name of a sentence is in the command or is told as unused; else the sentence is refused."""
    said = f"{form.format(*names)} {noise}"
    try:
        reading = understand(said, spoken=True)
    except UsageError:
        return
    assert reading
    shown = f"{reading.words} {' '.join((*reading.unused, *reading.notes))}".lower()
    assert [name for name in names if name not in shown] == []


@given(st.text(max_size=300) | st.from_regex(r"(why|check|path|can|is) [ -~]{0,80}", fullmatch=True), st.booleans())
def test_any_text_has_an_answer(text: str, spoken: bool) -> None:
    """Whatever is typed gives a reading, nothing, or one sentence; it never breaks, and normalizing twice changes nothing."""
    sentence = "read"
    try:
        understand(text, spoken=spoken)
    except UsageError as error:
        sentence = str(error)

    assert 0 < len(sentence) < 500
    assert isinstance(normalize(text), str)
