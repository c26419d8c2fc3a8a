"""`response_url`: tried again where Slack hiccups, replaced where it is spent; the asker alone hears, and hears it once."""

import pytest

from handlers.client import is_slacks
from tests.slack.said import said


@pytest.mark.parametrize("fault", ["429", "500", "reset"])
async def test_answer_is_tried_again(bot, fault: str) -> None:
    """A refusal that passes loses no answer that goes to the asker alone."""
    ana = bot.slack.person("ana")
    bot.slack.fault("response_url", fault, times=2)
    await ana.slash("#random", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: any("RTE-001" in said(each) for each in ana.ephemerals("#random")), 20)

    assert sum("RTE-001" in said(each) for each in ana.ephemerals("#random")) == 1


async def test_answer_outlives_more_faults_than_one_delivery_tries(bot) -> None:
    """Where the tries of one delivery are used up, the answer stays in the ledger and is delivered later."""
    ana = bot.slack.person("ana")
    bot.slack.fault("response_url", "500", skip=1, times=5)
    await ana.slash("#random", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: any("RTE-001" in said(each) for each in ana.ephemerals("#random")), 40)

    assert sum("RTE-001" in said(each) for each in ana.ephemerals("#random")) == 1


async def test_spent_url_falls_back_to_an_ephemeral_message(make_bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Used five times, or half an hour old: the asker is told by chat.postEphemeral."""
    bot = await make_bot(workers=0)
    ana, clock = bot.slack.person("ana"), bot.slack.clock
    await ana.slash("#incidents", "/k8snet why cart-service in shop --only-me")
    await bot.slack.until(lambda: ana.ephemerals("#incidents"))
    late = clock.now() + 31 * 60
    monkeypatch.setattr(clock, "now", lambda: late)
    await bot.worker()
    await bot.slack.until(lambda: any("RTE-001" in said(each) for each in ana.ephemerals("#incidents")), 20)

    assert len(bot.slack.called("chat.postEphemeral")) == 1


async def test_channel_archived_meanwhile_still_answers_the_asker(make_bot) -> None:
    """Where the bot may no longer write when the answer comes, the asker alone gets it."""
    bot = await make_bot(workers=0)
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: ana.ephemerals("#incidents"))
    bot.slack.channel("incidents").archived = True
    await bot.worker()

    await bot.slack.until(lambda: any("RTE-001" in said(each) for each in ana.ephemerals("#incidents")), 20)


@pytest.mark.parametrize(
    ("url", "base", "is_ours"),
    [
        ("https://hooks.slack.com/commands/T0/1/x", "https://slack.com/api/", True),
        ("https://hooks.slack-gov.com/commands/T0/1/x", "https://slack-gov.com/api/", True),
        ("http://127.0.0.1:4000/respond/R1", "http://127.0.0.1:4000/api/", True),
        ("http://hooks.slack.com/commands/T0/1/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com:8443/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com.evil.example/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com@evil.example/x", "https://slack.com/api/", False),
        ("http://169.254.169.254/latest", "https://slack.com/api/", False),
        ("http://127.0.0.1:4001/respond/R1", "http://127.0.0.1:4000/api/", False),
        ("https://hooks.slack.com:port/x", "https://slack.com/api/", False),
        ("", "https://slack.com/api/", False),
    ],
)
def test_only_slacks_own_address_is_called(url: str, base: str, is_ours: bool) -> None:
    """A response_url is read back from the store: whoever can write there must not choose whom we call."""
    assert is_slacks(url, base) is is_ours
