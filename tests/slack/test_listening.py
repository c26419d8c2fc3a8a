"""Acknowledgements: once the ledger has the question, for refusals, for refused people, and whatever a listener raises."""

import asyncio

import pytest
from redis.asyncio import Redis

from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Asked, Run
from handlers.client import SlackClient
from tests.slack.said import said


async def test_refused_slash_command_is_acknowledged(bot) -> None:
    """A command that cannot be read is answered by its sentence alone, never by Slack's own "operation_timeout"."""
    ana = bot.slack.person("ana")
    for words in ("why", "deploy the thing", "watch x for 3 bananas", "digest daily 25:00", "why cart-service on mars"):
        delivery = await ana.slash("#incidents", f"/k8snet {words}")
        assert delivery.acknowledged, words

    assert "operation_timeout" not in bot.slack.transcript("#incidents", reader="ana")


async def test_refused_mention_is_not_delivered_again(bot) -> None:
    """A stranger's mention and click are acknowledged: one attempt, one sentence."""
    sue = bot.slack.person("sue")
    bot.slack.postman.retry_delays = (0.0, 0.0, 0.0)
    await sue.mention("#with-other", "why cart-service in shop")
    await bot.slack.until(lambda: sue.ephemerals("#with-other"))

    assert [len(each.attempts) for each in bot.slack.deliveries] == [1]
    assert len(sue.ephemerals("#with-other")) == 1


async def test_refusal_of_a_mention_is_told_before_it_is_acknowledged(make_bot, tmp_path) -> None:
    """A process that dies before it has told that the store is away was not acknowledged: Slack delivers again."""
    bot = await make_bot(workers=0, REDIS_URL=f"unix://{tmp_path}/nobody")
    ana = bot.slack.person("ana")
    bot.slack.fault("chat.postEphemeral", "slow", seconds=0.4)
    await ana.mention("#incidents", "why cart-service in shop")

    assert any("my store is unreachable" in said(each) for each in ana.ephemerals("#incidents"))


async def test_refusal_that_cannot_be_told_is_not_acknowledged(make_bot, tmp_path, logs) -> None:
    """While Slack takes no sentence it gets no acknowledgement either: it delivers again, and then the asker is told."""
    bot = await make_bot(workers=0, REDIS_URL=f"unix://{tmp_path}/nobody")
    ana = bot.slack.person("ana")
    bot.slack.postman.retry_delays = (0.0, 0.0, 0.0)
    bot.slack.fault("chat.postEphemeral", "broken-json", times=4)
    await ana.mention("#incidents", "why cart-service in shop")
    await bot.slack.until(lambda: ana.ephemerals("#incidents"))

    assert len(bot.slack.deliveries[-1].attempts) > 1
    assert "nobody could be told" in [each["event"] for each in logs]
    logs.clear()


async def test_stranger_who_cannot_be_told_is_told_when_slack_delivers_again(bot, logs) -> None:
    """A sentence that Slack did not take is no listener's failure, and does not pass for told."""
    sue = bot.slack.person("sue")
    bot.slack.postman.retry_delays = (0.0, 0.0, 0.0)
    bot.slack.fault("chat.postEphemeral", "broken-json", times=4)
    await sue.mention("#with-other", "why cart-service in shop")
    await bot.slack.until(lambda: sue.ephemerals("#with-other"))

    assert len(sue.ephemerals("#with-other")) == 1
    assert "nobody could be told" in [each["event"] for each in logs]
    logs.clear()


async def test_refusal_of_a_command_comes_with_its_acknowledgement(bot) -> None:
    """Told and acknowledged are one step of Slack's, which no crash can part; no other call is needed."""
    bot.slack.fault("response_url", "500", times=9)
    delivery = await bot.slack.person("ana").slash("#incidents", "/k8snet deploy the thing")

    assert delivery.response["response_type"] == "ephemeral"
    assert "deploy" in str(delivery.response["blocks"])


@pytest.mark.parametrize("door", ["slash", "mention"])
async def test_is_acknowledged_once_the_ledger_has_it(bot, monkeypatch: pytest.MonkeyPatch, door: str) -> None:
    """When Slack has its acknowledgement the question is in the ledger: a process that dies afterwards loses nothing."""
    order: list[str] = []
    accept = JobClient.accept

    async def noted(jobs: JobClient, run: Run) -> Asked:
        order.append("asked")
        asked = await accept(jobs, run)
        order.append("accepted")
        return asked

    monkeypatch.setattr(JobClient, "accept", noted)
    ana = bot.slack.person("ana")
    if door == "slash":
        await ana.slash("#incidents", "/k8snet why cart-service in shop")
    else:
        await ana.mention("#incidents", "why cart-service in shop")

    assert order == ["asked", "accepted"]


@pytest.mark.parametrize("fault", ["500", "text", "broken-json", "reset", "error"])
async def test_cosmetic_call_that_fails_loses_nothing(bot, fault: str) -> None:
    """The status line under a thread is no part of a question: however it fails, the answer comes and nothing else is said."""
    bot.slack.fault("assistant.threads.setStatus", fault, times=9)
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why cart-service in shop")
    await bot.thread_of("#incidents", root, says="RTE-001")

    assert ana.ephemerals("#incidents") == []


@pytest.mark.parametrize("fault", ["500", "text", "broken-json", "reset", "error"])
async def test_receipt_that_fails_is_no_error_to_tell(bot, fault: str) -> None:
    """A question whose receipt could not be posted is answered once, and nobody reads that something broke."""
    bot.slack.fault("chat.postMessage", fault, times=2)
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why cart-service in shop")
    answer = await bot.slack.until(lambda: bot.slack.thread("#incidents", root.ts), 20)
    await bot.slack.until(lambda: "RTE-001" in said(bot.slack.thread("#incidents", root.ts)[0]), 20)

    assert len(answer) == 1
    assert ana.ephemerals("#incidents") == []


async def test_second_half_of_a_receipt_that_fails_leaves_no_line_behind(bot) -> None:
    """The line in the channel is remembered as soon as it stands, so the answer edits it and posts no second one."""
    bot.slack.fault("chat.postMessage", "error", skip=1)
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: "details in thread" in bot.slack.transcript("#incidents"), 20)

    assert len(bot.slack.messages("#incidents")) == 1


async def test_listener_that_raises_is_told_and_acknowledged(bot, logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is one sentence to whoever caused it, and Slack is told that the payload was taken."""

    async def broken(*_: object) -> tuple[Run, ...]:
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr(JobClient, "recent", broken)
    ana = bot.slack.person("ana")
    delivery = await ana.slash("#incidents", "/k8snet recent")
    told = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))

    assert delivery.acknowledged
    assert "Something broke on my side" in said(told)
    failed = [each for each in logs if each["event"] == "a listener failed"]
    assert len(failed) == 1
    logs.remove(failed[0])


async def test_button_of_another_version_says_what_to_do(bot) -> None:
    """A button that nobody knows any more is acknowledged, and whoever clicked it is told how to ask."""
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why cart-service in shop")
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    verdict.blocks[-1:] = [
        {
            "type": "actions",
            "block_id": "old",
            "elements": [
                {
                    "type": "button",
                    "action_id": "k8snet.old",
                    "value": "1",
                    "text": {"type": "plain_text", "text": "Old"},
                }
            ],
        }
    ]
    delivery = await ana.click(verdict, "k8snet.old")
    told = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))

    assert delivery.acknowledged
    assert "another version" in said(told)


async def test_asked_again_the_old_answer_stands_until_the_new_one_comes(bot) -> None:
    """A receipt in the answer's place could land after the new answer, which another process delivers: none is put there."""
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", "why cart-service in shop")
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    before = len(bot.slack.called("chat.update"))
    await ana.click(verdict, "k8snet.rerun")
    await bot.slack.until(lambda: len(bot.slack.called("chat.update")) > before)

    assert all("RTE-001" in str(call.arguments) for call in bot.slack.called("chat.update")[before:])
    assert "checking" in said(ana.ephemerals("#incidents")[0])


async def test_refusal_that_reached_nobody_is_made_again(bot, logs) -> None:
    """A refused mention that could not be told is not acknowledged; delivered again it is refused, and that once."""
    ana = bot.slack.person("ana")
    bot.slack.postman.retry_delays = (0.0, 0.0, 0.0)
    bot.slack.fault("chat.postEphemeral", "500", times=4)
    await ana.mention("#incidents", "why cart-service on mars")
    await bot.slack.until(lambda: ana.ephemerals("#incidents"))
    delivery = bot.slack.deliveries[-1]
    await bot.slack.until(lambda: delivery.acknowledged)
    await bot.slack.postman.event(delivery.payload)
    await bot.slack.postman.event({**delivery.payload, "event_id": "Ev0ANOTHER"})

    assert len(delivery.attempts) > 1
    assert ["mars" in said(each) for each in ana.ephemerals("#incidents")] == [True]
    logs.clear()


async def test_help_that_did_not_reach_slack_is_given_again(bot, logs) -> None:
    """An answer that needs no worker is as good as a refusal: told once, and again where it was not."""
    ana = bot.slack.person("ana")
    bot.slack.postman.retry_delays = (0.0, 0.0, 0.0)
    bot.slack.fault("chat.postMessage", "broken-json", times=1)
    bot.slack.fault("chat.postEphemeral", "broken-json", times=4)
    root = await ana.mention("#incidents", "help")
    await bot.slack.until(lambda: bot.slack.thread("#incidents", root.ts))
    await bot.slack.until(lambda: bot.slack.deliveries[-1].acknowledged)

    assert len(bot.slack.thread("#incidents", root.ts)) == 1
    logs.clear()


async def test_refusal_of_two_events_at_once_is_told_once(bot) -> None:
    """One message comes as two events at the same moment: the second waits for the first, and says nothing."""
    ana = bot.slack.person("ana")
    root = await bot.slack.person("ben").say("#incidents", "cart is empty")
    mention = await ana.mention("#incidents", "why cart-service in shop", thread_ts=root.ts)
    await bot.thread_of("#incidents", root, says="RTE-001")
    event = bot.slack.deliveries[-1].payload
    inner = {
        **event["event"],
        "text": event["event"]["text"].replace("in shop", "on mars"),
        "ts": f"{mention.ts[:-1]}9",
    }
    bot.slack.fault("chat.postEphemeral", "slow", seconds=0.5)
    await asyncio.gather(
        *(bot.slack.postman.event({**event, "event_id": each, "event": inner}) for each in ("Ev0ONE", "Ev0TWO"))
    )

    assert ["mars" in said(each) for each in ana.ephemerals("#incidents")] == [True]


async def test_refusal_of_a_process_that_died_is_left_to_a_later_delivery(bot) -> None:
    """Who claimed it has neither told nor acknowledged it: what comes meanwhile is not acknowledged, what comes later is."""
    ana = bot.slack.person("ana")
    async with Redis.from_url(bot.config.redis_url) as redis:
        root = await bot.slack.person("ben").say("#incidents", "cart is empty")
        ts = f"{root.ts[:-1]}9"
        key = keys.seen(f"message:{root.channel}:{ts}:{ana.id}")
        await redis.set(key, b"", ex=3600)
        event = {"type": "app_mention", "user": ana.id, "channel": root.channel, "ts": ts, "text": "why x on mars"}
        bot.slack.postman.retry_delays = ()
        first = await bot.slack.event(event, "#incidents")
        assert not first.acknowledged
        await redis.delete(key)
        again = await bot.slack.postman.event(first.payload)
        bot.slack.deliveries.remove(first)

    assert again.acknowledged
    assert ["mars" in said(each) for each in ana.ephemerals("#incidents")] == [True]


async def test_form_of_a_question_that_is_not_taken_stays_open(make_bot, tmp_path) -> None:
    """A form has no channel to be told in: why its question was not taken stands at its field, with what was typed."""
    bot = await make_bot(workers=0, REDIS_URL=f"unix://{tmp_path}/nobody")
    ana = bot.slack.person("ana")
    vague = await ana.say("#incidents", "something is odd today")
    await ana.shortcut(vague, "k8snet_diagnose_message")
    view = await bot.slack.until(lambda: next(iter(ana.views), None))
    delivery = await ana.submit(view, values={"text": "why cart-service in shop"})

    assert ["my store is unreachable" in each for each in delivery.response["errors"].values()] == [True]
    assert view.open


async def test_first_signs_wait_for_acknowledgements(bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two who ask at once both are acknowledged before anything is said to the first."""
    order: list[str] = []
    both = asyncio.Event()  # both have come to be accepted
    accept, tell = JobClient.accept, SlackClient.tell_alone

    async def accepted(jobs: JobClient, run: Run) -> Asked:
        if run.question.service == "catalog":
            both.set()
            await asyncio.sleep(0.1)
        await both.wait()
        asked = await accept(jobs, run)
        order.append("accepted")
        return asked

    async def told(slack: SlackClient, *words: str, **more: str) -> None:
        order.append("told")
        await tell(slack, *words, **more)

    monkeypatch.setattr(JobClient, "accept", accepted)
    monkeypatch.setattr(SlackClient, "tell_alone", told)
    monkeypatch.setattr("handlers.conversation._OTHERS_SECONDS", 30)  # it is about the order, on a loaded machine, too
    await bot.stop_processes()
    await bot.process()
    ana, ben = bot.slack.person("ana"), bot.slack.person("ben")
    await asyncio.gather(
        ana.slash("#incidents", "/k8snet why cart-service in shop"),
        ben.slash("#shop-dev", "/k8snet why catalog in shop"),
    )
    await bot.slack.until(lambda: ana.ephemerals("#incidents") and ben.ephemerals("#shop-dev"))

    assert order == ["accepted", "accepted", "told", "told"]
