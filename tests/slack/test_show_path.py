"""*Show Path*: the hops of an answer as a picture in its thread, once; as text for who clicked where that cannot be."""

import asyncio
import struct

import pytest

from playground.fake_slack import Message, Person
from tests.slack.said import said

ASKED = "/k8snet why payments in pay from shop/deploy/checkout"


async def asked(bot, words: str = ASKED) -> tuple[Person, Message]:
    """Ask in a channel, and give the asker and the verdict."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", words)
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    return ana, await bot.thread_of("#incidents", root, says="NPL-")


def shared(bot, verdict: Message) -> list[Message]:
    """The messages of the thread that bring a file."""
    return [each for each in bot.slack.thread("#incidents", verdict.thread_ts) if each.files]


async def text_for(bot, person: Person, *, says: str) -> Message:
    """Wait for what only that person sees."""
    own = await bot.slack.until(lambda: [each for each in person.ephemerals("#incidents") if says in said(each)])
    return own[-1]


async def test_picture_stands_in_the_thread(bot) -> None:
    """A PNG as wide as it is drawn, with words for a screen reader that name the broken hop first; nobody is told twice."""
    ana, verdict = await asked(bot)
    await ana.click(verdict, "Show Path")
    (message,) = await bot.slack.until(lambda: shared(bot, verdict))
    file = bot.slack.workspace.files[message.files[0]["id"]]

    assert struct.unpack(">II", file.body[16:24])[0] == 2 * 560
    assert len(file.body) < 400_000
    assert file.title == "why payments in pay: fail, broken at policy"
    assert file.alt.startswith("The way of a call from shop/checkout")
    assert "Broken here, at policy: shop/checkout may not call payments" in file.alt
    assert f"image: {file.alt}" in bot.slack.spoken(message)
    assert message.notified == set()
    assert [each for each in ana.ephemerals("#incidents") if "is checking" not in each.text] == []


async def test_the_menu_of_a_sentences_verdict_shares_it_too(bot) -> None:
    """Beside *Change* there is no room for a fourth button: what is left is in the menu, and does the same there."""
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why is shop/checkout timing out calling payments in pay?")
    verdict = await bot.thread_of("#incidents", root, says="NPL-")
    (row,) = (each for each in verdict.blocks if each["type"] == "actions")
    labels = [each["text"]["text"] for each in row["elements"] if each["type"] == "button"]
    assert labels == ["Re-Run", "Show Evidence", "Change"]

    await ana.select(verdict, "k8snet.more", "Show Path")
    assert await bot.slack.until(lambda: shared(bot, verdict))


async def test_a_second_click_shares_nothing(bot) -> None:
    """One picture an answer, whoever clicks again: they get the hops as text."""
    ana, verdict = await asked(bot)
    await ana.click(verdict, "Show Path")
    await bot.slack.until(lambda: shared(bot, verdict))
    ben = bot.slack.person("ben")
    await ben.click(verdict, "Show Path")
    told = await text_for(bot, ben, says="look for it in this thread")

    assert "> fail     policy      broken here: shop/checkout may not call payments" in said(told)
    assert len(shared(bot, verdict)) == 1


async def test_without_the_scope_it_is_text(bot) -> None:
    """Where files:write was not given, who clicked reads the hops and which scope would draw them."""
    bot.slack.workspace.scopes -= {"files:write"}
    ana, verdict = await asked(bot)
    await ana.click(verdict, "Show Path")
    told = await text_for(bot, ana, says="files:write")

    assert "> fail     policy      broken here" in said(told)
    assert shared(bot, verdict) == []


@pytest.mark.parametrize(
    ("method", "kind", "error"),
    [
        ("files.getUploadURLExternal", "error", "file_uploads_disabled"),
        ("files.completeUploadExternal", "error", "not_in_channel"),
        ("files.completeUploadExternal", "text", ""),
        ("upload", "500", ""),
        ("upload", "reset", ""),
    ],
)
async def test_where_the_upload_fails_it_is_text(bot, method: str, kind: str, error: str) -> None:
    """Whatever Slack says at any of the three steps: the hops are told all the same."""
    ana, verdict = await asked(bot)
    bot.slack.fault(method, kind, error=error, times=9)
    await ana.click(verdict, "Show Path")
    told = await text_for(bot, ana, says="did not take the picture")

    assert "> fail     policy      broken here" in said(told)
    assert shared(bot, verdict) == []


async def test_an_answer_for_one_stays_with_one(bot) -> None:
    """What only its asker sees is never shared as a picture."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", f"{ASKED} only me")
    verdict = await text_for(bot, ana, says="NPL-")
    await ana.click(verdict, "Show Path")
    told = await text_for(bot, ana, says="its picture is not shared")

    assert "> fail     policy" in said(told)
    assert bot.slack.messages("#incidents") == []


async def test_who_may_not_ask_sees_no_path(bot) -> None:
    """A button is no access right: a guest is refused, as with every other button."""
    _, verdict = await asked(bot)
    gus = bot.slack.person("gus")
    await gus.click(verdict, "Show Path")
    await text_for(bot, gus, says="guest")
    await asyncio.sleep(0)

    assert shared(bot, verdict) == []


async def test_a_path_that_was_asked_for_is_drawn(bot) -> None:
    """`path` draws its own hops, the same that it lists."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet path shop/deploy/checkout to payments in pay")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="broken here")
    await ana.click(verdict, "Show Path")
    (message,) = await bot.slack.until(lambda: shared(bot, verdict))

    assert message.files[0]["title"].endswith("to Service pay/payments: deny, broken at policy")
