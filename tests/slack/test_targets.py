"""What the surface promises, a test each: one message, at once, readable in the notification, pasteable, legal, helpful,
by words and by buttons, and the same without colour, pictures and eyes.
"""

import shlex
from itertools import pairwise

import pytest

from playground.fake_slack import Message
from tests.slack.said import said

BROKEN = ("cart-service", "catalog", "search", "user-service", "web", "checkout")
# kubectl's verbs that only read; `exec` runs what only reads (cat, nslookup), `debug` none of ours prints.
READS = {
    "get",
    "describe",
    "logs",
    "auth",
    "top",
    "explain",
    "api-resources",
    "exec",
    "cluster-info",
    "config",
    "events",
}


async def verdict_of(bot, name: str, channel: str = "#incidents") -> tuple[Message, Message]:
    """Ask by slash command; return the line in the channel and the verdict in its thread."""
    known = {each.ts for each in bot.slack.messages(channel)}
    await bot.slack.person("ana").slash(channel, f"/k8snet why {name} in shop symptom timeout")
    root = await bot.slack.until(
        lambda: next((each for each in bot.slack.messages(channel) if each.ts not in known), None)
    )
    return root, await bot.thread_of(channel, root, says="Show Evidence")


async def test_one_message_a_question_and_nobody_is_paged(bot) -> None:
    """The channel gets one message a question; nobody is notified who did not ask, and nothing is broadcast."""
    told = [await verdict_of(bot, name) for name in BROKEN[:3]]

    assert len(bot.slack.messages("#incidents")) == 3
    assert [each.notified for pair in told for each in pair] == [set()] * 6
    assert "reply_broadcast" not in str([call.arguments for call in bot.slack.called("chat.postMessage")])


async def test_a_sign_at_once_and_the_verdict_soon(bot) -> None:
    """Slack hears in time, the verdict comes within eight seconds, and the same asked again is not measured again."""
    ana, clock = bot.slack.person("ana"), bot.slack.clock
    asked = clock.now()
    _, verdict = await verdict_of(bot, "cart-service")
    sign = ana.ephemerals("#incidents")[0]

    assert max(bot.slack.ack_seconds("slash_commands")) < 3
    assert float(sign.ts) < float(verdict.ts) < asked + 8
    await ana.slash("#incidents", "/k8snet why cart-service in shop symptom timeout")
    await bot.slack.until(lambda: "Nothing was tested" in said(ana.ephemerals("#incidents")[-1]))
    assert len(bot.runs) == 1


@pytest.mark.parametrize("name", BROKEN)
async def test_the_notification_is_enough(bot, name: str) -> None:
    """A lock screen shows the Service, the verdict and the beginning of the cause, in 150 characters at most."""
    for each in await verdict_of(bot, name):
        told = bot.slack.notification(each)
        assert told.startswith(f"k8snet: {name}: ")
        assert len(told) <= len("k8snet: ") + 150
        assert any(word in told for word in ("fail", "warn", "unknown", "all three checks pass", "no fault found"))


@pytest.mark.parametrize("name", BROKEN)
async def test_commands_can_be_pasted_and_only_read(bot, name: str) -> None:
    """What is offered to look at reads; what changes the cluster stands apart, and says that it does."""
    _, verdict = await verdict_of(bot, name)
    section = ""
    for block in verdict.blocks:
        if block["type"] != "rich_text":
            continue
        text = "".join(each.get("text", "") for part in block["elements"] for each in part["elements"])
        if block["elements"][0]["type"] != "rich_text_preformatted":
            section = text
            continue
        words = shlex.split(text)
        assert words[0] in ("kubectl", "printf")
        if not section.startswith("Fix (this changes the cluster)"):
            options = words[3:] if words[1] == "-n" else words[1:]
            assert options[0] in READS


async def test_hostile_words_are_words(bot, sample) -> None:
    """What a cluster's names and notes hold is never parsed: see test_hostile.py for ten thousand of them."""
    _, verdict = await verdict_of(bot, "cart-service")

    assert all("<!" not in str(block) for block in verdict.blocks)
    assert bot.slack.lint_errors == []


@pytest.mark.parametrize(
    ("typed", "helps"),
    [
        ("why cart-servce in shop", "cart-service"),
        ("why zzzzzzz in shop", "check zzzzzzz/*"),
        ("why shop", "Check shop/*"),
        ("why cart-service on mars", "sample"),
        ("why", "why user-service in shop"),
        ("deploy the thing", "why user-service in shop"),
        ("path checkout", "path shop/checkout to user-service"),
        ("why cart-service port eighty-and-many-more", "80"),
        ("chekc cart-service", "check"),
    ],
)
async def test_a_refusal_says_what_to_do(bot, typed: str, helps: str) -> None:
    """Every refusal offers what may have been meant, or an example of what can be asked."""
    ana = bot.slack.person("ana")
    delivery = await ana.slash("#incidents", f"/k8snet {typed}")

    def told() -> str:
        shown = [said(each) for each in ana.ephemerals("#incidents") if "is checking" not in each.text]
        return " ".join([*shown, str(delivery.response)])

    await bot.slack.until(lambda: helps in told())
    assert bot.slack.messages("#incidents") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("why cart-service in shop", "RTE-001"),
        ("check cart-service in shop", "Show Why"),
        ("check shop/*", "cart-service"),
        ("dns cart-service in shop", "cart-service"),
        ("path shop/checkout to cart-service in shop", "path"),
        ("digest for shop", "cart-service"),
        ("help", "why user-service"),
    ],
)
async def test_all_by_words_also_in_threads(bot, words: str, says: str) -> None:
    """Each command works in a channel and, as a mention, inside of a thread."""
    ana = bot.slack.person("ana")
    root = await bot.slack.person("ben").say("#shop-dev", "cart is empty")
    await ana.mention("#shop-dev", words, thread_ts=root.ts)
    await bot.thread_of("#shop-dev", root, says=says)
    await ana.slash("#incidents", f"/k8snet {words} {'' if words == 'help' else 'fresh'}")

    def told() -> str:
        roots = bot.slack.messages("#incidents")
        shown = [*roots, *(each for one in roots for each in bot.slack.thread("#incidents", one.ts))]
        return " ".join(map(said, [*shown, *ana.ephemerals("#incidents")]))

    await bot.slack.until(lambda: says in told())


async def test_all_by_buttons(bot) -> None:
    """From a message's menu to the verdict, its evidence, the form to change it and once more: nothing is typed."""
    ana = bot.slack.person("ana")
    pasted = await bot.slack.person("ben").say("#incidents", "dial tcp: lookup cart-service.shop: no such host")
    await ana.shortcut(pasted, "k8snet_diagnose_message")
    verdict = await bot.thread_of("#incidents", pasted, says="Show Evidence")
    for action, shows in (("k8snet.evidence", "Routing"), ("k8snet.change", "Question")):
        await ana.click(verdict, action)
        await bot.slack.until(lambda shows=shows: ana.views and shows in bot.slack.screen(ana.view))
    await ana.click(verdict, "k8snet.rerun")
    await bot.slack.until(lambda: len(bot.runs) == 2)


@pytest.mark.parametrize("name", BROKEN)
async def test_the_same_without_colour_pictures_and_eyes(bot, name: str) -> None:
    """Read aloud, the verdict has its words; there is no colour bar and no picture, and every glyph has its word."""
    _, verdict = await verdict_of(bot, name)
    aloud = bot.slack.spoken(verdict)

    assert name in aloud
    assert all(layer in said(verdict) for layer in ("DNS", "Routing", "Application"))
    assert verdict.attachments == []
    assert "image" not in {block["type"] for block in verdict.blocks}
    for block in verdict.blocks:
        for part in block.get("elements", ()):
            pieces = part.get("elements", ()) if isinstance(part, dict) else ()
            for before, each in pairwise(pieces):
                assert each["type"] != "emoji" or before["text"].strip(" ·") in (
                    "pass",
                    "fail",
                    "warn",
                    "unknown",
                    "not tested",
                )
