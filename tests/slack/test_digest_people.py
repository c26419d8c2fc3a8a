"""Digests and the people around them: who is told, who answers for one, and what a channel hears of its own."""

from datetime import UTC, datetime, timedelta

from time_machine import Traveller

from bot.jobs.client import JobClient
from tests.slack.test_digests import asked, clock, next_digest, posts, said

__all__ = ["clock"]

DAILY = "daily 09:00 utc for shop always"
FOR_ANA = """[
  {"name": "ana", "who": ["user:U0ANA"], "namespaces": ["shop"]},
  {"name": "all", "who": ["everyone"], "namespaces": ["pay"]}
]"""


async def test_channel_hears_that_its_digest_was_stopped(bot, clock: Traveller) -> None:
    """Silence must not read as a quiet day: who paused or stopped a digest stands in the channel."""
    await asked(bot, DAILY, "Daily at 09:00")
    await asked(bot, "pause 2d", "paused until")
    (paused,) = await posts(bot, 1)
    assert "`ana` paused the digest of `shop on sample`" in said(paused)
    await asked(bot, "off", "any more of: shop")
    _, stopped = await posts(bot, 2)

    assert "`ana` stopped the digest of `shop on sample`" in said(stopped)


async def test_only_one_that_is_paused_is_meant(bot, clock: Traveller) -> None:
    """Of two digests one is paused: `resume` needs no number, and neither does `pause` then."""
    await asked(bot, DAILY, "Daily at 09:00")
    await asked(bot, "daily 10:00 utc for pay", "Daily at 10:00")
    await asked(bot, "pause 1", "paused by `ana` · made by `ana`")
    await asked(bot, "pause 3y", "Which one?")
    await asked(bot, "resume", "on changes")
    jobs = await JobClient.open(bot.config)

    assert [each.paused for each in await jobs.schedules()] == [False, False]
    await jobs.close()


async def test_digest_by_mention_is_told_in_its_thread_alone(bot, clock: Traveller) -> None:
    """The answer to a mention is read by all: no second line says the same."""
    ana = bot.slack.person("ana")
    await ana.mention("#shop-dev", f"digest {DAILY}")
    root = await ana.mention("#shop-dev", "digest off")
    await bot.slack.until(lambda: bot.slack.thread("#shop-dev", root.ts))

    assert {each.user for each in bot.slack.messages("#shop-dev")} == {ana.user.id}


async def test_no_digest_is_promised_where_the_bot_is_not(bot, clock: Traveller) -> None:
    """Invited, it is taken at once."""
    await asked(bot, DAILY, "I am not in this channel", "#random")
    bot.slack.channel("random").members |= {bot.slack.workspace.bot.id}
    await asked(bot, DAILY, "Daily at 09:00", "#random")


async def test_digest_of_somebody_who_left_goes_on_while_everybody_may_ask_that(bot, clock: Traveller) -> None:
    """Without access rules it needs nobody's rights; what fails is told to the channel, since its creator reads nothing."""
    await asked(bot, DAILY, "Daily at 09:00")
    bot.slack.workspace.user("ana").deleted = True
    await next_digest(bot, clock)
    await posts(bot, 1)

    assert bot.slack.messages(bot.slack.workspace.direct("ana")) == []


async def test_rights_of_somebody_who_left_are_nobodys(make_bot, clock: Traveller, tmp_path) -> None:
    """The rule that let them ask holds no more: the channel is told, and whoever resumes the digest answers for it."""
    rules = tmp_path / "rules.json"
    rules.write_text(FOR_ANA)
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await asked(bot, DAILY, "Daily at 09:00")
    bot.slack.workspace.user("ana").deleted = True
    for number in (1, 2):
        await next_due(bot, clock)
        told = await posts(bot, number)
    assert "was not sent" in said(told[0])
    assert "is paused" in said(told[1])
    assert bot.runs == []
    rules.write_text(FOR_ANA.replace("U0ANA", "U0BEN"))
    ben = bot.slack.person("ben")
    await ben.slash("#shop-dev", "/k8snet digest resume")
    await bot.slack.until(lambda: "by `ben`" in said(*ben.ephemerals("#shop-dev")))
    await next_digest(bot, clock)
    await posts(bot, 3)


async def next_due(bot, clock: Traveller) -> None:
    """Go to a second after the next nine o'clock, with processes that know nothing of people yet."""
    await bot.stop_processes()
    now = datetime.now(UTC)
    nine = now.replace(hour=9, minute=0, second=1)
    clock.move_to(nine if nine > now else nine + timedelta(days=1))
    await bot.process()
    await bot.worker()
    await bot.slack.connected()


async def test_form_tells_who_is_not_in_the_channel_in_a_direct_message(bot, clock: Traveller) -> None:
    """Home makes a digest for a channel that its asker only reads: they are told where they are."""
    ana = bot.slack.person("ana")
    await ana.open_home()
    home = await bot.slack.until(lambda: ana.home)
    await ana.click(home, "k8snet.digest.new")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    channel = bot.slack.channel("shop-dev")
    channel.members -= {ana.user.id}
    await ana.submit(form, {"channel": channel.id, "k8snet.pick.namespace": ["shop"], "time": "09:00"})
    (told,) = await posts(bot, 1, bot.slack.workspace.direct("ana"))

    assert "this channel gets the digest" not in said(told)
    assert f"<#{channel.id}>" in str(told.blocks)
