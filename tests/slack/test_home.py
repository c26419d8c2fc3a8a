"""App Home: somebody's own checks, watches and digests, with what can be done about them."""

from tests.slack.said import said


async def shown(bot, name: str, wanted: str) -> str:
    """Wait until somebody's Home says something, and give all that it says."""
    person = bot.slack.person(name)
    return await bot.slack.until(
        lambda: bot.slack.screen(person.home) if person.home and wanted in bot.slack.screen(person.home) else None
    )


async def test_home_is_ones_own(bot) -> None:
    """Ana sees what she asked, watches and gets, and ends it there; Ben sees nothing of it."""
    ana, ben = bot.slack.person("ana"), bot.slack.person("ben")
    await ana.open_home()
    assert "None yet" in await shown(bot, "ana", "Your digests")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: bot.slack.messages("#incidents"))
    await ana.slash("#incidents", "/k8snet watch user-service in shop for 2h")
    await bot.slack.until(lambda: any("Watching" in said(each) for each in bot.slack.messages("#incidents")))
    await ana.slash("#shop-dev", "/k8snet digest weekdays 09:00 utc for shop")
    await bot.slack.until(lambda: ana.ephemerals("#shop-dev"))
    await ana.open_home()
    home = await shown(bot, "ana", "On weekdays at 09:00 UTC")
    assert "why `cart-service`" in home
    assert "2 h left" in home
    await ben.open_home()
    assert "cart-service" not in (await shown(bot, "ben", "Your digests")).split("Ask why")[0]
    await ana.click(ana.home, "k8snet.evidence.0")
    await bot.slack.until(lambda: ana.views and "spec.selector" in bot.slack.screen(ana.view))
    await ana.close()
    await ana.click(ana.home, "k8snet.unwatch.0")
    await ana.select(ana.home, "k8snet.digest.0", "Stop This Digest")
    await bot.slack.until(lambda: "On weekdays" not in bot.slack.screen(ana.home))
    assert "2 h left" not in bot.slack.screen(ana.home)


async def test_new_digest_from_home(bot) -> None:
    """The form asks for the channel, too; who made it is told there."""
    ana = bot.slack.person("ana")
    await ana.open_home()
    await shown(bot, "ana", "Your digests")
    await ana.click(ana.home, "k8snet.digest.new")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    await ana.submit(form, {"channel": bot.slack.channel("shop-dev").id, "k8snet.pick.namespace": ["shop"]})
    told = await bot.slack.until(lambda: next(iter(ana.ephemerals("#shop-dev")), None))

    assert "On weekdays at 09:00 Europe/Berlin" in said(told)
