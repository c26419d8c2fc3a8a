"""Calm: no post before there is something to say, one post a question, and the same words once in a thread."""

import pytest

from tests.slack.conftest import WAITING
from tests.slack.said import said

WHY = "why cart-service in shop"


async def test_a_mention_has_a_status_and_then_one_post(make_bot) -> None:
    """Before the verdict there is a status under the asker's thread and no message; the verdict notifies who follows it."""
    bot = await make_bot(workers=0)
    root = await bot.slack.person("ana").mention("#incidents", WHY)
    status = await bot.slack.until(lambda: bot.slack.status("#incidents", root.ts))
    assert status == "is checking cart-service…"
    assert bot.slack.thread("#incidents", root.ts) == []
    await bot.worker()
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")

    assert (verdict.versions, verdict.followers) == ([], {bot.slack.person("ana").id})
    assert len(bot.slack.called("chat.postMessage")) == 1
    assert bot.slack.status("#incidents", root.ts) == ""


async def test_a_command_has_a_line_for_its_asker_and_then_the_verdict(make_bot) -> None:
    """Before the verdict only the asker sees something; the channel gets its one line when there is something to say."""
    bot = await make_bot(workers=0)
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", f"/k8snet {WHY}")
    first = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))
    assert "You asked about `cart-service` in `shop`." in said(first)
    assert bot.slack.messages("#incidents") == []
    await bot.worker()
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.thread_of("#incidents", root, says="RTE-001")

    assert "fail" in said(root)
    assert root.versions == []


async def test_after_a_while_the_channel_sees_that_it_is_checked(make_bot) -> None:
    """What takes long is a line in the channel, which becomes the verdict's line in its place."""
    bot = await make_bot(workers=0, timing=WAITING)
    await bot.slack.person("ana").slash("#incidents", f"/k8snet {WHY}")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    assert "waiting for a worker" in said(root)
    await bot.worker()
    await bot.thread_of("#incidents", root, says="RTE-001")

    await bot.slack.until(lambda: "details in thread" in said(root))
    assert len(bot.slack.messages("#incidents")) == 1


async def test_after_a_while_a_thread_sees_that_it_is_checked(make_bot) -> None:
    """What takes long is a line in the thread; the verdict is posted, so that it notifies, and the line is gone."""
    bot = await make_bot(workers=0, timing=WAITING)
    root = await bot.slack.person("ana").mention("#incidents", WHY)
    waiting = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None))
    assert "waiting for a worker" in said(waiting)
    await bot.worker()
    await bot.slack.until(lambda: waiting.deleted)
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")

    assert verdict.ts != waiting.ts
    assert verdict.versions == []


async def test_the_same_question_six_times_in_a_thread(bot) -> None:
    """The thread has the answer once; who asks again is led to it alone."""
    ana, ben = bot.slack.person("ana"), bot.slack.person("ben")
    root = await ben.say("#incidents", "cart is empty")
    await ana.mention("#incidents", WHY, thread_ts=root.ts)
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    for number in range(1, 6):
        await ben.mention("#incidents", f"{WHY}{'' if number % 2 else ' fresh'}", thread_ts=root.ts)
        await bot.slack.until(lambda number=number: len(ben.ephemerals("#incidents")) == number)
    own = [each for each in bot.slack.thread("#incidents", root.ts) if each.user == bot.slack.workspace.bot.id]
    told = ben.ephemerals("#incidents")

    assert [each.ts for each in own] == [verdict.ts]
    assert all(verdict.permalink in str(each.blocks) for each in told)
    assert ["Nothing was tested" in said(each) for each in told] == [True, False, True, False, True]
    assert bot.slack.status("#incidents", root.ts) == ""


async def test_another_answer_in_a_thread_is_news(bot) -> None:
    """Asked again after something changed, the thread gets the new verdict."""
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", WHY)
    await bot.thread_of("#incidents", root, says="RTE-001")
    await ana.mention("#incidents", "why catalog in shop", thread_ts=root.ts)

    await bot.slack.until(lambda: "catalog" in said(bot.slack.thread("#incidents", root.ts)[-1]))


async def test_an_answer_of_another_channel_is_shown_with_its_age(bot) -> None:
    """Who asks in another channel within the minute gets the answer there, and its age; its button asks anew there."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", f"/k8snet {WHY}")
    first = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.thread_of("#incidents", first, says="RTE-001")
    await ana.slash("#shop-dev", f"/k8snet {WHY}")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#shop-dev")), None))
    verdict = await bot.thread_of("#shop-dev", root, says="nothing was tested just now")
    await ana.click(verdict, "k8snet.rerun")
    await bot.slack.until(lambda: "nothing was tested" not in said(verdict))

    assert len(bot.slack.thread("#incidents", first.ts)) == 1
    assert len(bot.runs) == 2


async def test_a_question_that_is_asked_back_leaves_no_status(bot) -> None:
    """What is asked back to the asker alone leaves the thread as it was."""
    root = await bot.slack.person("ben").say("#incidents", "cart is empty")
    ana = bot.slack.person("ana")
    await bot.slack.person("ben").say("#incidents", "hm", thread_ts=root.ts)
    await ana.mention("#incidents", "why cart-servce in shop", thread_ts=root.ts)
    await bot.slack.until(lambda: any("no Service cart-servce" in said(each) for each in ana.ephemerals("#incidents")))

    assert bot.slack.status("#incidents", root.ts) == ""
    assert len(bot.slack.thread("#incidents", root.ts)) == 2


async def test_check_of_one_service_is_one_line(bot) -> None:
    """`check` says in the channel itself whether a Service is well; its button asks why."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet check cart-service in shop")
    line = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    assert [each["type"] for each in line.blocks] == ["rich_text", "actions"]
    assert bot.slack.thread("#incidents", line.ts) == []
    await ana.click(line, "k8snet.ask.0")

    assert "RTE-001" in said(await bot.thread_of("#incidents", line, says="RTE-001"))


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_same_question_of_two_at_once_in_a_thread(make_bot, processes: int) -> None:
    """Both wait for one answer: it is posted once, and the other asker is led to it."""
    bot = await make_bot(workers=0)
    if processes > 1:
        await bot.process()
        await bot.slack.connected(processes)
    root = await bot.slack.person("ben").say("#incidents", "cart is empty")
    people = [bot.slack.person(name) for name in ("ana", "ben")]
    for each in people * 2:  # to either process
        await each.mention("#incidents", WHY, thread_ts=root.ts)
    await bot.worker()
    await bot.thread_of("#incidents", root, says="RTE-001")
    await bot.slack.until(lambda: sum("fail" in said(m) for each in people for m in each.ephemerals("#incidents")) == 3)

    own = [each for each in bot.slack.thread("#incidents", root.ts) if each.user == bot.slack.workspace.bot.id]
    assert ["RTE-001" in said(each) for each in own] == [True]
