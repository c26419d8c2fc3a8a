"""Lines that must go and lines that must stay, and what holds for every line.

`redaction/hidden.tsv` has three columns: what must vanish, what must survive (may be empty), the line. All of it is invented.
`redaction/kept.txt` has lines that nothing may be taken from: they name the cause. A fault of redaction becomes a line there.
"""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from re import _parser as parser  # type: ignore[attr-defined]  # the only way to see how an expression is built
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import credentials, redact_text, text
from bot.model.credentials.rules import HIDDEN
from bot.model.pattern import _Later
from bot.model.redact_text import LONGEST, scrub, scrub_corefile, scrub_lines
from tests.examples import examples

HERE = Path(__file__).parent / "redaction"
GONE = [line.split("\t", 2) for line in (HERE / "hidden.tsv").read_text().splitlines()]
KEPT = (HERE / "kept.txt").read_text().splitlines()
# What credentials, names and separators are made of, so that chance puts them together in every way.
_WORDS = (
    "password pw secret token key Key _KEY= api_key auth Authorization Cookie Bearer Basic x-api-key is was not found expired"
    ' = : => := %3D " \' ` \\ \\" [ ] { } ( ) < > , ; & | @ / // :// . - -- _ # $ ${X} \n \t a 1 Z9 hunter2 user db.shop 8080'
    " mysql -p curl -u redis-cli -a AUTH PASSWORD name: value: eyJabcdef. AKIA https://a:b@c jane@example.com [hidden] [hid"
    " -----BEGIN -----END PRIVATE KEY----- \x1b[31m \x1b \x9b1m \u200b ü 密码 sha256: 0123456789abcdef0123456789abcdef"
)
PARTS = st.sampled_from(_WORDS.split(" "))
LINES = st.lists(st.one_of(PARTS, st.just(" "), st.text(max_size=3)), max_size=40).map("".join)


def test_there_are_enough_lines() -> None:
    """At least 200 each way, none twice."""
    assert len({line for _, _, line in GONE}) == len(GONE) >= 200
    assert len(set(KEPT)) == len(KEPT) >= 200


@pytest.mark.parametrize(("gone", "kept", "line"), GONE)
def test_credential_goes(gone: str, kept: str, line: str) -> None:
    """The credential is nowhere in the line, and what stood beside it is."""
    clean = scrub(line)

    assert gone in line
    assert gone not in clean
    assert HIDDEN in clean
    assert kept in clean
    assert scrub(clean) == clean


@pytest.mark.parametrize("line", KEPT)
def test_cause_stays(line: str) -> None:
    """Names of what is missing, hosts, ports, paths, digests and states are what a line is read for."""
    assert scrub(line) == line


@pytest.mark.parametrize(
    "before", ["2026-11-23T04:00:00Z ", "[app] ERROR ", '{"level":"error","msg":"', "\x1b[31m", "x=1 "]
)
def test_credential_goes_wherever_it_stands(before: str) -> None:
    """What a logger writes in front of a line hides no credential from us. Only a list of variables may have blanks in one."""
    left = [
        line for gone, _, line in GONE if not line.startswith("POSTGRES_PASSWORD=") and gone in scrub(before + line)
    ]

    assert left == []


# --- several lines


def test_private_key_that_began_before_the_log() -> None:
    """The last lines of a log may begin in the middle of a key."""
    lines = ["MIIEpAIBAAKCAQEA", "abcd=", "-----END RSA PRIVATE KEY-----", "after"]

    assert scrub_lines(lines) == ("after",)


def test_block_of_yaml() -> None:
    """The text of a block scalar is as deep as its name is not."""
    lines = ["data:", "  password: |", "    hunter2", "", "    hunter3", "  host: db"]

    assert scrub_lines(lines) == ("data:", "  password: |", "  host: db")


def test_value_of_a_named_variable_on_its_own_line() -> None:
    """As a container's environment is written; another variable's value stays."""
    lines = ["- name: DB_PASSWORD", "  value: correct horse", "- name: HOST", "  value: db"]

    assert scrub_lines(lines) == ("- name: DB_PASSWORD", f"  value: {HIDDEN}", "- name: HOST", "  value: db")


def test_corefile_loses_comments_and_credentials_and_keeps_its_lines() -> None:
    """CoreDNS names a line of its Corefile by number, and a `#` inside a word or quotes begins no comment."""
    corefile = (
        '.:53 { # hunter2\n etcd {\n  credentials root hunter2\n }\n #hunter2\n template {\n  answer "a # b"\n }\n}'
    )

    clean = scrub_corefile(corefile)

    assert "hunter2" not in clean
    assert clean.split("\n")[0] == ".:53 { #"
    assert '  answer "a # b"' in clean.split("\n")
    assert clean.count("\n") == corefile.count("\n")
    assert scrub_corefile(clean) == clean


@pytest.mark.parametrize("word", ["secret", "credentials", "token", "password"])
def test_bare_words_are_credentials_in_a_corefile_only(word: str) -> None:
    """`secret NAME KEY` of the tsig plugin is no sentence of the kubelet."""
    line = f'  {word} "db" not found'

    assert scrub_corefile(line) == f"  {word} {HIDDEN}"
    assert scrub(f'{word} "db" not found') == f'{word} "db" not found' or word == "password"


# --- every line


@given(LINES)
@examples(1000)
def test_scrubbing_twice_is_scrubbing_once(line: str) -> None:
    """Also without escapes and controls, whatever a line is made of."""
    clean = scrub(line)

    assert scrub(clean) == clean
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b]", clean)


@given(st.lists(LINES, max_size=6), st.integers(min_value=20, max_value=60))
@examples(300)
def test_scrubbing_lines_twice_is_scrubbing_them_once(lines: list[str], longest: int) -> None:
    """Also where they are cut: a marker cut in half is no new value."""
    clean = scrub_lines(lines, longest=longest)

    assert scrub_lines(clean, longest=longest) == clean
    assert all(len(each) <= longest for each in clean)


@pytest.mark.parametrize("filler", ["x", " ", "=", ":", "password=", "://a:", "a@", '"', "\\", "[", "Aa1/", "key: "])
def test_work_is_bounded_by_what_is_looked_at(filler: str) -> None:
    """A line of a megabyte is as much work as its beginning, and what is cut away was never looked at."""
    line = filler * 300_000

    assert scrub(line) == scrub(line[:4096]) == scrub(scrub(line))
    assert len(scrub_lines([line])[0]) <= LONGEST


def _patterns() -> list[str]:
    found = []
    rooms = [import_module(f"{credentials.__name__}.{each.name}") for each in iter_modules(credentials.__path__)]
    for module in (*rooms, redact_text, text):
        for value in vars(module).values():
            found += [each.pattern for each in _compiled(value)]
            if isinstance(value, tuple):
                found += [each[0] for each in value if isinstance(each, tuple) and isinstance(each[0], str)]
    return found


def _compiled(value: Any) -> list[re.Pattern[str]]:
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, re.Pattern | _Later)]
    return [value] if isinstance(value, re.Pattern | _Later) else []


def test_there_are_patterns() -> None:
    """The next test looks at something."""
    assert len(_patterns()) > 60


@pytest.mark.parametrize("pattern", _patterns())
def test_no_repetition_inside_another(pattern: str) -> None:
    """What is repeated and holds what is repeated can be divided in endless ways, unless the inner gives nothing back."""
    assert not _nested(parser.parse(pattern), inside=False)


def _nested(parsed: Any, *, inside: bool) -> bool:
    for kind, argument in parsed:
        if str(kind) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = argument
            gives_back = str(kind) != "POSSESSIVE_REPEAT" and least != most
            if inside and gives_back and most > 1:
                return True
            if _nested(body, inside=(inside and str(kind) != "POSSESSIVE_REPEAT") or (gives_back and most > 1)):
                return True
        elif any(_nested(each, inside=inside) for each in _bodies(argument)):
            return True
    return False


def _bodies(argument: Any) -> list[Any]:
    if isinstance(argument, parser.SubPattern):
        return [argument]
    if isinstance(argument, tuple | list):
        return [body for each in argument for body in _bodies(each)]
    return []


# --- escapes


_ESCAPES = ("\x1b[31m", "\x1b(B", "\x1b(B\x1b[m", "\x1b]0;title\x07", "\x9b31m", "\x1b7", "\x1b\x1b[1m")


@pytest.mark.parametrize("escape", [*_ESCAPES, "\u200b", "\u00ad", "\u061c", "\x08"])
def test_escape_does_not_part_a_name(escape: str) -> None:
    """What a terminal does not show is not there."""
    assert scrub(f"pass{escape}word=hun{escape}ter2") == f"password={HIDDEN}"
