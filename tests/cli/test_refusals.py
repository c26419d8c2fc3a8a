"""Wrong usage: exit code 2, one sentence on standard error that says what to do, and never a traceback."""

from pathlib import Path

import pytest

from tests.cli.program import CLUSTER, k8snet

DUMP = ("--dump", CLUSTER)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("why",), "A name is missing"),
        (("wyh", "web"), "Did you mean: k8snet why?"),
        (("why", "web", "--prot", "80"), "No such option: --prot"),
        (("why", "web", "--json", *DUMP), "Here that is -o json. See k8snet why --help"),
        (("--json",), "See k8snet --help"),
        (("why", "web", "--pod", "shop/a", *DUMP), "Here that is --from NAMESPACE/POD."),
        (("--nonsense",), "No such option: --nonsense"),
        (("-n", "shop"), "A command is missing."),
        (("-n",), "A command is missing."),
        (("-n", "shop", "wyh", "web"), "Did you mean: k8snet why?"),
        (("-n", "shop", "--nonsense", "why", "web"), "No such option: -n"),
        (("why", "web", "--port"), "See k8snet why --help"),
        (("probe",), "ORDER is missing. See k8snet probe --help"),
        (("playground", "--serve", "--port", "http"), "is no port to serve on"),
        (("playground", "--serve", "--port", "65536"), "is no port to serve on"),
        (("manifest", "--http"), "See k8snet manifest --help"),
        (("why", "web", "port", "99999", *DUMP), "ports go from 1 to 65535"),
        (("why", "web", "--port", "-1", *DUMP), "is no port"),
        (("why", "web", "staging", *DUMP), 'I do not know what "staging" means'),
        (("why", "a" * 10_000, *DUMP), "too long"),
        (("why", "\x1b[31mweb", *DUMP), "cannot be a Service's name"),
        (("why", "web_1", *DUMP), "Did you mean web-1?"),
        (
            ("why", "deploy/web", "-n", "shop", *DUMP),
            "Service of that name: svc/web. For a namespace deploy: web.deploy",
        ),
        (("why", "shop/deployment.apps/web", *DUMP), "is a workload; I answer for Services. For a Service"),
        (("why", "deploy/", *DUMP), "is no Service"),
        (("why", "web", "-o", "xml", *DUMP), "Say one of text, json, markdown, slack"),
        (("check", "-A", "-o", "slack", *DUMP), "does not answer in slack. It answers in text or json."),
        (("why", "-A", "-o", "slack", *DUMP), "It answers in text, json or markdown."),
        (("why", "web", "--color", "pink", *DUMP), "Say one of auto, always, never"),
        (("why", "web", "--deadline", "11", *DUMP), "up to 10"),
        (("why", "web", "--deadline", "soon", *DUMP), "is no deadline"),
        (("why", "web", "--symptom", "sad", *DUMP), "Say one of nxdomain"),
        (("why", "web", "--probe", *DUMP), "A dump is judged without network"),
        (("why", "web", "--probe", "--no-probe"), "which one?"),
        (("why", "web", "--context", "prod", *DUMP), "A dump stands for the cluster"),
        (("why", "web", "on", "a", "--context", "b"), "Two clusters are said"),
        (("why", "web", "--dump", "no-such-file"), "no-such-file"),
        (("why", "10.9.9.9", *DUMP), "No Service has the IP 10.9.9.9"),
        (("why", "web", "-n", "shop", "--from", "crat-1", *DUMP), "Did you mean: cart-1?"),
        (("why", "web", "-n", "shop"), "kubeconfig"),
        (("check", "-n", "shpo", *DUMP), "There is no Service in shpo"),
        (("digest", "--since", "no-such-file", *DUMP), "There is no digest"),
        (("digest", "--since", CLUSTER, *DUMP), f'"{CLUSTER}": That is no digest'),
        (("digest", "daily", "09:00", *DUMP), "kept in Slack"),
        (("dns", "10.96.0.20", *DUMP), "is an IP"),
        (("path", "shop/cart-1", *DUMP), "A path has two ends"),
        (("path", "shop/crat-1", "web", *DUMP), "cart-1"),
        (("path", "--batch", "no-such-file", "-o", "json", *DUMP), "cannot be read"),
        (("path", "--batch", CLUSTER, *DUMP), "Say -o json"),
        (("path", "a", "b", "--batch", CLUSTER, "-o", "json", *DUMP), "in the file"),
        (("explain",), "One code, or --all"),
        (("explain", "RTE-01"), "Did you mean: RTE-001"),
        (("explain", "RTE-001", "--to", "x"), "--to writes all pages"),
        (("snapshot", "web", *DUMP), "Write where?"),
        (("snapshot", "web", *DUMP, "-o", "/no/such/folder/x"), "cannot be written"),
    ],
    ids=lambda each: " ".join(each)[:40] if isinstance(each, tuple) else "",
)
def test_refused(words: tuple[str, ...], says: str) -> None:
    """What cannot be asked is refused in words, on standard error, with nothing on standard output."""
    done = k8snet(*words)

    assert done.returncode == 2, done
    assert says in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 700
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\x00\xff\xfe",
        b"- - - [",
        b"kind: List\nitems: 3\n",
        b"[" * 100_000,
        b'{"schema": "k8snet.snapshot/v9"}',
    ],
    ids=["cut", "binary", "not YAML", "no items", "deep", "of the future"],
)
def test_broken_dump(raw: bytes) -> None:
    """A dump that cannot be read ends in exit code 2 and a sentence."""
    done = k8snet("why", "web", "-n", "shop", "--dump", "-", given=raw)

    assert done.returncode in (2, 3, 5), done
    assert "Traceback" not in done.stderr
    assert "ok  web" not in done.stdout


def test_empty_dump() -> None:
    """Nothing at all is no cluster without Services."""
    done = k8snet("why", "web", "-n", "shop", "--dump", "-")

    assert done.returncode == 2
    assert done.stderr == "k8snet: There is no Kubernetes object in standard input.\n"


def test_bug_is_one_sentence(tmp_path: Path) -> None:
    """An exception of our own ends in exit code 1 and a sentence; only K8SNET_DEBUG shows where it happened."""
    broken = "def broken(*words, **said): raise ZeroDivisionError('oh\\x1b[2J')"
    code = f"import bot.commands.parse\n{broken}\nbot.commands.parse.command = broken\n"
    (tmp_path / "sitecustomize.py").write_text(code)
    words = ("why", "web", *DUMP)
    path = f"{tmp_path}:{Path(CLUSTER).parents[2]}"

    quiet, loud = (k8snet(*words, env={"PYTHONPATH": path, **debug}) for debug in ({}, {"K8SNET_DEBUG": "1"}))

    assert quiet.returncode == 1
    assert quiet.stderr.startswith("k8snet: Something broke on my side: ZeroDivisionError: oh")
    assert "Traceback" not in quiet.stderr
    assert "\x1b" not in quiet.stderr
    assert "Traceback" in loud.stderr


def test_no_slack_settings() -> None:
    """The Slack process does not start without its settings, and names them."""
    done = k8snet("slack")

    assert done.returncode in (1, 2), done
    assert "SLACK_BOT_TOKEN" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
