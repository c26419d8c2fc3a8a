"""Delivery: exactly once, whatever Slack or the store does in between."""

import asyncio
from typing import Any

import pytest

from handlers.conversation import Conversations
from playground.fake_slack import Message
from tests.slack.said import said


async def first(bot, channel: str = "#incidents") -> Message:
    return await bot.slack.until(lambda: next(iter(bot.slack.messages(channel)), None))


async def test_retried_event_is_answered_once(bot) -> None:
    """Slack delivers again what it thinks was lost, also under another event id: one run, one message."""
    root = await bot.slack.person("ana").mention("#incidents", "why cart-service in shop")
    payload = bot.slack.deliveries[-1].payload
    await bot.slack.postman.event(payload)
    await bot.slack.postman.event({**payload, "event_id": "Ev0ANOTHER"})
    await bot.thread_of("#incidents", root, says="RTE-001")

    assert len(bot.runs) == 1
    assert len(bot.slack.thread("#incidents", root.ts)) == 1


async def test_command_that_was_heard_and_not_accepted_is_accepted_when_it_comes_again(
    bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who dies between hearing a command and the ledger's word has lost nothing; both deliveries are one run."""
    first_heard, may_go_on = asyncio.Event(), asyncio.Event()
    ask = Conversations.ask

    async def asked(*words: Any, **more: Any) -> None:
        if not first_heard.is_set():
            first_heard.set()
            await may_go_on.wait()
        await ask(*words, **more)

    monkeypatch.setattr(Conversations, "ask", asked)
    dying = asyncio.create_task(bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop"))
    await first_heard.wait()
    again = await bot.slack.postman.deliver("slash_commands", bot.slack.deliveries[-1].payload)
    await bot.slack.until(lambda: "RTE-001" in bot.slack.transcript("#incidents"))
    may_go_on.set()
    await dying

    assert again.acknowledged
    assert len(bot.runs) == 1
    assert len(bot.slack.messages("#incidents")) == 1


async def test_two_replicas_answer_once(bot) -> None:
    """With two Slack processes each payload reaches one of them, and each answer is delivered once."""
    await bot.process()
    await bot.slack.connected(2)
    for name in ("cart-service", "user-service", "catalog", "search"):
        await bot.slack.person("ana").slash("#shop-dev", f"/k8snet why {name} in shop")
    await bot.slack.until(lambda: bot.slack.transcript("#shop-dev").count("Show Evidence") == 4)

    roots = bot.slack.messages("#shop-dev")
    assert [len(bot.slack.thread("#shop-dev", root.ts)) for root in roots] == [1, 1, 1, 1]


async def test_refused_layout_steps_down_to_text(bot) -> None:
    """When Slack refuses the blocks the same words arrive as text, and say so."""
    bot.slack.fault("chat.postMessage", "error", skip=1, error="invalid_blocks")
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    root = await first(bot)
    verdict = await bot.thread_of("#incidents", root, says="Slack refused the layout")

    assert verdict.blocks == []
    assert "kubectl -n shop" in verdict.text


async def test_burst_keeps_to_the_rates(bot) -> None:
    """Eight questions at once in one channel: all are answered, and Slack never had to say "too fast"."""
    names = ("cart-service", "user-service", "catalog", "search", "web", "checkout")
    for name in names:
        await bot.slack.person("ana").slash("#shop-dev", f"/k8snet why {name} in shop")
    await bot.slack.until(lambda: bot.slack.transcript("#shop-dev").count("details in thread") == len(names), 30)

    assert not [call for call in bot.slack.calls if call.status == 429]


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", ["500", "reset", "reset-after", "broken-json"])
async def test_fault_of_slack_is_tried_again(bot, kind: str, skip: int) -> None:
    """A 500, or a cut connection, before or after it took effect, does not lose the line or the verdict nor double it."""
    bot.slack.fault("chat.postMessage", kind, skip=skip)
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")

    await bot.thread_of("#incidents", await first(bot), says="RTE-001")
    assert len(bot.slack.messages("#incidents")) == 1
    assert len(bot.slack.thread("#incidents", (await first(bot)).ts)) == 1


async def test_lost_answer_of_slack_without_a_scope_to_look(bot) -> None:
    """Where nobody can see whether a post arrived, a second answer is better than none."""
    bot.slack.workspace.scopes -= {"channels:history"}
    bot.slack.fault("chat.postMessage", "reset", skip=1)
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")

    await bot.thread_of("#incidents", await first(bot), says="RTE-001")


async def test_deleted_message_is_posted_anew(bot) -> None:
    """When somebody deletes the verdict and it is asked again, it is posted again, once."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    root = await first(bot)
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ana.click(verdict, "k8snet.rerun")
    bot.slack.remove(verdict)
    again = await bot.thread_of("#incidents", root, says="RTE-001")

    assert again.ts != verdict.ts
    assert len(bot.slack.thread("#incidents", root.ts)) == 1


async def test_answer_waits_for_a_slack_process(make_bot) -> None:
    """An answer made while no Slack process runs is delivered when one is back."""
    bot = await make_bot(workers=0)
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: ana.ephemerals("#incidents"))
    await bot.stop_processes()
    await bot.worker()
    await asyncio.sleep(1)
    await bot.process()

    await bot.thread_of("#incidents", await first(bot), says="RTE-001")


async def test_store_away_is_said_at_once(make_bot, tmp_path) -> None:
    """Without Redis the asker gets a sentence and the command for a terminal in time, and nothing hangs."""
    bot = await make_bot(workers=0, REDIS_URL=f"unix://{tmp_path}/nobody")
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    ephemeral = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None), 10)

    assert "k8snet why cart-service in shop" in said(ephemeral)
    assert bot.slack.messages("#incidents") == []


async def test_unexpected_error_is_told_with_the_run(make_bot) -> None:
    """What broke on the worker's side is a sentence in the thread, never silence."""
    bot = await make_bot(workers=0)
    bot.broken = True
    await bot.worker()
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    told = await bot.thread_of("#incidents", await first(bot), says="broke")

    assert "run" in said(told)
