"""A Corefile is read as CoreDNS reads it: words, blocks, imports, patterns, and who answers a name at last."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.model.dns.corefile.pattern_machine import Pattern, Step
from bot.model.dns.corefile.patterns import compiled
from bot.model.dns.corefile.reader import read
from bot.model.dns.corefile.reply import Query, Scope, Source
from bot.model.dns.corefile.syntax import Files, parse
from bot.model.dns.corefile.tokens import tokens
from bot.model.probe import Outcome

NAME = "api.shop.svc.cluster.local."


def found(query: Query, scope: Scope) -> tuple[str, ...] | Outcome:
    """One Service, api.shop."""
    del scope
    return ("10.96.0.7",) if query.name == NAME else Outcome.NXDOMAIN


def test_words() -> None:
    """Quotation marks go over lines, only a quotation mark is escaped in them, and # ends a line anywhere."""
    text = 'a "b c\nd" e#f\n"\\"x\\.y" g'

    assert [(each.text, each.line) for each in tokens(text)] == [
        ("a", 1),
        ("b c\nd", 1),
        ("e", 2),
        ('"x\\.y', 3),
        ("g", 3),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (".:53 {\n  errors\n", "expecting '}'"),
        (".:53 {\n  forward . 1.1.1.1 {\n", "Unexpected EOF"),
        (".:53 {\n  import nowhere\n}\n", "File to import not found: nowhere"),
        ("(a) {\n errors\n}\n(a) {\n}\n", "redeclaration"),
        (".:53 {\n forward . 1.1.1.1 }\n", "no matching opening brace"),
    ],
)
def test_mistakes(text: str, what: str) -> None:
    """What CoreDNS does not start with is told in its own words."""
    fault = parse(text, Files({}, ("/etc/coredns",))).fault

    assert fault is not None
    assert what in fault.what


@pytest.mark.parametrize(
    ("text", "source", "outcome"),
    [
        (".:53 {\n kubernetes cluster.local\n forward . 1.1.1.1\n}\n", Source.CLUSTER, Outcome.ANSWERED),
        (".:53 {\n forward . 1.1.1.1\n}\n", Source.UPSTREAM, Outcome.NOT_RUN),
        ("example.com:53 {\n whoami\n}\n", Source.NOBODY, Outcome.DNS_REFUSED),
        (".:53 {\n cache\n}\n", Source.NOBODY, Outcome.SERVFAIL),
        (".:5353 {\n kubernetes cluster.local\n}\n", Source.NOBODY, Outcome.DNS_REFUSED),
        (".:53 {\n import custom/*.x\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        ("{$ZONE}:53 {\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n view v {\n expr true\n }\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n fanout . 1.1.1.1\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n local\n kubernetes cluster.local\n hosts {\n fallthrough\n}\n}\n", Source.CLUSTER, Outcome.ANSWERED),
        (".:53 {\n hosts /nowhere/hosts\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n acl {\n block net 10.0.0.0/8\n}\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n template IN AAAA {\n rcode NXDOMAIN\n}\n kubernetes cluster.local\n}\n", Source.CLUSTER, Outcome.ANSWERED),
        (".:53 {\n kubernetes cluster.local {\n endpoint https://10.0.0.1:6443\n}\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n kubernetes cluster.local {\n kubeconfig /etc/k other\n}\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n azure group:corp.example\n kubernetes cluster.local\n}\n", Source.CLUSTER, Outcome.ANSWERED),
        (".:53 {\n azure group:cluster.local\n kubernetes cluster.local\n}\n", Source.UPSTREAM, Outcome.NOT_RUN),
        (".:53 {\n route53 corp:Z1\n kubernetes cluster.local\n}\n", Source.CLUSTER, Outcome.ANSWERED),
        (".:53 {\n clouddns cluster.local.:my.project:zone\n kubernetes cluster.local\n}\n", Source.UPSTREAM, Outcome.NOT_RUN),
        (".:53 {\n k8s_external local\n kubernetes cluster.local\n}\n", Source.UPSTREAM, Outcome.NOT_RUN),
        (".:53 {\n file db.corp.internal local\n}\n", Source.UPSTREAM, Outcome.NOT_RUN),
        (".:53 {\n kubernetes {$ZONE} in-addr.arpa\n forward . 1.1.1.1\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n kubernetes cluster.local\n forward {%ZONE%} {$UPSTREAM}\n}\n", Source.CLUSTER, Outcome.ANSWERED),
        (".:53 {\n forward {$ZONE} 1.1.1.1\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n forward . {$UPSTREAM}\n}\n", Source.UPSTREAM, Outcome.NOT_RUN),
        (".:53 {\n forward . 1.1.1.1 {\n except {$ZONE}\n}\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n route53 {$ZONE}:Z1\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n template IN A {$ZONE} {\n answer x\n}\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n acl {%ZONE%} {\n block\n}\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n hosts /etc/h {$ZONE}\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
        (".:53 {\n file db.corp.internal corp\n}\n", Source.NOBODY, Outcome.SERVFAIL),
        (".:53 {\n grpc corp.example 10.0.0.1:443\n}\n", Source.NOBODY, Outcome.SERVFAIL),
        (".:53 {\n bind ::1\n whoami\n}\n.:53 {\n bind lo\n kubernetes cluster.local\n}\n", Source.UNKNOWN, Outcome.NOT_RUN),
    ],
)  # fmt: skip
def test_who_answers(text: str, source: Source, outcome: Outcome) -> None:
    """The longest zone on the port takes the name, plugins run in their own order, and what is not read is unknown."""
    reply = read(text).reply(Query(NAME), found)

    assert (reply.source, reply.outcome) == (source, outcome)


def test_a_rule_is_found_with_its_line() -> None:
    """A rewrite leads to another name, which a template answers; both are told."""
    text = '.:53 {\n  kubernetes cluster.local\n  template IN A b.example {\n    answer "{{ .Name }} 5 IN A 192.0.2.1"\n  }\n'
    reply = read(text + "  rewrite name api.shop.svc.cluster.local b.example\n}\n").reply(Query(NAME), found)

    assert (reply.source, reply.addresses, reply.asked) == (Source.FIXED, ("192.0.2.1",), "b.example.")
    assert [each.line for each in reply.rewrites] == [6]
    assert reply.by is not None
    assert reply.by.line == 3


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (r"^api\.(.*)$ web.{1}", Outcome.SERVFAIL),  # the dot that was matched, and the one that is added
        (r"^api\.(.*)\.$ web.{1}", Outcome.ANSWERED),
        (rf"^api\.(.*)\.$ {64 * 'a'}.{{1}}", Outcome.SERVFAIL),
        (rf"^api\.(.*)\.$ {63 * 'a'}.{{1}}", Outcome.ANSWERED),
    ],
)
def test_a_rewrite_to_no_name(rule: str, outcome: Outcome) -> None:
    """A name with an empty or too long label goes to no plugin behind it."""
    text = '.:53 {\n  rewrite name regex %s\n  template IN A {\n    answer "{{ .Name }} 5 IN A 192.0.2.1"\n  }\n}\n'
    reply = read(text % rule).reply(Query(NAME), found)

    assert (reply.source, reply.outcome) == (Source.FIXED, outcome)
    assert reply.plugin == ("template" if outcome is Outcome.ANSWERED else "rewrite")


@pytest.mark.parametrize(
    ("pattern", "text", "groups"),
    [
        (r"^(.*)\.corp\.internal\.$", "api.corp.internal.", ("api.corp.internal.", "api")),
        ("(a|ab)(c|bcd)", "abcd", ("abcd", "a", "bcd")),
        ("(?i)^API[.]", "api.", ("api.",)),
        ("^[[:alpha:]]+$", "abc", ("abc",)),
        ("x*", "y", ("",)),
        (r"\d{2,3}?", "1234", ("12",)),
        ("a.c", "abd", None),
    ],
)
def test_patterns(pattern: str, text: str, groups: tuple[str, ...] | None) -> None:
    """The match is the one that Go's regexp finds."""
    known = compiled(pattern)

    assert known is not None
    assert known.search(text) == groups


def test_letters_are_tested_once_a_step() -> None:
    """However repetitions are nested, a letter is held against each step of the pattern at most once."""
    tested: list[str] = []

    def counted(step: Step) -> Step:
        given = step.test
        if given is None:
            return step

        def test(letter: str) -> bool:
            tested.append(letter)
            return given(letter)

        return replace(step, test=test)

    known = compiled("((ab)+c?)+$")
    text = "ab" * 100 + "x"

    assert known is not None
    assert Pattern(tuple(map(counted, known.steps)), known.groups).search(text) is None
    assert 0 < len(tested) <= len(known.steps) * len(text)


@pytest.mark.parametrize("pattern", ["(", "a**", r"\pL", "(?=x)", "[z-a]", "x{3000}", "(?P<a"])
def test_patterns_that_are_not_read(pattern: str) -> None:
    """What is wrong, or rare, is refused."""
    assert compiled(pattern) is None


@given(st.text(alphabet="ab.c()|[]^$*+?{}\\1,-", max_size=20), st.text(alphabet="abc.1", max_size=12))
def test_any_pattern_is_read_or_refused(pattern: str, text: str) -> None:
    """No pattern breaks the reading; a plain one finds what Python finds."""
    known = compiled(pattern)
    if known is not None and re.fullmatch(r"[abc.1]*", pattern):
        assert (known.search(text) is None) == (re.search(pattern, text) is None)


@given(
    st.lists(
        st.sampled_from(
            [".:53", "{", "}", "import", "a", "(a)", "kubernetes", "hosts", "rewrite", "\n", '"', "#", "acl"]
        )
    )
)
def test_any_corefile_is_read(words: list[str]) -> None:
    """No text breaks the reading, and none of it makes an answer out of nothing."""
    reply = read(" ".join(words)).reply(Query(NAME), found)

    assert reply.outcome is not Outcome.ANSWERED or "kubernetes" in words
