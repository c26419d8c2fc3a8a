"""Names of the index settle what a sentence leaves open: through Slack, the store and a worker; hidden ones never do."""

import json
from datetime import UTC, datetime, timedelta

from bot.model.names import STALE
from tests.slack.names import know_names
from tests.slack.said import said

OPEN = "timeouts to ledger.pay on images"  # a cluster called images, or who calls


async def refusal(bot, person: str, words: str, *, says: str) -> str:
    """Mention the bot and return what its author alone is told."""
    who = bot.slack.person(person)
    before = len(who.ephemerals("#incidents"))
    await who.mention("#incidents", words)
    told = await bot.slack.until(lambda: who.ephemerals("#incidents")[before:])
    assert says in said(told[0])
    return " ".join(said(told[0]).split())


async def test_names_of_the_index_settle_a_sentence(bot) -> None:
    """Without names `on images` is a cluster that is not served; with them it is the workload that calls, and that is shown."""
    await refusal(bot, "ana", OPEN, says="images")
    assert bot.runs == []
    await know_names(bot)

    root = await bot.slack.person("ana").mention("#incidents", OPEN)

    answer = said(await bot.thread_of("#incidents", root, says="ledger"))
    assert "why ledger.pay from shop/images symptom timeout" in answer
    assert len(bot.runs) == 1


async def test_old_names_settle_nothing(bot) -> None:
    """Names of an hour ago may lack what there is by now."""
    await know_names(bot, datetime.now(UTC) - STALE - timedelta(minutes=1))

    await refusal(bot, "ana", OPEN, says="images")


async def test_hidden_names_settle_nothing(make_bot, tmp_path) -> None:
    """Who may not ask about `shop` gets the same words for a workload in it as for one that does not exist."""
    rules = tmp_path / "rules.json"
    rules.write_text(
        json.dumps(
            [{"name": "pay", "who": ["user:U0ANA"], "namespaces": ["pay"]}, {"name": "all", "who": ["user:U0BEN"]}]
        )
    )
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await know_names(bot)

    hidden = await refusal(bot, "ana", OPEN, says="images")
    missing = await refusal(bot, "ana", OPEN.replace("images", "nosuch"), says="nosuch")

    assert hidden.replace("images", "nosuch") == missing
    root = await bot.slack.person("ben").mention("#incidents", OPEN)
    await bot.thread_of("#incidents", root, says="from shop/images")
