"""What became of each question, read from what stands in Slack."""

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from playground.fake_slack import FakeSlack, Message
from tests.chaos.doors import Asked
from tests.chaos.stage import Act
from tests.slack.said import said

_AROUND = 10.0  # seconds before the first of what stands there
ANSWER = "DNS-010"  # what a Service that does not exist is answered with
WAITING = "k8snet is checking"
AWAY = "my store is unreachable"
BROKE = "Something broke on my side"
# Said before a question is read, so that they name no Service.
REFUSED = ("Slack does not tell me who you are", "My store, Redis,", AWAY, "This run is no longer stored")


class Tally(Struct):
    """Numbers of questions, and their names where they went wrong."""

    asked: int
    accepted: int
    doors: dict[str, int]
    once: int = 0
    told_away: int = 0
    refused: int = 0  # told that nothing was taken, in a sentence that names no Service
    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    both: tuple[str, ...] = ()  # told that the store is away, and answered
    broke: tuple[str, ...] = ()
    receipts_left: int = 0


def bots(slack: FakeSlack) -> list[Message]:
    """Return everything the bot has said that stands there now."""
    own = slack.workspace.bot.id
    kept = (*slack.workspace.messages.values(), *slack.workspace.ephemerals)
    return [each for each in kept if each.user == own and not each.deleted]


def verdicts(slack: FakeSlack) -> list[Message]:
    """Return the answers in threads, which have a button to ask again."""
    standing = (each for each in bots(slack) if each.thread_ts and not each.ephemeral)
    return [each for each in standing if ANSWER in said(each) and "k8snet.rerun" in str(each.blocks)]


def tally(slack: FakeSlack, questions: list[Asked]) -> Tally:
    """Count. An answer is a message to the asker alone or in a thread; the line above a thread is not another one."""
    words = [(each, said(each)) for each in bots(slack)]
    accepted = [each for each in questions if each.accepted]
    counted = Tally(len(questions), len(accepted), dict(Counter(each.door for each in accepted)))
    nameless = Counter((m.seen_by, m.channel) for m, text in words if m.ephemeral and is_refusal(text))
    for asked in accepted:
        own = [(one, text) for one, text in words if _about(asked) in text and one.seen_by in ("", asked.person.id)]
        answers = _answers(asked, own)
        away = any(AWAY in text for _, text in own)
        refused = not (answers or away) and _was_refused(asked, _place(slack, asked), nameless)
        counted.once += answers == 1
        counted.told_away += away and not answers
        counted.refused += refused
        counted.lost += () if answers or away or refused else (f"{asked.name} {asked.door}",)
        counted.twice += (f"{asked.name} {asked.door}",) if answers > 1 else ()
        counted.both += (f"{asked.name} {asked.door}",) if answers and away else ()
    counted.broke = tuple(text[:200] for _, text in words if BROKE in text)
    counted.receipts_left = sum(message.text.startswith(WAITING) and not message.ephemeral for message, _ in words)
    return counted


def is_refusal(text: str) -> bool:
    """Return whether a sentence tells that a question was not taken, without naming it."""
    return any(each in text for each in REFUSED) and not re.search(r"q\d{4}", text)


def _about(asked: Asked) -> str:
    """Return the name that is asked about: of a click, its message's."""
    found = re.search(r"q\d{4}", said(asked.verdict)) if asked.verdict else None
    return found[0] if found else asked.name


def _place(slack: FakeSlack, asked: Asked) -> str:
    """Return the channel in which it was asked: of a click, its message's."""
    return asked.verdict.channel if asked.verdict else slack.channel(asked.channel).id


def _was_refused(asked: Asked, channel: str, nameless: Counter[tuple[str, str]]) -> bool:
    """Return whether a refusal is this question's own: in its form, or one to its asker there that no other has taken."""
    if is_refusal(str(asked.delivery and asked.delivery.response)):
        return True
    own = (asked.person.id, channel)
    found = nameless[own] > 0
    nameless[own] -= found
    return found


def traces(slack: FakeSlack, questions: list[Asked], acts: Sequence[Act]) -> list[str]:
    """Return, for each question that was lost or answered twice, what stands in Slack of it, and what was done meanwhile."""
    found = tally(slack, questions)
    odd = {*found.lost, *found.twice}
    own = [each for each in questions if f"{each.name} {each.door}" in odd]
    return [
        f"{each.name} {each.door} in {each.channel}: {'; '.join(_trace(slack, each, acts)) or 'nothing'}"
        for each in own
    ]


def _trace(slack: FakeSlack, asked: Asked, acts: Sequence[Act]) -> list[str]:
    standing = [each for each in bots(slack) if asked.name in said(each)]
    told = [f"{each.ts}{' alone' * each.ephemeral}: {said(each)[:160]!r}" for each in standing]
    times = [float(each.ts) for each in standing]
    around = [each for each in acts if times and min(times) - _AROUND < each.at < max(times)]
    told += [f"{each.at:.3f} {each.what}" for each in around]
    again = asked.verdict
    if again is None:
        return told
    kept = "kept" if not again.deleted else "deleted"
    versions = f"{asked.versions} of {len(again.versions)} versions"
    return [*told, f"clicked {again.ts}, {kept}, {versions}: {said(again)[:160]!r}"]


def _answers(asked: Asked, own: list[tuple[Message, str]]) -> int:
    if asked.verdict is None:
        return sum(ANSWER in text and bool(message.thread_ts or message.ephemeral) for message, text in own)
    # The answer to a click replaces the old one in its place, so it cannot stand there twice.
    again = len(asked.verdict.versions) > asked.versions
    return int(again and ANSWER in said(asked.verdict))
