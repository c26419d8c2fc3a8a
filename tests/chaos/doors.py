"""Questions by all doors: command, to the asker alone, mention, menu, modal, click. Each names a Service of its own."""

from msgspec import Struct

from playground.fake_slack import FakeSlack, Message
from playground.fake_slack.delivery import Delivery
from playground.fake_slack.state import Workspace
from playground.fake_slack.user_client import Person

DOORS = ("command", "alone", "mention", "menu", "modal", "click")
PEOPLE, CHANNELS = 60, 20
_FORM_SECONDS = 8.0


class Asked(Struct, eq=False):
    """One question: where it was asked, and whether Slack was told that it was taken."""

    name: str
    door: str
    person: Person
    channel: str
    delivery: Delivery | None = None
    verdict: Message | None = None  # of a click: the answer that it asks anew
    versions: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the bot acknowledged it."""
        return self.delivery is not None and self.delivery.acknowledged


def crowd() -> Workspace:
    """Return a workspace of sixty people and twenty channels, four of them without the bot."""
    workspace = Workspace()
    people = [f"p{number}" for number in range(PEOPLE)]
    for name in people:
        workspace.add_user(name)
    for number in range(CHANNELS):
        workspace.add_channel(f"c{number}", people, bot=number % 5 != 0)
    return workspace


def question(slack: FakeSlack, number: int) -> Asked:
    """Return the next question: doors in turn, people and channels too."""
    door = DOORS[number % len(DOORS)]
    without = door == "alone"
    channel = (
        number // len(DOORS) % (CHANNELS // 5) * 5 if without else [c for c in range(CHANNELS) if c % 5][number % 16]
    )
    return Asked(f"q{number:04d}", door, slack.person(f"p{number % PEOPLE}"), f"#c{channel}")


async def ask(slack: FakeSlack, asked: Asked, answered: list[Message]) -> None:
    """Ask by its door; a form that did not open, or an answer that nobody has to click, is no question."""
    words = f"why {asked.name} in shop symptom nxdomain"  # without a complaint an unknown name is asked back
    match asked.door:
        case "command" | "alone":
            asked.delivery = await asked.person.slash(asked.channel, f"/k8snet {words}")
        case "mention":
            await asked.person.mention(asked.channel, words)
            asked.delivery = slack.deliveries[-1] if _is_of(slack.deliveries[-1], asked) else _found(slack, asked)
        case "menu":
            error = f"dial tcp: lookup {asked.name}.shop on 10.96.0.10:53: no such host"
            pasted = await asked.person.say(asked.channel, error)
            asked.delivery = await asked.person.shortcut(pasted, "k8snet_diagnose_message")
        case "modal":
            await _by_form(slack, asked, words)
        case "click":
            await _by_click(slack, asked, answered)


async def _by_form(slack: FakeSlack, asked: Asked, words: str) -> None:
    before = set(map(id, asked.person.views))
    vague = await asked.person.say(asked.channel, "something is odd today")
    await asked.person.shortcut(vague, "k8snet_diagnose_message")
    try:
        view = await slack.until(
            lambda: next((v for v in asked.person.views if id(v) not in before), None), _FORM_SECONDS
        )
    except TimeoutError:
        return
    assert view is not None
    asked.delivery = await asked.person.submit(view, values={"text": words})


async def _by_click(slack: FakeSlack, asked: Asked, answered: list[Message]) -> None:
    if not answered:
        return
    asked.verdict = answered.pop(0)
    asked.versions = len(asked.verdict.versions)
    asked.delivery = await asked.person.click(asked.verdict, "k8snet.rerun")


def _is_of(delivery: Delivery, asked: Asked) -> bool:
    return asked.name in str(delivery.payload)


def _found(slack: FakeSlack, asked: Asked) -> Delivery | None:
    return next((each for each in reversed(slack.deliveries) if _is_of(each, asked)), None)
