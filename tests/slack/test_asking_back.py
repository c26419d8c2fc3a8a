"""What is unclear is asked back to the asker alone, with buttons that keep the rest of the question; nothing is published."""

import pytest

from playground.fake_slack import FakeSlack, Message
from tests.slack.names import know_names
from tests.slack.said import said


def values(message: Message) -> list[str]:
    """Return what the buttons of a message ask."""
    return [each["value"] for block in message.blocks if block["type"] == "actions" for each in block["elements"]]


async def asked_back(slack: FakeSlack, channel: str = "#incidents", *, says: str) -> Message:
    """Wait for what Ana alone is told, and for the channel to be as before."""
    ana = slack.person("ana")
    told = await slack.until(lambda: next((each for each in ana.ephemerals(channel) if says in said(each)), None))
    assert told is not None
    return told


async def test_a_typo_is_no_incident(bot) -> None:
    """A mistyped Service is asked back with its near names; port and symptom stay, and the channel holds nothing."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet why usr-service in shop port 8080 symptom timeout")
    told = await asked_back(bot.slack, says="no Service usr-service")

    assert values(told) == ["why user-service in shop port 8080 symptom timeout cluster sample"]
    assert bot.slack.messages("#incidents") == []


async def test_a_namespace_is_no_service(bot) -> None:
    """`why shop`, where shop is a namespace and no Service: the asker is asked back, and the button shows its table."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why shop")
    told = await asked_back(bot.slack, says="shop is a namespace")
    assert values(told)[0] == "check shop/* cluster sample"
    await ana.click(told, "k8snet.ask.0")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))

    assert "cart-service" in said(await bot.thread_of("#incidents", root, says="cart-service"))


async def test_a_suggestion_is_asked_where_the_question_was(bot) -> None:
    """The button asks the whole question in the channel, where others see the answer."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-servce in shop")
    told = await asked_back(bot.slack, says="no Service cart-servce")
    await ana.click(told, "k8snet.ask.0")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))

    assert "cart-service" in said(await bot.thread_of("#incidents", root, says="RTE-001"))


async def test_a_caller_that_does_not_exist_is_replaced_as_the_caller(bot) -> None:
    """The near name of a caller stands for the caller, never for the Service."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop on mars from checkout port 80")
    told = await asked_back(bot.slack, says="mars")

    assert values(told) == ["why cart-service in shop from shop/checkout port 80 cluster sample"]


async def test_a_mention_that_names_two_services_is_asked_back(bot) -> None:
    """Two Services in a sentence are two buttons, each with the caller; nothing is asked until one is clicked."""
    await bot.slack.person("ana").mention("#incidents", "why can't checkout reach cart-service and user-service?")
    told = await asked_back(bot.slack, says="more than one Service")

    assert values(told) == ["why cart-service from checkout", "why user-service from checkout"]
    assert bot.runs == []


async def test_change_opens_the_question_as_it_was_read(bot) -> None:
    """The reading of a sentence is shown, and Change opens it as a form whose answer comes into the same thread."""
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why is checkout timing out calling user-service in shop?")
    verdict = await bot.thread_of("#incidents", root, says="Read as")
    await ana.click(verdict, "k8snet.change")
    view = await bot.slack.until(lambda: ana.views and ana.view)
    assert "why user-service in shop from shop/checkout symptom timeout" in str(view.content)
    await ana.submit(values={"text": "why cart-service in shop"})
    await bot.slack.until(lambda: len(bot.slack.thread("#incidents", root.ts)) == 2)

    await bot.slack.until(lambda: "RTE-001" in said(bot.slack.thread("#incidents", root.ts)[-1]))


async def test_is_a_namespace_healthy(bot) -> None:
    """`is shop healthy?` is answered with the table of the namespace, since no Service is called like that."""
    root = await bot.slack.person("ana").mention("#incidents", "is shop healthy?")
    table = await bot.thread_of("#incidents", root, says="shop/cart-service")

    assert "check shop" in said(table)


ALERT = '[FIRING:1] HighErrorRate alertname="HighErrorRate" service="cart-service" namespace="shop"'


async def test_why_in_the_thread_of_an_alert(bot) -> None:
    """`@k8snet why` asks about the alert that the thread hangs on."""
    alert = await bot.slack.person("ben").say("#incidents", ALERT)
    await bot.slack.person("ana").mention("#incidents", "why is this failing?", thread_ts=alert.ts)

    assert "why cart-service in shop symptom 5xx" in said(await bot.thread_of("#incidents", alert, says="RTE-001"))


async def test_why_in_a_thread_that_may_not_be_read(bot) -> None:
    """Without the scope the asker is told what else there is, and nothing is guessed."""
    bot.slack.workspace.scopes -= {"channels:history"}
    alert = await bot.slack.person("ben").say("#incidents", ALERT)
    await bot.slack.person("ben").say("#incidents", "hm", thread_ts=alert.ts)
    await bot.slack.person("ana").mention("#incidents", "why", thread_ts=alert.ts)
    await asked_back(bot.slack, says="no Service name")

    assert bot.runs == []


async def test_why_in_a_thread_asks_what_was_asked_there_last(bot) -> None:
    """`@k8snet why is it still failing?` is about the Service that the thread is about, and says so."""
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why cart-service in shop")
    await bot.thread_of("#incidents", root, says="RTE-001")
    await bot.slack.person("ben").mention("#incidents", "why is it still failing?", thread_ts=root.ts)
    ben = bot.slack.person("ben")
    told = await bot.slack.until(lambda: next(iter(ben.ephemerals("#incidents")), None))

    assert "cart-service" in said(told)


@pytest.mark.parametrize(
    ("words", "says"),
    [("version", "k8snet 0."), ("recent", "last questions"), ("explain RTE-001", "k8snet explain RTE-001")],
)
async def test_what_is_offered_is_understood(bot, words: str, says: str) -> None:
    """Commands that need no cluster answer for themselves, by slash command and by mention."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", f"/k8snet {words}")
    await asked_back(bot.slack, says=says)
    root = await ana.mention("#incidents", words)

    assert says in said(await bot.thread_of("#incidents", root, says=says))


async def test_a_caller_of_another_namespace_is_offered(bot) -> None:
    """Who calls lives seldom beside what is called: the workloads of that name are offered as callers, and the port stays."""
    await know_names(bot)
    await bot.slack.person("ana").mention("#incidents", "why can't checkout talk to payments in pay on port 8080?")
    told = await asked_back(bot.slack, says="There is no checkout in pay to call from")

    assert values(told) == [
        f"why payments in pay from {place}/deploy/checkout port 8080 cluster sample" for place in ("default", "shop")
    ]


async def test_a_hidden_caller_is_not_offered(make_bot, tmp_path) -> None:
    """Who may not ask about a namespace is told no name of it, nor that there is one."""
    rules = tmp_path / "rules.json"
    rules.write_text('[{"name": "all", "who": ["everyone"], "namespaces": ["pay", "shop"]}]')
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await know_names(bot)
    await bot.slack.person("ana").slash("#incidents", "/k8snet why payments in pay from checkout")
    told = await asked_back(bot.slack, says="There is no checkout in pay to call from")

    assert values(told) == ["why payments in pay from shop/deploy/checkout cluster sample"]
