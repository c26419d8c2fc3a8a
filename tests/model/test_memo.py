"""What is derived of the very same value is derived once; of an equal one anew."""

from bot.model.memo import for_same


def test_the_very_same_value_is_asked_once_in_a_row() -> None:
    asked: list[tuple[int, ...]] = []

    @for_same
    def total(numbers: tuple[int, ...]) -> int:
        asked.append(numbers)
        return sum(numbers)

    one, other = (1, 2), (1, 3)
    assert [total(one), total(one), total(other), total(one)] == [3, 3, 4, 3]
    assert asked == [one, other, one]
    assert total(tuple(sorted(one))) == 3
    assert len(asked) == 4
