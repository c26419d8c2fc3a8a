"""Who may ask: strangers, guests of other companies and shared channels learn nothing about a cluster."""

from tests.slack.said import said


async def test_foreign_team_is_refused(bot) -> None:
    """Somebody of another company in a shared channel gets one sentence and no answer."""
    await bot.slack.person("sue").mention("#with-other", "why cart-service in shop")
    await bot.slack.person("ana").mention("#shop-dev", "why cart-service in shop")
    await bot.slack.until(lambda: len(bot.runs) == 1)

    assert "cart" not in "".join(said(each) for each in bot.slack.messages("#with-other")[1:])


async def test_shared_channel_gets_nothing_unless_allowed(bot, make_bot) -> None:
    """Nothing about a cluster is posted where another company reads; allow-listed by id it is."""
    root = await bot.slack.person("ana").mention("#with-other", "why cart-service in shop")
    await bot.slack.until(lambda: bot.slack.person("ana").ephemerals("#with-other"))
    assert bot.slack.thread("#with-other", root.ts) == []
    assert bot.runs == []


async def test_allowed_shared_channel_is_answered(make_bot, slack) -> None:
    """With its id in the settings a shared channel is answered."""
    bot = await make_bot(K8SNET_ALLOWED_CHANNELS=slack.channel("with-other").id)
    root = await bot.slack.person("ana").mention("#with-other", "why cart-service in shop")

    await bot.thread_of("#with-other", root, says="RTE-001")
