"""CoreDNS's sentences about its Corefile are understood as the real CoreDNS writes them."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.dns.corefile.complaints import fatal, quoted, refused_reload, upstreams, way_round
from bot.model.dns.corefile.mistakes import mistake
from bot.model.dns.corefile.reader import read
from bot.model.dns.corefile.syntax import FOLDER, Files
from tests.live_cluster.binaries import build

# Corefile, the kind of complaint, and words that the sentence must hold. Ports above 1024: no privilege is needed.
BROKEN = [
    (".:5391 {\n  errors\n  proxy . 1.1.1.1\n}\n", "parsing", "line 3 of its Corefile: Unknown directive 'proxy'"),
    (".:5391 {\n  kubernetes cluster.local {\n    upstream\n  }\n}\n", "parsing", "unknown property 'upstream'"),
    (".:5391 {\n  errors\n", "parsing", "line 2 of its Corefile: Unexpected token 'errors', expecting '}'"),
    (".:5391 {\n  errors\n  forward . 1.1.1.1 {\n", "parsing", "Unexpected EOF"),
    (".:5391 {\n  import nowhere\n}\n", "parsing", "File to import not found"),
    (".:5391 {\n  forward . resolver.corp\n}\n", "forward", '"resolver.corp"'),
    (".:5391 {\n  errors\n}\n.:5391 {\n  errors\n}\n", "twice", "dns://.:5391"),
    (".:5391 {\n  bind 127.0.0.1\n  loop\n  forward . 127.0.0.1:5391\n}\n", "loop", 'for zone "."'),
]


@pytest.fixture(scope="module")
def coredns() -> Path:
    return Path(os.environ.get("K8SNET_TEST_BINARIES") or build()) / "coredns"


@pytest.mark.cluster
@pytest.mark.parametrize(("text", "kind", "words"), BROKEN, ids=[f"{each[1]}-{each[2][:20]}" for each in BROKEN])
def test_real_coredns_is_understood(coredns: Path, tmp_path: Path, text: str, kind: str, words: str) -> None:
    """A real CoreDNS ends with this Corefile, and its last words are read as what is wrong with it."""
    path = tmp_path / "Corefile"
    path.write_text(text)

    ended = subprocess.run([coredns, "-conf", path], capture_output=True, text=True, timeout=20, check=False)
    said = fatal((ended.stdout + ended.stderr).splitlines())

    assert ended.returncode != 0
    assert said is not None, ended.stdout + ended.stderr
    assert said.kind == kind
    assert words in said.words


@pytest.mark.cluster
def test_real_coredns_without_corefile(coredns: Path, tmp_path: Path) -> None:
    """A Corefile that is not there is said so."""
    ended = subprocess.run(
        [coredns, "-conf", tmp_path / "none"], capture_output=True, text=True, timeout=20, check=False
    )
    said = fatal((ended.stdout + ended.stderr).splitlines())

    assert said is not None
    assert said.kind == "missing"


def test_reload_counts_until_the_next_one() -> None:
    """A refused reload is over once a later one was taken, and back with the next refusal."""
    prefix = "[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: "
    refused = f"{prefix}/etc/coredns/Corefile:4 - Error during parsing: Unknown directive 'proxy'"
    taken = "[INFO] Reloading complete"

    assert refused_reload([refused]) is not None
    assert refused_reload([refused, taken]) is None
    assert refused_reload([taken, refused]) is not None
    assert fatal([refused]) is None


def test_a_line_is_quoted_only_if_it_holds_the_word() -> None:
    """The Corefile may have been changed since: then nothing is quoted."""
    said = fatal(["/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'proxy'"])

    assert said is not None
    assert quoted(".:53 {\n  proxy . 1.1.1.1\n}\n", said) == ("proxy . 1.1.1.1", "line 2")
    assert quoted(".:53 {\n  forward . 1.1.1.1\n}\n", said) == ("", "")
    assert quoted("", said) == ("", "")


def test_upstreams_and_the_way_of_a_loop() -> None:
    """All `forward` lines count, options in braces do not; a file on the node is named as one."""
    whole = ".:53 {\n  forward . /etc/resolv.conf {\n    max_concurrent 1000\n  }\n}\n"
    text = f"{whole}corp:53 {{\n\tforward corp 10.0.0.1 10.0.0.2\n}}\n"

    assert upstreams(text) == ("/etc/resolv.conf", "10.0.0.1", "10.0.0.2")
    assert "/etc/resolv.conf" in way_round(text)
    assert way_round("corp:53 {\n  forward . 127.0.0.1\n}\n") == "it forwards to 127.0.0.1"
    assert way_round("# forward . 1.1.1.1\n") == ""


@given(st.lists(st.text()), st.text())
def test_any_text_is_read(lines: list[str], corefile: str) -> None:
    """Whatever a log or a Corefile holds, reading it does not fail."""
    for said in (fatal(lines), refused_reload(lines)):
        assert said is None or said.words
    assert isinstance(upstreams(corefile), tuple)
    assert isinstance(way_round(corefile), str)


def test_words_of_newer_versions() -> None:
    """A plugin's refusal without "Error during parsing", a Corefile that cannot be split into words, and JSON logs (1.15.0)."""
    once = fatal(["plugin/errors: this plugin can only be used once per Server Block"])
    loop = (
        '{"level":"FATAL","msg":"Loop (127.0.0.1:1 -> :53) detected for zone \\".\\", see https://x","plugin":"loop"}'
    )
    brace = (
        "[WARNING] plugin/reload: Corefile parse failed: X:3 - Syntax error: Unexpected token 'errors', expecting '}'"
    )
    looped, refused = fatal([loop]), refused_reload([brace, brace])

    assert once is not None
    assert once.kind == "plugin"
    assert "errors plugin" in once.words
    assert looped is not None
    assert looped.kind == "loop"
    assert refused is not None
    assert "expecting '}'" in refused.words
    assert refused_reload([brace, "[INFO] plugin/reload: Running configuration SHA512 = 1"]) is None
    assert fatal(["[ERROR] plugin/errors: 2 x. A: read udp: i/o timeout"]) is None


@pytest.mark.parametrize(
    ("image", "is_told"),
    [("coredns/coredns:1.8.4", True), ("registry.k8s.io/coredns/coredns:v1.11.3", False), ("coredns", False)],
)
def test_a_second_forward_ended_coredns_of_former_years(image: str, *, is_told: bool) -> None:
    """What users add by a file of their own stands in the same block; later versions never ask the second one."""
    own = {f"{FOLDER}/custom/own.override": "forward . 10.10.10.1\n"}
    text = ".:53 {\n kubernetes cluster.local\n forward . /etc/resolv.conf\n import custom/*.override\n}"
    found = mistake(read(text, Files(own, (f"{FOLDER}/custom",))), image)

    assert (found is not None and "plugin/forward" in found.what) is is_told
