"""What a person does on the page, done by the fake's own hands (playground.fake_slack.user_client)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct, field

from playground.fake_slack import FakeSlack, Message, NotPossibleError, Person, View
from playground.page.screen import DIRECT, HOME

COMMAND = "/k8snet"


class Act(Struct, frozen=True, forbid_unknown_fields=True):
    """One act. `ts` or `view` is what was touched, `action` the element in it, `wanted` the options that were chosen."""

    kind: str
    person: str
    place: str = ""
    thread: str = ""
    text: str = ""
    channel: str = ""
    ts: str = ""
    view: str = ""
    action: str = ""
    wanted: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


async def act(slack: FakeSlack, done: Act) -> Any:
    """Do it; return what the page has to know besides the new screen. Raises NotPossibleError with a sentence."""
    try:
        person = slack.person(done.person)
        run = _ACTS[done.kind]
    except KeyError as error:
        raise NotPossibleError(f"There is no {error.args[0]}.") from error
    return await run(slack, person, done)


async def _write(slack: FakeSlack, person: Person, done: Act) -> None:
    """Send what was typed: a slash command, a mention or a plain message."""
    place = slack.workspace.direct(person.id).id if done.place == DIRECT else done.place
    text = done.text.strip()
    name = text.split(maxsplit=1)[0] if text else ""
    if name.startswith("/") and name.lower() != COMMAND:
        raise NotPossibleError(f"{name} is not a command here. {COMMAND} is.")
    if name.startswith("/"):
        await person.slash(place, COMMAND + text[len(name) :], thread_ts=done.thread)
    elif f"@{slack.workspace.bot.name}" in text:
        await person.mention(place, text, thread_ts=done.thread)
    elif text:
        await person.say(place, text, thread_ts=done.thread)


async def _click(slack: FakeSlack, person: Person, done: Act) -> None:
    await person.click(_touched(slack, person, done), done.action)


async def _select(slack: FakeSlack, person: Person, done: Act) -> None:
    await person.select(_touched(slack, person, done), done.action, *done.wanted)


async def _options(slack: FakeSlack, person: Person, done: Act) -> Any:
    return await person.groups(_touched(slack, person, done), done.action, done.text)


async def _submit(slack: FakeSlack, person: Person, done: Act) -> None:
    delivery = await person.submit(_view(slack, person, done.view), done.values)
    if not delivery.acknowledged:
        raise NotPossibleError("We had some trouble connecting. Try again?")


async def _close(slack: FakeSlack, person: Person, done: Act) -> None:
    await person.close(_view(slack, person, done.view))


async def _shortcut(slack: FakeSlack, person: Person, done: Act) -> None:
    touched = _touched(slack, person, done)
    assert isinstance(touched, Message)
    await person.shortcut(touched, done.action)


async def _home(_slack: FakeSlack, person: Person, _done: Act) -> None:
    await person.open_home(HOME)


async def _invite(_slack: FakeSlack, person: Person, done: Act) -> None:
    await person.invite_bot(done.place)


def _touched(slack: FakeSlack, person: Person, done: Act) -> Message | View:
    if done.view:
        return _view(slack, person, done.view)
    own = (each for each in slack.workspace.ephemerals if (each.channel, each.ts) == (done.channel, done.ts))
    found = slack.workspace.messages.get((done.channel, done.ts)) or next(own, None)
    if found is None:
        raise NotPossibleError("This message is not there any more.")
    return found


def _view(slack: FakeSlack, person: Person, name: str) -> View:
    found = person.home if name == HOME else slack.workspace.views.get(name)
    if found is None:
        raise NotPossibleError("This is not on the screen any more.")
    return found


_ACTS: Mapping[str, Callable[[FakeSlack, Person, Act], Awaitable[Any]]] = {
    "write": _write,
    "click": _click,
    "select": _select,
    "options": _options,
    "submit": _submit,
    "close": _close,
    "shortcut": _shortcut,
    "home": _home,
    "invite": _invite,
}
