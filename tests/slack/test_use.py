"""`use shop`: what a channel means where no namespace is said, told with each answer that took it."""

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
