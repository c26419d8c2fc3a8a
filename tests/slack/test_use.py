"""`use shop`: where a channel's questions look first, told with each answer that took it, for who may ask about it."""

import json

from tests.slack.names import know_names
from tests.slack.said import said


async def told(bot, words: str, wanted: str, channel: str = "#incidents") -> str:
    """Say something, and wait for what only the asker is told."""
    ana = bot.slack.person("ana")
    await ana.slash(channel, f"/k8snet {words}")
    found = await bot.slack.until(
        lambda: next((each for each in reversed(ana.ephemerals(channel)) if wanted in said(each)), None)
    )
    return said(found)


async def test_default_is_taken_and_told(make_bot) -> None:
    """A Service without a namespace is looked for in the channel's; what is said goes first; another channel knows nothing."""
    bot = await make_bot(K8SNET_NAMESPACE="default")
    await told(bot, "use", "Nothing is taken for granted here")
    assert "said by" in await told(bot, "use pay", "pay is meant here")
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why ledger")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="APP-008")
    assert "namespace: pay, the default here" in said(verdict)
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: any("cart-service" in each.text for each in bot.slack.messages("#incidents")))
    await told(bot, "use", "Nothing is taken for granted here", "#shop-dev")
    await told(bot, "use none", "Nothing is taken for granted here")


async def test_what_nobody_may_ask_is_no_default(make_bot, tmp_path) -> None:
    """A namespace that the rules refuse, and a cluster that is not served, are refused as for questions."""
    rules = tmp_path / "rules.json"
    rules.write_text('[{"name": "shop", "who": ["everyone"], "namespaces": ["shop"]}]')
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await told(bot, "use pay", "There is no namespace")
    await told(bot, "use shop on mars", "I serve no cluster")
    await told(bot, "use shop", "shop is meant here")


async def test_watch_takes_it_too(bot) -> None:
    await told(bot, "use shop", "shop is meant here")
    await bot.slack.person("ana").slash("#incidents", "/k8snet watch cart-service")
    await bot.slack.until(lambda: any("in `shop`" in said(each) for each in bot.slack.messages("#incidents")))


async def answered(bot, name: str, words: str, wanted: str) -> str:
    """Ask in #incidents, and wait for the verdict that says something, in whatever thread."""
    await bot.slack.person(name).slash("#incidents", f"/k8snet {words}")
    bot_user = bot.slack.workspace.bot.id

    def found() -> str:
        own = (each for each in bot.slack.workspace.messages.values() if each.user == bot_user and not each.deleted)
        return next((text for each in own if wanted in (text := said(each)) and "run `" in text), "")

    return await bot.slack.until(found)


async def test_default_gives_way(make_bot) -> None:
    """A Service that its namespace lacks is found where it is; a caller's namespace and one that is said go first."""
    bot = await make_bot(K8SNET_NAMESPACE="default")
    await told(bot, "use pay", "pay is meant here")
    elsewhere = await answered(bot, "ana", "why cart-service", "RTE-001")
    assert "namespace: shop, the only one with a Service of that name" in elsewhere
    assert "the default here" not in elsewhere
    from_caller = await answered(bot, "ana", "why user-service from shop/web port 80", "user-service")
    assert "namespace: shop, the caller's" in from_caller
    nowhere = bot.slack.person("ana")
    await nowhere.slash("#incidents", "/k8snet why no-such-thing")
    asked_back = await bot.slack.until(
        lambda: next(
            (each for each in nowhere.ephemerals("#incidents") if "no Service no-such-thing" in said(each)), None
        )
    )
    assert "pay" in said(asked_back)


async def test_default_does_not_exist_for_who_may_not_ask_about_it(make_bot, tmp_path) -> None:
    """Ana makes pay the default; for Ben, who has shop, the channel has none: he is asked nothing about pay, nor told of it."""
    rules = tmp_path / "rules.json"
    ana = {"name": "ana", "who": ["user:U0ANA"], "namespaces": ["shop", "pay"]}
    rules.write_text(json.dumps([ana, {"name": "ben", "who": ["user:U0BEN"], "namespaces": ["shop"]}]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await told(bot, "use pay", "pay is meant here")
    ben = bot.slack.person("ben")
    await ben.slash("#incidents", "/k8snet use")
    heard = await bot.slack.until(lambda: next(iter(ben.ephemerals("#incidents")), None))
    assert "Nothing is taken for granted here" in said(heard)
    verdict = await answered(bot, "ben", "why cart-service", "RTE-001")
    assert "pay" not in verdict
    own = await answered(bot, "ana", "why ledger", "APP-008")
    assert "namespace: pay, the default here" in own


async def test_cluster_that_may_not_be_asked_is_no_default(make_bot, tmp_path) -> None:
    """It is refused as one that is not served, and as a default that somebody else made it is not there."""
    rules = tmp_path / "rules.json"
    one = {"name": "ben", "who": ["user:U0BEN"], "clusters": ["sample"]}
    rules.write_text(json.dumps([{"name": "ana", "who": ["user:U0ANA"]}, one]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules), K8SNET_CLUSTERS="sample,other")
    await told(bot, "use on other", "other is meant here")
    ben = bot.slack.person("ben")
    await ben.slash("#incidents", "/k8snet use shop on other")
    refused = await bot.slack.until(lambda: next(iter(ben.ephemerals("#incidents")), None))
    assert 'I serve no cluster "other"' in said(refused)
    verdict = await answered(bot, "ben", "why cart-service in shop", "RTE-001")
    assert "on `sample`" in verdict


async def test_namespace_that_does_not_exist_is_asked_back(bot) -> None:
    """A slip is asked back; the button makes the right one the default."""
    await know_names(bot)
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet use shpo")
    refused = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))
    assert 'There is no namespace "shpo" in sample' in said(refused)
    await ana.click(refused, "k8snet.ask.0")
    await told(bot, "use", "shop is meant here")
