"""What a watch makes of looks: changes are told once, blinks never, flapping once; nothing is taken for a repair."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.jobs.watch import CONFIRM, Event, Sight, Told, Watch, down_for, look
from bot.model.question.question import Question
from bot.model.result.status import Status

START = datetime(2026, 11, 23, 4, 41, tzinfo=UTC)
WATCH = Watch("w", "C1", Question(service="user-service", namespace="shop"), START, START + timedelta(hours=1))
LETTERS = {"o": Status.OK, "w": Status.WARN, "f": Status.FAIL, "?": Status.UNKNOWN}


def told(outcomes: str, watch: Watch = WATCH) -> tuple[Watch, list[Event]]:
    """Look once for each letter, at the pauses that the watch asks for."""
    events, at = [], watch.created_at
    for number, letter in enumerate(outcomes):
        watch, event = look(watch, Sight(f"r{number}", at, LETTERS[letter], letter))
        at += watch.pause
        events += [event] if event else []
    return watch, events


def words(outcomes: str) -> list[str]:
    return [f"{each.told} {each.outcome}" for each in told(outcomes)[1]]


def test_nothing_is_told_while_nothing_changes() -> None:
    assert words("ffff") == words("oooo") == words("w") == []


def test_change_is_told_once_with_how_long_it_lasted() -> None:
    """Down at the fourth minute, seen again ten seconds later, well three minutes after that."""
    watch, events = told("oooffffooo")

    assert [(each.told, each.outcome, each.before) for each in events] == [
        (Told.CHANGED, Status.FAIL, Status.OK),
        (Told.CHANGED, Status.OK, Status.FAIL),
    ]
    down = CONFIRM + 3 * timedelta(minutes=1)
    assert events[0].at_least  # nobody knows for how long it had been well
    assert (events[1].lasted, events[1].at_least) == (down, False)
    assert down_for(watch.standing, START + timedelta(hours=1)) == down


def test_blink_tells_nothing() -> None:
    """One look that saw another outcome is looked at again at once, and told only if it is so."""
    assert words("oofooofo") == []
    first, _ = look(WATCH, Sight("a", START, Status.OK))
    blinked, _ = look(first, Sight("b", START, Status.FAIL))
    assert (first.pause, blinked.pause) == (WATCH.every, CONFIRM)


def test_two_other_outcomes_in_turn_confirm_none() -> None:
    assert words("oofwfw") == []


def test_flapping_is_told_once_and_its_end_too() -> None:
    """The third change within ten minutes is flapping; nothing is told until five quiet minutes have passed."""
    assert words("ooffooffooffoo" + "oooo") == [
        "changed fail",
        "changed ok",
        "flapping fail",
    ]
    assert words("ooffooff" + "f" * 8)[-1:] == ["settled fail"]


def test_slow_changes_are_no_flapping() -> None:
    """Three changes in half an hour are three incidents."""
    assert words("oo" + "f" * 12 + "o" * 12 + "f" * 12) == ["changed fail", "changed ok", "changed fail"]


def test_not_being_able_to_look_is_no_repair() -> None:
    """It is told once after two looks, and the outcome stands; when it can be judged again, that is told, too."""
    assert words("ff?f") == []
    assert words("ff????") == ["blind unknown"]
    assert words("ff???ff") == ["blind unknown", "sees fail"]
    assert words("ff???oo") == ["blind unknown", "changed ok"]
    assert words("ff?o?o") == []


def test_what_could_not_be_judged_at_first_is_told_when_it_can() -> None:
    assert words("?f") == ["sees fail"]
    assert words("??o") == ["blind unknown", "sees ok"]


def test_same_looks_tell_the_same() -> None:
    """Every time is a look's own, so a look that is told again after a crash tells the same."""
    assert told("ooffoo??ff") == told("ooffoo??ff")


def test_same_call_in_the_same_thread() -> None:
    """A namespace that was not said, and a thread that the watch opened itself, are no other watch."""
    known = replace(WATCH, thread_ts="1.0", message_ts="1.0")
    loose = replace(WATCH, question=replace(WATCH.question, namespace=""))

    assert known.is_same_call(WATCH)
    assert known.is_same_call(loose)
    assert not replace(known, message_ts="2.0").is_same_call(WATCH)
    assert not known.is_same_call(replace(WATCH, question=replace(WATCH.question, port=80)))
    assert not known.is_same_call(replace(WATCH, channel="C2"))
