"""Access rules: by person, user group, channel, cluster, namespace and verb; read again while the process runs."""

import json
from pathlib import Path

import pytest
import structlog

from bot.errors import SettingError, UsageError
from bot.model.question.grammar import parse
from bot.model.question.request import Request, request_of
from handlers.access.rules import Rule, narrowed, read_rules, rules_for
from handlers.access.rules_file import RulesFile
from tests.slack.said import said

WHY = "/k8snet why cart-service in shop"
SHOP = {"name": "shop", "who": ["group:S0SRE", "user:U0BEN"], "namespaces": ["shop"], "verbs": ["why", "digest"]}


def told(bot, name: str, channel: str = "#incidents") -> str:
    return " ".join(map(said, bot.slack.person(name).ephemerals(channel)))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A file of rules, to be changed."""
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([SHOP]))
    return path


async def test_group_may_ask_and_denied_reads_as_missing(make_bot, rules) -> None:
    """A member of the user group is answered; a namespace outside reads the same whether it exists or not."""
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why payments in pay")
    await ana.slash("#incidents", "/k8snet why payments in nosuch")
    words = 'There is no namespace "{}" that you may ask about. You may ask about shop.'
    await bot.slack.until(lambda: "nosuch" in told(bot, "ana"), 60)
    whispers = [" ".join(said(each).split()) for each in ana.ephemerals("#incidents")]
    assert whispers[0].replace("pay", "nosuch") == whispers[1]
    assert words.format("pay").split(". ")[0] in whispers[0]
    assert bot.runs == []

    await ana.slash("#incidents", WHY)
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None), 60)
    await bot.thread_of("#incidents", root, says="RTE-001")


async def test_rules_are_read_again_and_wrong_ones_are_not_taken(make_bot, rules) -> None:
    """A changed file holds at once; one that cannot be read leaves the last good rules, and the log says so."""
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    rules.write_text("[{]")
    with structlog.testing.capture_logs() as logs:
        await bot.slack.person("ana").slash("#incidents", "/k8snet check shop/*")
        await bot.slack.until(lambda: "You may not ask for check here." in told(bot, "ana"), 60)
    assert any(each["event"] == "access rules are wrong; the last good ones hold" for each in logs)
    refused = next(each for each in logs if each["event"] == "access")
    assert (refused["decision"], refused["verb"], refused["user"]) == ("refused", "check", "U0ANA")

    rules.write_text(json.dumps([{"name": "all", "who": ["everyone"]}]))
    await bot.slack.person("ana").slash("#incidents", "/k8snet why payments in pay")
    await bot.slack.until(lambda: bot.slack.messages("#incidents"), 60)


async def test_button_shows_nothing_that_its_clicker_may_not_ask(make_bot, rules) -> None:
    """Evidence of a run that the rules hide reads as gone; Re-Run of it is refused."""
    rules.write_text(json.dumps([{**SHOP, "who": ["user:U0BEN"]}]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    root = await bot.slack.person("ben").mention("#incidents", "why cart-service in shop")
    answer = await bot.thread_of("#incidents", root, says="RTE-001")
    await bot.slack.person("ana").click(answer, "k8snet.evidence")
    await bot.slack.person("ana").click(answer, "k8snet.rerun")

    await bot.slack.until(lambda: bot.slack.person("ana").views and "You may not ask" in told(bot, "ana"), 60)
    assert "no longer stored" in bot.slack.screen(bot.slack.person("ana").view)
    assert len(bot.runs) == 1


def asked(words: str, *rules: Rule, who: str = "user:U1", served: tuple[str, ...] = ("prod", "stage")) -> Request:
    request = request_of(parse(words))
    return narrowed(request, rules_for(rules, frozenset({who}), str(request.kind)), served, "prod")


ONE = Rule("one", ("user:U1",), clusters=("prod",), namespaces=("shop",))


@pytest.mark.parametrize(
    ("words", "rule", "sentence"),
    [
        ("why a in shop", ONE, ""),
        ("why a in pay", ONE, 'There is no namespace "pay" that you may ask about.'),
        ("why a in shop from pay/checkout", ONE, 'There is no namespace "pay" that you may ask about.'),
        ("why a from shop/checkout", ONE, ""),
        ("why a.pay", ONE, 'There is no namespace "pay" that you may ask about.'),
        ("dns a.b.pay.svc", ONE, "There is no namespace"),
        ("check pay/*", ONE, 'There is no namespace "pay" that you may ask about.'),
        ("digest for shop, pay", ONE, 'There is no namespace "pay" that you may ask about.'),
        ("why 10.0.0.1", ONE, "Addresses may lie in any namespace, and you may not ask about all."),
        ("path shop/a to pod/b in pay", ONE, 'There is no namespace "pay" that you may ask about.'),
        ("why a in shop on stage", ONE, 'I serve no cluster "stage".'),
        ("why a in shop on nosuch", ONE, 'I serve no cluster "nosuch".'),
        ("why a", Rule("two", ("user:U1",), namespaces=("shop", "pay")), "Say in which namespace."),
        ("why a in shop-eu", Rule("some", ("everyone",), namespaces=("shop-*",)), ""),
        ("check all", Rule("some", ("everyone",), namespaces=("shop-*",)), "Say for which namespaces."),
        ("why a in pay", Rule("verbs", ("everyone",), verbs=("dns",)), "You may not ask for why here."),
        ("why a in pay", Rule("others", ("user:U2", "channel:C1")), "You may not ask for why here."),
        ("why a", Rule("all", ("everyone",)), ""),
    ],
)
def test_what_rules_allow(words: str, rule: Rule, sentence: str) -> None:
    """Every namespace that a question names must be allowed, and the cluster and the verb."""
    if not sentence:
        asked(words, rule)
        return
    with pytest.raises(UsageError, match="^" + sentence.replace(".", "[.]").replace("(", "[(]")):
        asked(words, rule)


def test_scope_is_filled_in() -> None:
    """Who may ask about one namespace means it; who may ask about two gets the table of both."""
    assert asked("why a", ONE).question.namespace == "shop"
    assert asked("check all", Rule("two", ("everyone",), namespaces=("shop", "pay"))).namespaces == ("shop", "pay")


@pytest.mark.parametrize(
    "text", ["", "{}", '[{"name": "a"}]', '[{"name": "a", "who": ["ana"]}]', '[{"name":"a","who":["everyone"],"x":1}]']
)
def test_wrong_file_stops_the_start(tmp_path, text: str) -> None:
    """Without good rules to go on with, the process does not start; a missing file is no empty one."""
    path = tmp_path / "rules.json"
    with pytest.raises(SettingError):
        RulesFile(str(path))
    path.write_text(text)
    with pytest.raises(SettingError):
        RulesFile(str(path))
    with pytest.raises(SettingError):
        read_rules(text.encode())
