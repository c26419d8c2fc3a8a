"""Who is answered when Slack says little: missing scopes, failing look-ups, channels that become shared."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from redis.asyncio import Redis

from bot.jobs import keys
from handlers.access.gate import UNKNOWN_CHANNEL, UNSURE, UNSURE_NOW, UNSURE_WHO
from handlers.access.standing import GUEST, SHARED, STRANGER, Own, Person, Sharing, refusal
from tests.slack.said import said

WHY = "/k8snet why cart-service in shop"
READS = {"channels:read", "groups:read", "users:read", "usergroups:read"}


def told(bot, name: str, channel: str) -> str:
    return " ".join(map(said, bot.slack.person(name).ephemerals(channel)))


async def test_shared_channel_gets_nothing_unless_allowed(make_bot, slack) -> None:
    """Nothing about a cluster is posted where another company reads; with its id in the settings a channel is answered."""
    bot = await make_bot(K8SNET_ALLOWED_CHANNELS=slack.channel("with-other").id)
    root = await bot.slack.person("ana").mention("#with-other", "why cart-service in shop")

    await bot.thread_of("#with-other", root, says="RTE-001")


async def test_pending_invitation_counts_as_shared(bot) -> None:
    """A channel to which another company is invited may be theirs the next moment."""
    bot.slack.channel("incidents").pending_ext_shared = True
    await bot.slack.person("ana").slash("#incidents", WHY)

    await bot.slack.until(lambda: SHARED in told(bot, "ana", "#incidents"))
    assert bot.slack.messages("#incidents") == []


@pytest.mark.parametrize("hindered", ["missing_scope", "500", "not json"])
async def test_unknown_channel_answers_the_asker_alone(bot, hindered: str) -> None:
    """Where Slack does not say who reads a channel, a command is answered to its asker, who is told why."""
    if hindered == "missing_scope":
        bot.slack.workspace.scopes -= READS
    else:
        bot.slack.fault("conversations.info", "500" if hindered == "500" else "broken-json", times=9)
    await bot.slack.person("ana").slash("#shop-dev", WHY)

    await bot.slack.until(lambda: "RTE-001" in told(bot, "ana", "#shop-dev"))
    assert (UNSURE if hindered == "missing_scope" else UNSURE_NOW) in told(bot, "ana", "#shop-dev")
    assert bot.slack.messages("#shop-dev") == []


async def test_mention_tells_for_a_day(make_bot, slack) -> None:
    """An event says whether its channel is shared: commands there are public afterwards, in other replicas as well."""
    slack.workspace.scopes -= READS - {"users:read"}
    bot = await make_bot()
    await slack.person("ana").mention("#shop-dev", "help")
    await slack.until(lambda: any(slack.thread("#shop-dev", each.ts) for each in slack.messages("#shop-dev")))
    await bot.stop_processes()
    await bot.process()
    await bot.worker()
    await slack.connected()
    await slack.person("ana").slash("#shop-dev", WHY)

    root = await slack.until(lambda: next((each for each in slack.messages("#shop-dev") if "cart" in each.text), None))
    await bot.thread_of("#shop-dev", root, says="RTE-001")


async def test_digest_needs_a_known_channel(bot) -> None:
    """Without knowledge of the channel no digest is scheduled there, and the refusal says how to give it."""
    bot.slack.workspace.scopes -= READS
    await bot.slack.person("ana").slash("#shop-dev", "/k8snet digest daily 09:00 for shop")

    await bot.slack.until(lambda: UNKNOWN_CHANNEL in told(bot, "ana", "#shop-dev"))


async def test_digest_stops_when_its_channel_becomes_shared(bot) -> None:
    """A schedule is judged anew when it is due: the channel gets nothing, its creator hears why."""
    await bot.slack.person("ana").slash("#shop-dev", "/k8snet digest daily 09:00 utc for shop always")
    await bot.slack.until(lambda: "Daily at 09:00" in told(bot, "ana", "#shop-dev"))
    await bot.slack.event({"type": "member_joined_channel", "user": "U0BEN", "channel": "C0SHOPDEV"}, "shop-dev")
    bot.slack.channel("shop-dev").ext_shared = True
    await bot.slack.event({"type": "member_joined_channel", "user": "U0BEN", "channel": "C0SHOPDEV"}, "shop-dev")
    direct = bot.slack.workspace.direct("ana")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=0, second=1)
    with time_machine.travel(tomorrow, tick=True):
        note = await bot.slack.until(lambda: next(iter(bot.slack.messages(direct)), None))

    assert SHARED in said(note)
    assert bot.slack.messages("#shop-dev") == []
    assert bot.runs == []


async def test_nobody_is_taken_for_a_member_while_slack_fails(bot) -> None:
    """users.info that fails, though it may be asked, refuses for the moment instead of letting a guest pass."""
    bot.slack.fault("users.info", "500", times=9)
    await bot.slack.person("gus").slash("#incidents", WHY)

    await bot.slack.until(lambda: "Ask again in a moment" in told(bot, "gus", "#incidents"))
    assert bot.runs == []


MEMBER, SISTER = Person("T1"), Person("T2", enterprise="E1")
OWN, GRID = Own("T1"), Own("T1", "E1")


@pytest.mark.parametrize(
    ("asks", "sharing", "own", "allowed", "sentence"),
    [
        (({"T1"}, MEMBER), Sharing.UNKNOWN, OWN, "", ""),
        (({"T1"}, None), Sharing.UNKNOWN, OWN, "", ""),
        (({"T1", "T2"}, None), Sharing.UNKNOWN, OWN, "", STRANGER),
        (({"T1", "T2"}, None), Sharing.INTERNAL, OWN, "", STRANGER),
        (({"T1"}, Person("T2")), Sharing.INTERNAL, GRID, "", STRANGER),
        (({"T1", "T2"}, SISTER), Sharing.SHARED, GRID, "", ""),
        (({"T1", "T2"}, SISTER), Sharing.SHARED, GRID, "E1", ""),
        (({"T1", "T2"}, SISTER), Sharing.SHARED, GRID, "T1", STRANGER),
        (({"T1", "T2"}, None), Sharing.INTERNAL, GRID, "", ""),
        (({"T1", "T2"}, None), Sharing.SHARED, GRID, "", STRANGER),
        (({"T1", "T2"}, None), Sharing.UNKNOWN, GRID, "", STRANGER),
        (({"T1", "E1"}, None), Sharing.UNKNOWN, GRID, "", ""),
        (({"T1", "T2"}, Person("T2", enterprise="E2")), Sharing.INTERNAL, GRID, "", STRANGER),
        (({"T1"}, Person("T1", is_guest=True)), Sharing.INTERNAL, OWN, "", GUEST),
        ((set(), None), Sharing.INTERNAL, OWN, "", STRANGER),
        (({"T1"}, MEMBER), Sharing.INTERNAL, OWN, "T9", STRANGER),
    ],
)
def test_standing(asks, sharing, own, allowed, sentence) -> None:
    """Members and colleagues of the same company pass; who cannot be told apart from a stranger is one."""
    homes, person = asks
    assert refusal(frozenset(homes), person, sharing, own, allowed) == sentence


async def test_form_from_an_unknown_channel_answers_alone(bot) -> None:
    """A form carries the way back to who sent it: its answer is theirs where nobody knows who reads the channel."""
    bot.slack.workspace.scopes -= READS
    ana = bot.slack.person("ana")
    odd = bot.slack.core.post(bot.slack.channel("shop-dev"), {"text": "something is odd today"}, "test", user=ana.id)
    await ana.shortcut(odd, "k8snet_diagnose_message")
    await bot.slack.until(lambda: ana.views, 60)
    await ana.submit(ana.view, {"text": "why cart-service in shop"})

    await bot.slack.until(lambda: "RTE-001" in told(bot, "ana", "#shop-dev"), 60)
    assert [each.ts for each in bot.slack.messages("#shop-dev")] == [odd.ts]
    assert bot.slack.thread("#shop-dev", odd.ts) == []


async def test_button_in_a_channel_that_became_unknown_answers_alone(make_bot, slack, valkey) -> None:
    """Re-Run edits no message of a channel of which nobody knows any more who reads it."""
    bot, ana = await make_bot(), slack.person("ana")
    await ana.slash("#shop-dev", WHY)
    root = await slack.until(lambda: next(iter(slack.messages("#shop-dev")), None), 60)
    answer = await bot.thread_of("#shop-dev", root, says="RTE-001")
    async with Redis.from_url(f"unix://{valkey.unix_socket_path}") as redis:  # delivered, and noted as delivered
        async with asyncio.timeout(60):
            while await redis.zcard(keys.LEDGER):  # noqa: ASYNC110 - Redis rings no event for it
                await asyncio.sleep(0.05)
    first_run = answer.blocks[0]["block_id"].partition(".")[0]
    await bot.stop_processes()
    slack.workspace.scopes -= READS
    await bot.process()
    await bot.worker()
    await slack.connected()
    await ana.click(answer, "k8snet.rerun")

    await slack.until(lambda: "RTE-001" in told(bot, "ana", "#shop-dev"), 60)
    assert slack.messages("#shop-dev") == [root]
    assert first_run in str(answer.blocks)


async def test_without_users_read_everybody_is_answered_alone(bot) -> None:
    """Who may be a guest reads nothing in public, and is told which scope would say it."""
    bot.slack.workspace.scopes -= {"users:read"}
    await bot.slack.person("gus").slash("#incidents", WHY)

    await bot.slack.until(lambda: "RTE-001" in told(bot, "gus", "#incidents"))
    assert UNSURE_WHO in told(bot, "gus", "#incidents")
    assert bot.slack.messages("#incidents") == []


async def test_channel_that_becomes_shared_gets_no_answer(make_bot) -> None:
    """While a question runs another company is invited: its answer is for the asker alone, whichever replica heard of it."""
    bot = await make_bot(workers=0)
    await bot.process()
    await bot.slack.connected(2)
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why cart-service in shop")
    bot.slack.channel("incidents").ext_shared = True
    await bot.slack.event({"type": "channel_shared", "connected_team_id": "E0OTHER", "channel": root.channel})
    await bot.worker()
    await bot.slack.until(lambda: "RTE-001" in told(bot, "ana", "#incidents"))

    own = [each for each in bot.slack.thread("#incidents", root.ts) if each.user == bot.slack.workspace.bot.id]
    assert [said(each) for each in own if "cart-service" in said(each) and "checking" not in said(each)] == []


async def test_channel_that_is_shared_no_more_is_answered(bot) -> None:
    """The healthy look-alike: once the other company is gone the channel is told again."""
    channel = bot.slack.channel("incidents")
    await bot.slack.event({"type": "channel_shared", "connected_team_id": "E0OTHER", "channel": channel.id})
    await bot.slack.event({"type": "channel_unshared", "is_ext_shared": False, "channel": channel.id})
    root = await bot.slack.person("ana").mention("#incidents", "why cart-service in shop")

    await bot.thread_of("#incidents", root, says="RTE-001")
