"""Who is answered where, by which door: each kind of person, channel and door, through the real Slack process.

A refused person gets one sentence, and nothing of the cluster reaches the channel; no worker is even asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from handlers.access.standing import GUEST, SHARED, STRANGER
from handlers.messages.ask_form import ask_view
from playground.fake_slack import FakeSlack, Message, NotPossibleError
from playground.fake_slack import views as fake_views
from playground.fake_slack.sample import acme
from tests.slack.conftest import Bot, MakeBot
from tests.slack.said import said

WORDS = "why cart-service in shop"
PEOPLE = {"member": "ana", "guest": "gus", "stranger": "sue", "colleague": "cleo"}
PLACES = {"internal": "#incidents", "shared": "#with-other", "private": "#ops-private", "dm": ""}
DOORS = ("command", "mention", "menu", "click", "modal", "schedule", "watch")
LEAK = "RTE-001"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Acme in an Enterprise Grid, with everybody in every channel: also people whom Slack would not let in."""
    workspace = acme(enterprise="E0GRID")
    for channel in workspace.channels.values():
        if channel.name in ("incidents", "with-other", "ops-private"):
            channel.members |= {workspace.user(each).id for each in PEOPLE.values()}
    async with FakeSlack(workspace) as fake:
        yield fake
        assert fake.lint_errors == []


def expected(who: str, where: str) -> str:
    """Return the sentence of refusal, or nothing for who is answered."""
    if who in ("guest", "stranger"):
        return GUEST if who == "guest" else STRANGER
    return SHARED if where == "shared" else ""


def place_of(bot: Bot, where: str, name: str) -> str:
    return PLACES[where] or bot.slack.workspace.direct(name).id


async def command(bot: Bot, name: str, channel: str) -> None:
    await bot.slack.person(name).slash(channel, f"/k8snet {WORDS}")


async def mention(bot: Bot, name: str, channel: str) -> None:
    await bot.slack.person(name).mention(channel, WORDS)


async def menu(bot: Bot, name: str, channel: str) -> None:
    place = bot.slack.channel(channel)
    message = bot.slack.core.post(place, {"text": WORDS}, "test", user=bot.slack.person(name).id)
    await bot.slack.person(name).shortcut(message, "k8snet_diagnose_message")


async def click(bot: Bot, name: str, channel: str) -> None:
    """Click the Re-Run of an answer that was given while the channel was still an internal one."""
    place = bot.slack.channel(channel)
    owner = name if place.kind == "im" else "ana"
    became, place.ext_shared = place.ext_shared, False
    root = await bot.slack.person(owner).mention(place, WORDS)
    if expected("guest" if owner == "gus" else "stranger" if owner == "sue" else "member", "dm"):
        answer = await answered_before(bot, place.id)  # a guest or stranger has no answer of their own in a DM
    else:
        answer = await bot.thread_of(place.id, root, says=LEAK)
    place.ext_shared = became
    if became:  # the next event says so
        await bot.slack.person("ana").mention(place, "help")
    bot.runs.clear()
    await bot.slack.person(name).click(answer, "k8snet.rerun")


async def answered_before(bot: Bot, channel: str) -> Message:
    """Put the answer that ana got elsewhere into a channel, as if it had been given there."""
    root = await bot.slack.person("ana").mention("#shop-dev", WORDS)
    answer = await bot.thread_of("#shop-dev", root, says=LEAK)
    return bot.slack.core.post(bot.slack.channel(channel), {"text": answer.text, "blocks": answer.blocks}, "test")


async def modal(bot: Bot, name: str, channel: str) -> None:
    """Send a form that was opened before."""
    person = bot.slack.person(name)
    content = ask_view(f"{bot.slack.channel(channel).id}  ", "why ", "Which Service?")
    view = fake_views.put(bot.slack.core, content, person.id)
    await person.submit(view, {"text": WORDS})


async def schedule(bot: Bot, name: str, channel: str) -> None:
    await bot.slack.person(name).slash(channel, "/k8snet digest daily 09:00 for shop always")


async def watch(bot: Bot, name: str, channel: str) -> None:
    await bot.slack.person(name).mention(channel, "watch cart-service in shop")


ENTER: dict[str, Callable[[Bot, str, str], Awaitable[None]]] = {
    each.__name__: each for each in (command, mention, menu, click, modal, schedule, watch)
}


def told_alone(bot: Bot, name: str, channel: str) -> str:
    """Return everything that one person alone was told there, forms included."""
    person = bot.slack.person(name)
    shown = [*map(said, person.ephemerals(channel)), *map(bot.slack.screen, person.views)]
    return " ".join(shown)


def told_all(bot: Bot, channel: str) -> str:
    """Return everything that the bot said where all members of the channel read it."""
    place, own = bot.slack.channel(channel), bot.slack.workspace.bot.id
    return " ".join(
        said(each) for key, each in bot.slack.workspace.messages.items() if key[0] == place.id and each.user == own
    )


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("who", PEOPLE)
async def test_matrix(make_bot: MakeBot, who: str, where: str, door: str) -> None:
    """Members and colleagues are answered wherever no other company reads; everybody else gets a sentence."""
    bot, name = await make_bot(), PEOPLE[who]
    channel, refusal = place_of(bot, where, PEOPLE[who]), expected(who, where)
    if who == "stranger" and door in ("command", "schedule"):
        with pytest.raises(NotPossibleError):  # Slack itself: an app's commands exist in its own workspace only
            await ENTER[door](bot, name, channel)
        return
    await ENTER[door](bot, name, channel)
    assert bot.slack.deliveries[-1].acknowledged
    if refusal:
        await bot.slack.until(lambda: refusal in told_alone(bot, name, channel))
        assert bot.runs == []
        assert door == "click" or LEAK not in told_all(bot, channel)
        return
    wanted = {"schedule": "Daily at 09:00", "watch": "1 letter apart"}.get(door, LEAK)
    await bot.slack.until(lambda: wanted in told_all(bot, channel) + told_alone(bot, name, channel))
