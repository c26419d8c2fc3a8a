"""What several ask of a case or a snapshot is worked out once. Pure: it is kept with it, as its cached properties are."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, Self, TypeVar, overload

A = TypeVar("A")
K = TypeVar("K")
T = TypeVar("T")
_UNASKED: Any = object()  # None is an answer


class derived(Generic[T]):  # noqa: N801 (a decorator, as `property` is)
    """A property of a Struct (with `dict=True`) that is worked out when first asked, and kept with it.

    As `functools.cached_property` of Python 3.12; that of 3.11 takes a lock each time, which a digest feels.
    """

    def __init__(self, derive: Callable[[Any], T]) -> None:
        self._derive = derive
        self._name = derive.__name__
        self.__doc__ = derive.__doc__

    @overload
    def __get__(self, subject: None, owner: type) -> Self: ...
    @overload
    def __get__(self, subject: object, owner: type) -> T: ...
    def __get__(self, subject: object | None, owner: type) -> Any:
        """Return the value; a class gives the property itself."""
        if subject is None:
            return self
        value = subject.__dict__[self._name] = self._derive(subject)  # the next look finds it before this property
        return value


class View:
    """What takes the place of a Struct and notes what is asked of it (`bot.model.seen`)."""

    def ask(self, *asked: Any) -> Any:
        """Return what a name of the Struct gives, or a function of it, with what else is given."""
        raise NotImplementedError

    def derive(self, kept: Callable[[Any], Any]) -> Any:
        """Return what a memo of the Struct gives."""
        raise NotImplementedError


# Memos whose answers ask their Struct later, too, with the function that makes them.
LASTING: dict[Callable[[Any], Any], Callable[[Any], Any]] = {}


def memo(derive: Callable[[A], T]) -> Callable[[A], T]:
    """Return a function of one Struct (with `dict=True`) that answers again what it answered first."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def kept(subject: A) -> T:
        known = subject.__dict__
        answer: T = known.get(name, _UNASKED)
        if answer is _UNASKED:
            answer = known[name] = subject.derive(kept) if isinstance(subject, View) else derive(subject)
        return answer

    return kept


def lasting(derive: Callable[[A], T]) -> Callable[[A], T]:
    """As `memo`, where the answer holds its Struct and asks it later, too."""
    kept = memo(derive)
    LASTING[kept] = derive
    return kept


def memo_by(derive: Callable[[A, K], T]) -> Callable[[A, K], T]:
    """As `memo`, for a function of a Struct and something else, which is hashable."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def kept(subject: A, given: K) -> T:
        if isinstance(subject, View):
            return subject.ask(kept, given)  # type: ignore[no-any-return]  # it is asked what this returns
        known: dict[K, T] = subject.__dict__.setdefault(name, {})
        if given not in known:
            known[given] = derive(subject, given)
        return known[given]

    return kept


def for_same(derive: Callable[[A], T]) -> Callable[[A], T]:
    """Return a function that answers again what it answered last, as long as it is asked of the very same value.

    For what is frozen and shared by one snapshot after the other, as the nodes of a cluster are in a warm worker. The value is
    kept, so that no other can have its identity; threads may ask at once, and derive twice at most.
    """
    last: tuple[A, T] | None = None

    @wraps(derive)
    def kept(subject: A) -> T:
        nonlocal last
        known = last
        if known is None or known[0] is not subject:
            known = last = (subject, derive(subject))
        return known[1]

    return kept
