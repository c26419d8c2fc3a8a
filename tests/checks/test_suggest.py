"""Near names: what is a slip, what is meant by another spelling, and what is a different thing on purpose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.question.suggest import is_slip, slips, suggest
from bot.model.refs import is_label

LABELS = st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("user-servce", "user-service"),
        ("user-serivce", "user-service"),
        ("User-Service", "user-service"),
        ("user-svc", "user-service"),
        ("users-service", "user-service"),
        ("chekout", "checkout"),
    ],
)
def test_slips(word: str, meant: str) -> None:
    """A letter or two off, another case, another spelling of the same words."""
    assert is_slip(word, meant)
    assert is_slip(meant, word)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("user-service", "user-service"),
        ("api", "app"),
        ("v1", "v2"),
        ("shard-1", "shard-2"),
        ("redis-01", "redis-12"),
        ("user-service", "user-service-db"),
        ("user", "order"),
        ("", "x"),
    ],
)
def test_different_on_purpose(word: str, other: str) -> None:
    """Equal names are no slip, nor are numbers, short words, and longer names of other things."""
    assert not is_slip(word, other)
    assert not is_slip(other, word)


@given(st.data(), st.lists(LABELS, max_size=20))
def test_slips_among_many(data: st.DataObject, names: list[str]) -> None:
    """Of many names those are found of which each alone would be a slip: a mistyped one, another form, another plural."""
    parts = ("user", "users", "svc", "srv", "service", "services", "db", "databases", "auth", "mgr", "a", "s", "2")
    joined = st.lists(st.sampled_from(parts), min_size=1, max_size=3).map("-".join)
    names += data.draw(st.lists(joined, max_size=20))
    typed = data.draw(st.one_of(LABELS, joined, joined.map(str.upper), joined.map(lambda each: each.replace("-", "_"))))
    typed = typed[: data.draw(st.integers(0, 3))] + typed[data.draw(st.integers(0, 4)) :]

    assert set(slips(typed, names)) == {each for each in names if is_slip(typed, each)}


def test_order_of_suggestions() -> None:
    """Slips come first, then forms with a prefix or suffix; unrelated names never."""
    names = ["shop-user-service", "user-service", "user-service-db", "checkout", "user-servces"]

    assert suggest("user-servce", names) == ("user-servces", "user-service")
    assert suggest("user-svc", names) == ("user-service", "shop-user-service", "user-service-db")
    assert suggest("ledger", names) == ()
    assert "user-service" in suggest("user", names)


@given(LABELS, st.lists(LABELS, max_size=30))
def test_suggestions_are_known_names_and_stable(word: str, names: list[str]) -> None:
    """At most four, all of them given, none the word itself, and the order of the names does not matter."""
    found = suggest(word, names)

    assert len(found) <= 4
    assert set(found) <= set(names) - {word}
    assert found == suggest(word, reversed(names))


@given(LABELS, st.integers(min_value=0, max_value=20), st.sampled_from("abcxyz"))
def test_one_letter_off_is_suggested(name: str, at: int, letter: str) -> None:
    """A letter put into a name of four or more leads back to that name."""
    word = name[:at] + letter + name[at:]
    if len(name) >= 4 and is_label(word) and word != name:
        assert suggest(word, [name, "zzzzzzzzzz"])[:1] == (name,)
