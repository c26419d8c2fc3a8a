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


async def test_home_of_a_guest_says_why_it_is_empty(bot) -> None:
    """Slack shows nothing at all for a Home that was never published."""
    await bot.slack.person("gus").open_home()
    assert "does not answer guests" in await shown(bot, "gus", "guests")


async def test_triage_on_home_has_no_evidence_to_show(bot) -> None:
    """`why in shop` has root causes of many Services: its button said that the run is no longer stored."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why in shop")
    await bot.slack.until(lambda: bot.slack.messages("#incidents"))
    await ana.open_home()

    assert "Show Evidence" not in await shown(bot, "ana", "why in `shop`")


async def test_recent_tells_nobody_what_others_asked_for_themselves(bot) -> None:
    """Ben reads what Ana asked before all, with when and by whom, and not what she asked for herself alone."""
    ana, ben = bot.slack.person("ana"), bot.slack.person("ben")
    await ana.slash("#incidents", "/k8snet why cart-service in shop from deploy/checkout")
    await ana.slash("#incidents", "/k8snet why ledger in pay --only-me")
    await bot.slack.until(lambda: len(ana.ephemerals("#incidents")) > 1)
    for person, words in ((ben, "cart-service"), (ana, "ledger")):
        await person.slash("#incidents", "/k8snet recent")
        told = await bot.slack.until(
            lambda person=person: next(
                (each for each in person.ephemerals("#incidents") if " · by " in said(each)), None
            )
        )
        assert words in said(told)
        assert ("ledger" in said(told)) is (person is ana)
