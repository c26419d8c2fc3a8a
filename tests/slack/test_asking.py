"""Asking in Slack: slash command, mention, shortcut, buttons; one message a question, edited in place."""

import pytest

from playground.fake_slack import DESKTOP, PHONE
from tests.slack.said import said


async def test_slash_command_becomes_a_threaded_verdict(bot) -> None:
    """One line in the channel, one message in its thread, both posted once the verdict is known; nobody is paged."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await bot.slack.until(lambda: "details in thread" in bot.slack.transcript("#incidents"))

    shown = bot.slack.transcript("#incidents")
    assert "selector matches no pod" in shown
    assert "kubectl -n shop" in shown
    assert len(bot.slack.messages("#incidents")) == 1
    assert len(bot.slack.thread("#incidents", root.ts)) == 1
    assert "cart-service: routing fail" in bot.slack.notification(verdict)
    assert not verdict.notified
    assert max(bot.slack.ack_seconds("slash_commands")) < 3


async def test_mention_in_a_thread_is_answered_there(bot) -> None:
    """In an incident thread the answer is one reply in that thread; the channel gets nothing new."""
    root = await bot.slack.person("ben").say("#incidents", "checkout is failing since 04:41")
    await bot.slack.person("ana").mention("#incidents", "why cart-service in shop", thread_ts=root.ts)
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")

    assert verdict.thread_ts == root.ts
    assert bot.slack.messages("#incidents") == [root]


async def test_natural_words_are_understood_and_shown_as_read(bot) -> None:
    """A sentence is read by its pattern, and the answer begins with how it was read."""
    root = await bot.slack.person("ana").mention(
        "#incidents", "why is checkout timing out calling cart-service in shop since the reshuffle?"
    )
    verdict = await bot.thread_of("#incidents", root, says="Read as")

    read = "`why cart-service from checkout in shop symptom timeout` · I did not use: `reshuffle`"
    assert f"Read as: {read}" in str(verdict.blocks)


async def test_message_shortcut_reads_the_message(bot) -> None:
    """The error that somebody pasted is the question; the answer stands in its thread."""
    pasted = await bot.slack.person("ben").say(
        "#incidents", "dial tcp: lookup cart-servce.shop on 10.96.0.10:53: no such host"
    )
    await bot.slack.person("ana").shortcut(pasted, "k8snet_diagnose_message")
    verdict = await bot.thread_of("#incidents", pasted, says="DNS-010")

    assert "cart-service" in said(verdict)


async def test_shortcut_without_a_name_asks_for_it(bot) -> None:
    """Where the message names no Service, a form opens; what is typed there is answered in the message's thread."""
    ana = bot.slack.person("ana")
    vague = await bot.slack.person("ben").say("#incidents", "something is odd today")
    await ana.shortcut(vague, "k8snet_diagnose_message")
    await bot.slack.until(lambda: ana.views)
    refused = await ana.submit(values={"text": "deploy the thing"})
    assert refused.response["response_action"] == "errors"
    await ana.submit(values={"text": "why cart-service in shop"})

    await bot.thread_of("#incidents", vague, says="RTE-001")


async def test_rerun_edits_in_place(bot) -> None:
    """Asked again by its button, the same two messages are edited; no third appears."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ana.click(verdict, "k8snet.rerun")
    await bot.slack.until(lambda: len(bot.runs) == 2)
    again = await bot.thread_of("#incidents", root, says="RTE-001")

    assert again.ts == verdict.ts
    assert len(bot.slack.messages("#incidents")) == len(bot.slack.thread("#incidents", root.ts)) == 1


async def test_evidence_is_for_the_one_who_clicked(bot) -> None:
    """Show Evidence opens a modal with every finding, on the clicker's screen only."""
    ana, ben = bot.slack.person("ana"), bot.slack.person("ben")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ben.click(verdict, "k8snet.evidence")
    view = await bot.slack.until(lambda: ben.views and ben.view)

    shown = bot.slack.screen(view)
    assert 'spec.selector = {"app": "cart-servce"}' in shown
    assert "│ not tested: there is no endpoint to call" in shown
    assert "caller       off-path no caller named" in shown
    assert ana.views == []


async def test_same_question_within_a_minute_is_not_asked_twice(bot) -> None:
    """The second asker is led to the answer that stands there, with its age; the channel gets no second line."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    ben = bot.slack.person("ben")
    await ben.slash("#incidents", "/k8snet why cart-service in shop")
    ephemeral = await bot.slack.until(lambda: next(iter(ben.ephemerals("#incidents")), None))

    assert "Nothing was tested just now" in said(ephemeral)
    assert verdict.permalink in str(ephemeral.blocks)
    assert len(bot.runs) == 1
    assert len(bot.slack.messages("#incidents")) == 1


async def test_where_the_bot_is_not_the_asker_alone_is_answered(bot) -> None:
    """In a channel without the bot the answer is ephemeral, with a word on inviting it."""
    ana = bot.slack.person("ana")
    await ana.slash("#random", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: any("RTE-001" in said(each) for each in ana.ephemerals("#random")))

    assert bot.slack.messages("#random") == []
    assert any("Invite me" in said(each) for each in ana.ephemerals("#random"))


@pytest.mark.parametrize("effects", [DESKTOP, PHONE])
async def test_what_clients_do_to_a_text_is_undone(bot, effects) -> None:
    """Links made of names, curly quotes and long dashes are read as they were meant."""
    ana = bot.slack.person("ana")
    ana.effects = effects
    await ana.slash("#incidents", '/k8snet why "cart-service.shop" --port 8080')
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))

    await bot.thread_of("#incidents", root, says="cart-service")
    assert len(bot.runs) == 1


async def test_thanks_gets_nothing(bot) -> None:
    """Chatter that names the bot is left alone."""
    await bot.slack.person("ana").mention("#incidents", "thanks!")
    root = await bot.slack.person("ana").mention("#incidents", "why cart-service in shop")
    await bot.thread_of("#incidents", root, says="RTE-001")

    assert len(bot.slack.called("chat.postMessage")) == 1


async def test_table_of_a_namespace(bot) -> None:
    """`check shop/*` gives one line a Service, the worst first."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet check shop/*")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    table = await bot.thread_of("#incidents", root, says="cart-service")
    told = said(table)

    assert told.index("cart-service") < told.index("user-service")


async def test_what_is_broken_in_a_namespace(bot) -> None:
    """`why in shop` names no Service: each root cause once, and a button that asks about what it takes down."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    triage = await bot.thread_of("#incidents", root, says="Takes down")

    assert "1 cause behind 1 Service" in said(root)
    assert "shop/cart-service · fail" in said(triage)
    await ana.click(triage, "Why cart-service")
    await bot.slack.until(lambda: "RTE-001" in bot.slack.transcript("#incidents"))


async def test_help_is_for_the_asker(bot) -> None:
    """Help is ephemeral, and says how to ask in threads."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet help")
    ephemeral = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))

    assert "@k8snet" in said(ephemeral)
    assert bot.slack.messages("#incidents") == []
