"""Forms with names to choose from: Services, callers and namespaces of the index, as old as they say, by the rules."""

import json
from datetime import UTC, datetime, timedelta

from playground.fake_slack import Message, Person, View
from tests.slack.names import know_names
from tests.slack.said import said

MENU = "k8snet_diagnose_message"


async def ask_form(bot, channel: str = "#incidents") -> tuple[Person, Message, View]:
    """Open the question as a form, in the thread of a message that names no Service."""
    ana = bot.slack.person("ana")
    message = await ana.say(channel, "everything is on fire")
    await ana.shortcut(message, MENU)
    return ana, message, await bot.slack.until(lambda: ana.views and ana.view)


def values(options: list[dict]) -> list[str]:
    return [each["value"] for each in options]


async def test_service_and_caller_are_chosen(bot) -> None:
    """What is typed finds names by their beginning, a part, their namespace, or a slip; the question is asked in the thread."""
    await know_names(bot)
    ana, message, form = await ask_form(bot)
    assert values(await ana.type(form, "k8snet.pick.service", "user")) == ["shop/user-service", "team-a/users"]
    assert "shop/user-service" in values(await ana.type(form, "k8snet.pick.service", "service"))
    assert values(await ana.type(form, "k8snet.pick.service", "user-servce"))[0] == "shop/user-service"
    assert values(await ana.type(form, "k8snet.pick.service", "pay/led")) == ["pay/ledger"]
    assert values(await ana.type(form, "k8snet.pick.service", "no_such name")) == []
    assert "default/deploy/checkout" in values(await ana.type(form, "k8snet.pick.caller", "checkout"))
    await ana.submit(
        form, {"k8snet.pick.service": "shop/user-service", "k8snet.pick.caller": "default/deploy/checkout"}
    )
    verdict = await bot.thread_of("#incidents", message, says="user-service")

    assert "from default/checkout-" in said(verdict)


async def test_nothing_and_nonsense_are_told_at_their_field(bot) -> None:
    """An empty form, a caller alone and words that cannot be read keep the form open; sent again mended, it asks."""
    ana, message, form = await ask_form(bot)
    assert "Choose a Service" in (await ana.submit(form, {})).response["errors"]["service"]
    alone = await ana.submit(form, {"k8snet.pick.caller": "shop/checkout-1"})
    assert "service" in alone.response["errors"]
    wrong = await ana.submit(form, {"text": "why a b c d"})
    assert "question" in wrong.response["errors"]
    await ana.submit(form, {"text": "why cart-service in shop", "k8snet.pick.caller": "shop/web"})
    assert "RTE-001" in said(await bot.thread_of("#incidents", message, says="RTE-001"))


async def test_chosen_service_takes_the_place_of_the_one_in_words(bot) -> None:
    """The rest of the words stays: verb and port."""
    await know_names(bot)
    ana, message, form = await ask_form(bot)
    await ana.submit(form, {"text": "why nothing port 80", "k8snet.pick.service": "shop/cart-service"})
    assert "cart-service" in said(await bot.thread_of("#incidents", message, says="RTE-001"))


async def test_names_say_how_old_they_are(bot) -> None:
    """Old names are offered, and say that they are old."""
    await know_names(bot, datetime.now(UTC) - timedelta(hours=3))
    ana, _, form = await ask_form(bot)
    await ana.type(form, "k8snet.pick.service", "ledger")
    answer = bot.slack.deliveries[-1].response
    assert [each["label"]["text"] for each in answer["option_groups"]] == ["Names of 3 h ago"]
    await ana.type(form, "k8snet.pick.service", "nothing-like-it")
    answer = bot.slack.deliveries[-1].response
    assert [each["label"]["text"] for each in answer["option_groups"]] == ["Take it as it is typed"]


async def test_many_names_are_a_hundred_options(bot) -> None:
    """Slack shows a hundred; a name whose value it would not take is left out."""
    long = tuple(f"{'n' * 63}/deploy/{'w' * 200}-{each}" for each in range(3))
    await know_names(bot, services=tuple(f"shop/s-{each:04d}" for each in range(5000)), workloads=long)
    ana, _, form = await ask_form(bot)
    assert len(await ana.type(form, "k8snet.pick.service", "s-")) == 100
    assert values(await ana.type(form, "k8snet.pick.caller", "w")) == ["w"]


async def test_nobody_sees_a_name_they_may_not_ask_about(make_bot, tmp_path) -> None:
    """Pickers and "did you mean" hold names of allowed namespaces only, for Services, callers and namespaces."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"name": "shop", "who": ["everyone"], "namespaces": ["shop", "pax"]}]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await know_names(bot)
    ana, _, form = await ask_form(bot)
    assert values(await ana.type(form, "k8snet.pick.service", "ledger")) == ["ledger"]  # as it was typed
    assert all(each.startswith("shop/") for each in values(await ana.type(form, "k8snet.pick.caller", "c")))
    refused = await ana.submit(form, {"text": "why ledger in pay"})
    assert 'There is no namespace "pay"' in refused.response["errors"]["question"]
    await ana.slash("#incidents", "/k8snet use pax")
    told = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))
    assert 'There is no namespace "pax" in sample' in said(told)
    assert "pay" not in said(told).replace("pax", "")


async def test_rules_of_verbs_hold_for_pickers(make_bot, tmp_path) -> None:
    """Who may only have digests of a namespace is offered it there, and none of its Services."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"name": "d", "who": ["everyone"], "namespaces": ["pay"], "verbs": ["digest"]}]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await know_names(bot)
    ana, _, form = await ask_form(bot)
    assert values(await ana.type(form, "k8snet.pick.service", "led")) == ["led"]
    await ana.close()
    await ana.open_home()
    await bot.slack.until(lambda: ana.home)
    await ana.click(ana.home, "k8snet.digest.new")
    digest = await bot.slack.until(lambda: ana.views and ana.view)
    assert values(await ana.type(digest, "k8snet.pick.namespace", "p")) == ["pay"]
    assert values(await ana.type(digest, "k8snet.pick.namespace", "shop")) == ["shop"]  # as it was typed


async def test_diagnose_from_home(bot) -> None:
    """The form asks where the answer goes; it stands there as after a command."""
    await know_names(bot)
    ana = bot.slack.person("ana")
    await ana.open_home()
    await bot.slack.until(lambda: ana.home)
    await ana.click(ana.home, "k8snet.diagnose")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    channel = bot.slack.channel("shop-dev").id
    await ana.submit(form, {"channel": channel, "k8snet.pick.service": "shop/cart-service"})
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#shop-dev")), None))
    assert "RTE-001" in said(await bot.thread_of("#shop-dev", root, says="RTE-001"))


async def test_run_from_another_pod(bot) -> None:
    """Under an answer: the same question with a caller that is chosen, answered in the same thread."""
    await know_names(bot)
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why payments in pay")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="payments")
    await ana.click(verdict, "Run From Another Pod")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    assert "why payments in pay" in bot.slack.screen(form)
    await ana.submit(form, {"k8snet.pick.caller": "shop/deploy/checkout"})
    await bot.slack.until(lambda: any("NPL-001" in said(each) for each in bot.slack.thread("#incidents", root.ts)))
    assert len(bot.slack.messages("#incidents")) == 1
    broken = bot.slack.thread("#incidents", root.ts)[-1]
    await ana.select(broken, "k8snet.more", "Run From Another Pod")
    again = await bot.slack.until(lambda: ana.views and ana.view)
    assert "Until now: from" in bot.slack.screen(again)
    unknown = await ana.submit(again, {"k8snet.pick.caller": "pay/nobody-1"})
    assert unknown.acknowledged


async def test_run_from_another_pod_is_judged_anew(make_bot, tmp_path) -> None:
    """A caller in a namespace about which the one who clicks may not ask is refused at its field."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"name": "shop", "who": ["everyone"], "namespaces": ["shop"]}]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await know_names(bot)
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why user-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="user-service")
    await ana.click(verdict, "Run From Another Pod")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    refused = await ana.submit(form, {"k8snet.pick.caller": "pay/x-1"})
    assert 'There is no namespace "pay"' in refused.response["errors"]["caller"]


async def test_digest_of_a_namespace_that_does_not_exist(bot) -> None:
    """It is refused when it is made: by words with a button that says it right, in the form at its field."""
    await know_names(bot)
    ana = bot.slack.person("ana")
    await ana.slash("#shop-dev", "/k8snet digest daily 09:00 utc for shpo, pay")
    told = await bot.slack.until(lambda: next(iter(ana.ephemerals("#shop-dev")), None))
    assert 'There is no namespace "shpo" in sample' in said(told)
    await ana.click(told, "k8snet.ask.0")
    made = await bot.slack.until(lambda: ana.ephemerals("#shop-dev")[1:] and ana.ephemerals("#shop-dev")[-1])
    assert "gets the digest of shop and pay on sample" in said(made)
    assert "check their names" not in said(made)
    await ana.slash("#shop-dev", "/k8snet digest list")
    listed = await bot.slack.until(lambda: ana.ephemerals("#shop-dev")[2:] and ana.ephemerals("#shop-dev")[-1])
    await ana.select(listed, "k8snet.digest.1", "Change")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    wrong = await ana.submit(form, {"k8snet.pick.namespace": [{"value": "shpo", "text": {"text": "shpo"}}]})
    assert "Did you mean shop?" in wrong.response["errors"]["namespaces"]


async def test_what_is_not_known_is_not_refused(bot) -> None:
    """Without names, with old ones and with a list that was cut a digest is made, and says that its names are unchecked."""
    ana = bot.slack.person("ana")
    await ana.slash("#shop-dev", "/k8snet digest daily 09:00 utc for shpo")
    told = await bot.slack.until(lambda: next(iter(ana.ephemerals("#shop-dev")), None))
    assert "check their names" in said(told)
    await know_names(bot, datetime.now(UTC) - timedelta(hours=3))
    await ana.slash("#shop-dev", "/k8snet digest daily 10:00 utc for shpo")
    await bot.slack.until(lambda: len(ana.ephemerals("#shop-dev")) == 2)
    await know_names(bot, gaps=("namespaces",))
    await ana.slash("#shop-dev", "/k8snet digest daily 11:00 utc for shpo")
    await bot.slack.until(lambda: len(ana.ephemerals("#shop-dev")) == 3)
    assert all("check their names" in said(each) for each in ana.ephemerals("#shop-dev"))
