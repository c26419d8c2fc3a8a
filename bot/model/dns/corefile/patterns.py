"""Regular expressions as CoreDNS means them (Go's RE2 syntax), matched in time that grows with the name alone.

https://github.com/google/re2/wiki/Syntax. Python's `re` reads some of it otherwise and may take for ever on a pattern that
somebody else wrote; here every pattern becomes a list of instructions for `pattern_machine`. What is rare is refused:
`compiled` then returns None.
"""

import string
from functools import lru_cache

from bot.model.dns.corefile.pattern_machine import WORD, Pattern, Step, Test

_MOST_STEPS = 2000  # instructions of one pattern; a name has at most 253 letters
_MOST_REPEATS = 1000  # Go's own bound
_POSIX = {
    "alpha": string.ascii_letters,
    "digit": string.digits,
    "alnum": string.ascii_letters + string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "punct": string.punctuation,
    "space": " \t\n\v\f\r",
    "xdigit": string.hexdigits,
    "word": "".join(sorted(WORD)),
}
_PERL = {"d": string.digits, "w": _POSIX["word"], "s": " \t\n\f\r"}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_EDGES = {"A": "begin", "z": "end", "b": "word", "B": "no word"}


class _UnreadableError(Exception):
    """The pattern uses what is not read here, or is none."""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern | None:
    """Return a pattern that can be matched; None where it is wrong, or uses what is not read here."""
    compiler = _Compiler(pattern)
    try:
        compiler.whole()
    except (_UnreadableError, IndexError, ValueError, RecursionError):
        return None
    return Pattern(tuple(compiler.steps), compiler.groups)


class _Compiler:
    """Writes the instructions of a pattern while it is read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.steps: list[Step] = []
        self.groups = 0
        self.folds = False  # (?i)
        self.dot_takes_all = False  # (?s)

    def whole(self) -> None:
        self._add(Step("save", first=0))
        self._branches()
        if self.at < len(self.text):
            raise _UnreadableError
        self._add(Step("save", first=1))
        self._add(Step("match"))

    def _add(self, step: Step) -> None:
        if len(self.steps) >= _MOST_STEPS:
            raise _UnreadableError
        self.steps.append(step)

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _branches(self) -> None:
        """Read `a|b|c`, to the end or the closing bracket."""
        flags = self.folds, self.dot_takes_all
        begin, ends = len(self.steps), []
        self._sequence()
        while self._peek() == "|":
            self.at += 1
            self._insert_fork(begin, preferred=begin + 1, other=len(self.steps) + 2)
            ends.append(len(self.steps))
            self._add(Step("fork"))
            begin = len(self.steps)
            self._sequence()
        for each in ends:
            self.steps[each] = Step("fork", first=len(self.steps), second=len(self.steps))
        self.folds, self.dot_takes_all = flags

    def _insert_fork(self, place: int, *, preferred: int, other: int) -> None:
        """Put a fork before the instructions from `place`, whose own forks then point one further."""
        moved = [_shifted(each, place) for each in self.steps[place:]]
        self.steps[place:] = [Step("fork", first=preferred, second=other), *moved]
        if len(self.steps) > _MOST_STEPS:
            raise _UnreadableError

    def _sequence(self) -> None:
        while self._peek() not in ("", "|", ")"):
            begin = len(self.steps)
            self._atom()
            self._repeated(begin)

    def _repeated(self, begin: int) -> None:
        bounds = self._bounds()
        if bounds is None:
            return
        lazy = self._peek() == "?"
        self.at += lazy
        if self._peek() in ("*", "+", "?"):
            raise _UnreadableError  # a repetition of a repetition, which Go refuses
        least, most = bounds
        body = self.steps[begin:]
        del self.steps[begin:]
        for _ in range(least - (most < 0 < least)):
            self._copy(body, begin)
        if most < 0:
            self._once_or_more(body, begin, lazy=lazy, optional=least == 0)
        else:
            self._up_to(most - least, body, begin, lazy=lazy)

    def _bounds(self) -> tuple[int, int] | None:
        """Read `*`, `+`, `?`, `{2}`, `{2,}` or `{2,3}`; an unbounded one has -1. Other braces are letters."""
        sign = self._peek()
        if sign and sign in "*+?":
            self.at += 1
            return {"*": (0, -1), "+": (1, -1), "?": (0, 1)}[sign]
        end = self.text.find("}", self.at)
        if sign != "{" or end < 0:
            return None
        least, comma, most = self.text[self.at + 1 : end].partition(",")
        if not least.isdigit() or not (most == "" or most.isdigit()):
            return None
        self.at = end + 1
        found = int(least), (int(most) if most else -1) if comma else int(least)
        if max(found) > _MOST_REPEATS or -1 < found[1] < found[0]:
            raise _UnreadableError
        return found

    def _copy(self, body: list[Step], origin: int) -> None:
        moved = len(self.steps) - origin
        for each in body:
            self._add(_moved(each, moved))

    def _once_or_more(self, body: list[Step], origin: int, *, lazy: bool, optional: bool) -> None:
        """Write `x+`, and `x*` as `(x+)?`: Go does so too, which tells where `x` may be empty."""
        outset = len(self.steps)
        if optional:
            self._add(Step("fork"))
        begin = len(self.steps)
        self._copy(body, origin)
        self._add(_fork(begin, len(self.steps) + 1, lazy=lazy))
        if optional:
            self.steps[outset] = _fork(begin, len(self.steps), lazy=lazy)

    def _up_to(self, times: int, body: list[Step], origin: int, *, lazy: bool) -> None:
        """Write `x{0,3}` as `(x(x(x)?)?)?`."""
        forks: list[int] = []
        for _ in range(times):
            forks.append(len(self.steps))
            self._add(Step("fork"))
            self._copy(body, origin)
        for each in forks:
            self.steps[each] = _fork(each + 1, len(self.steps), lazy=lazy)

    def _atom(self) -> None:
        sign = self.text[self.at]
        self.at += 1
        if sign == "(":
            self._group()
        elif sign == "[":
            self._add(Step("letter", self._class()))
        elif sign == "\\":
            self._escape()
        elif sign == ".":
            self._add(Step("letter", _any if self.dot_takes_all else _any_but_newline))
        elif sign in "^$":
            self._add(Step("edge", edge="begin" if sign == "^" else "end"))
        elif sign in "*+?":
            raise _UnreadableError
        else:
            self._add(Step("letter", self._one_of(sign)))

    def _group(self) -> None:
        slot = 0
        if self._peek() != "?":
            slot = self.groups = self.groups + 1
        elif self.text.startswith(("?P<", "?<"), self.at) and not self.text.startswith(("?<=", "?<!"), self.at):
            self.at = self.text.index(">", self.at) + 1
            slot = self.groups = self.groups + 1
        elif self._flags() == ")":
            return  # (?i) holds to the end of what it stands in
        if slot:
            self._add(Step("save", first=2 * slot))
        self._branches()
        if self._peek() != ")":
            raise _UnreadableError
        self.at += 1
        if slot:
            self._add(Step("save", first=2 * slot + 1))

    def _flags(self) -> str:
        """Read `?i)`, `?i:` or `?:`; return its last sign."""
        on = True
        for place in range(self.at + 1, len(self.text)):
            sign = self.text[place]
            if sign in ":)":
                self.at = place + 1
                return sign
            if sign == "-":
                on = False
            elif sign == "i":
                self.folds = on
            elif sign == "s":
                self.dot_takes_all = on
            else:
                raise _UnreadableError
        raise _UnreadableError

    def _escape(self) -> None:
        sign = self.text[self.at]
        self.at += 1
        if sign in _EDGES:
            self._add(Step("edge", edge=_EDGES[sign]))
        elif sign.lower() in _PERL:
            self._add(Step("letter", _among(frozenset(_PERL[sign.lower()]), denied=sign.isupper())))
        elif sign == "Q":
            end = self.text.find("\\E", self.at)
            for each in self.text[self.at : end if end >= 0 else len(self.text)]:
                self._add(Step("letter", self._one_of(each)))
            self.at = end + 2 if end >= 0 else len(self.text)
        else:
            self._add(Step("letter", self._one_of(self._escaped(sign))))

    def _escaped(self, sign: str) -> str:
        """Return the letter that an escape stands for, whose sign was read."""
        if sign in _CONTROL:
            return _CONTROL[sign]
        if sign == "x":
            if self._peek() == "{":
                end = self.text.index("}", self.at)
                digits, self.at = self.text[self.at + 1 : end], end + 1
            else:
                digits, self.at = self.text[self.at : self.at + 2], self.at + 2
            return chr(int(digits, 16))
        if sign.isalnum():
            raise _UnreadableError  # \pL, \1, \C
        return sign

    def _one_of(self, letter: str) -> Test:
        return _among(frozenset({letter.lower(), letter.upper()} if self.folds else {letter}))

    def _class(self) -> Test:
        """Read a class behind its opening bracket."""
        denied = self._peek() == "^"
        self.at += denied
        letters: set[str] = set()
        is_first = True
        while is_first or self._peek() != "]":
            is_first = False
            if self.text.startswith("[:", self.at):
                end = self.text.index(":]", self.at)
                letters |= _posix(self.text[self.at + 2 : end])
                self.at = end + 2
                continue
            low = self._member()
            if len(low) > 1:
                letters |= set(low)
            elif self._peek() == "-" and self.text[self.at + 1] != "]":
                self.at += 1
                letters |= _range(low, self._member())
            else:
                letters.add(low)
        self.at += 1
        if self.folds:
            letters |= {each.swapcase() for each in letters}
        return _among(frozenset(letters), denied=denied)

    def _member(self) -> str:
        r"""Return one letter of a class, or all those that `\\d` and the like stand for."""
        sign = self.text[self.at]
        self.at += 1
        if sign != "\\":
            return sign
        sign = self.text[self.at]
        self.at += 1
        if sign in _PERL:
            return _PERL[sign]
        if sign.lower() in _PERL:
            raise _UnreadableError  # \D within a class
        return self._escaped(sign)


def _posix(name: str) -> set[str]:
    if name not in _POSIX:
        raise _UnreadableError
    return set(_POSIX[name])


def _range(low: str, high: str) -> set[str]:
    if len(high) != 1 or not ord(low) <= ord(high) < ord(low) + 0x10000:
        raise _UnreadableError
    return {chr(each) for each in range(ord(low), ord(high) + 1)}


def _shifted(step: Step, place: int) -> Step:
    """Return an instruction moved by one, with what it points at behind `place` moved as well."""
    if step.kind != "fork":
        return step
    return Step("fork", first=step.first + (step.first >= place), second=step.second + (step.second >= place))


def _moved(step: Step, by: int) -> Step:
    return Step("fork", first=step.first + by, second=step.second + by) if step.kind == "fork" else step


def _fork(into: int, past: int, *, lazy: bool) -> Step:
    return Step("fork", first=past, second=into) if lazy else Step("fork", first=into, second=past)


def _among(letters: frozenset[str], *, denied: bool = False) -> Test:
    return (lambda letter: letter not in letters) if denied else (lambda letter: letter in letters)


def _any(_: str) -> bool:
    return True


def _any_but_newline(letter: str) -> bool:
    return letter != "\n"
