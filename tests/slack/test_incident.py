"""An incident from its first word to its last, as the people in the channel read it: tests/slack/incident.txt is the page.

K8SNET_WRITE_TRANSCRIPT=1 writes it anew; whoever does reads the difference.
"""

import os
import re
from pathlib import Path

from tests.slack.said import said

PAGE = Path(__file__).with_name("incident.txt")
_CHANGES = (
    (re.compile(r"^(\s*)\d\d:\d\d ", re.MULTILINE), r"\1hh:mm "),
    (re.compile(r"checked \w+ \d+ at \d\d:\d\d"), "checked DAY at hh:mm"),
    (re.compile(r"run `\w+`"), "run `RUN`"),
    (re.compile(r"\d+\.\d s, "), "N s, "),
    (re.compile(r"Answer from \d+ seconds? ago"), "Answer from N seconds ago"),
)


def settled(transcript: str) -> str:
    """Return a transcript without what differs each time: the time of day, run ids, seconds."""
    for pattern, instead in _CHANGES:
        transcript = pattern.sub(instead, transcript)
    return transcript


async def test_incident(bot) -> None:
    """A complaint, a question in its thread, the same one by somebody else, a typo, a table, and what is well."""
    slack, ana, ben = bot.slack, bot.slack.person("ana"), bot.slack.person("ben")
    root = await ben.say("#incidents", "cart is empty for everybody since 04:41")
    await ana.mention(
        "#incidents", "why is default/checkout timing out calling cart-service in shop?", thread_ts=root.ts
    )
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ben.mention("#incidents", "why is it still failing?", thread_ts=root.ts)
    await slack.until(lambda: any("Open Answer" in str(each.blocks) for each in ben.ephemerals("#incidents")))
    await ana.mention("#incidents", "thanks!", thread_ts=root.ts)
    await ben.slash("#incidents", "/k8snet why cart-servce in shop")
    await slack.until(lambda: any("no Service cart-servce" in said(each) for each in ben.ephemerals("#incidents")))
    await ben.slash("#incidents", "/k8snet check shop/*")
    await slack.until(lambda: len(slack.messages("#incidents")) == 2)
    await bot.thread_of("#incidents", slack.messages("#incidents")[1], says="cart-service")
    await ana.slash("#incidents", "/k8snet check user-service in shop")
    await slack.until(lambda: len(slack.messages("#incidents")) == 3)
    await ana.mention("#incidents", "why is user-service in shop timing out?", thread_ts=root.ts)
    await slack.until(lambda: "Nothing that explains" in said(slack.thread("#incidents", root.ts)[-1]))

    told = "\n".join(f"As {name} reads it:\n\n{slack.transcript('#incidents', reader=name)}" for name in ("ana", "ben"))
    page = settled(told)
    if os.environ.get("K8SNET_WRITE_TRANSCRIPT"):
        PAGE.write_text(page, encoding="utf-8")
    assert verdict.notified == set()
    assert page == PAGE.read_text(encoding="utf-8")
