"""Where it is forbidden to look, nobody says that there is nothing: unknown, exit code 5, and the RBAC rule that would help."""

import asyncio
import json
import os
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.program import CLUSTER, ROOT, k8snet
from tests.reader.healthy import Break, forbidden, healthy, kubeconfig, login_page

PODS = '- {apiGroups: [""], resources: ["pods"], verbs: ["get", "list"]}'
SERVICES = '- {apiGroups: [""], resources: ["services"], verbs: ["get", "list"]}'
ASKED = pytest.mark.parametrize(
    ("words", "refused", "rule"),
    [
        ("path web/a to user-service in shop", "pods in web", PODS),
        ("path web/checkout-1 to b in shop", "services in shop", SERVICES),
        ("path web/checkout-1 to shop/pod/b port 80", "pods in shop", PODS),
        ("path web/checkout-1 to 10.96.0.12 port 80", "services in shop", SERVICES),
        ("why 10.96.0.12 --no-probe", "services in shop", SERVICES),
        ("why nope --no-probe", "services in shop", SERVICES),
    ],
)


async def live(words: str, folder: Path, breaks: Break) -> tuple[int, str, str]:
    """Return exit code, output and complaints of a command where every request but the list of APIs is refused."""
    async with healthy(breaks, lambda each: each != "/apis") as api:
        (folder / "kubeconfig").write_text(kubeconfig(api))
        environ = {**os.environ, "KUBECONFIG": str(folder / "kubeconfig"), "COLUMNS": "200"}
        command = (sys.executable, "-m", "bot", *shlex.split(words))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe)
        told, complained = await process.communicate()
    return process.returncode or 0, told.decode(), complained.decode()


@ASKED
async def test_forbidden(tmp_path: Path, words: str, refused: str, rule: str) -> None:
    """It was forbidden to look for an end: that is said, with its rule, and not that there is none."""
    code, told, complained = await live(words, tmp_path, forbidden)

    assert code == 5, complained
    assert f"{refused} could not be read (forbidden)" in " ".join(told.split())
    assert rule in told
    assert "There is no" not in told + complained


@ASKED
async def test_login_page(tmp_path: Path, words: str, refused: str, rule: str) -> None:
    """A web page in the place of an answer: no right is missing, so no rule is printed."""
    code, told, complained = await live(words, tmp_path, login_page)

    assert code == 5, complained
    assert refused.split(maxsplit=1)[0] in told
    assert "could not be read" in told
    assert "login page" in told
    assert rule not in told


async def test_snapshot_tells_what_it_lacks(tmp_path: Path) -> None:
    """The file is written, and standard error says what is not in it; standard output stays the snapshot alone."""
    code, told, complained = await live("snapshot web -o -", tmp_path, forbidden)

    assert code == 0
    assert json.loads(told)["schema"] == "k8snet.snapshot/v1"
    assert "services in shop: forbidden" in complained
    assert SERVICES in complained


def test_snapshot_of_all_is_silent() -> None:
    """Where everything was read there is nothing to tell."""
    done = k8snet("snapshot", "web", "-n", "shop", "--dump", CLUSTER, "-o", "-")

    assert (done.returncode, done.stderr) == (0, "")


def lists(folder: Path, *left_out: str) -> str:
    """Write the cluster as `kubectl get KIND > KIND.yaml` does, without some kinds."""
    none = ("NetworkPolicy", "Event", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController")
    by_kind: dict[str, list[object]] = {each: [] for each in none}
    for each in yaml.safe_load(Path(CLUSTER).read_text())["items"]:
        by_kind.setdefault(each["kind"], []).append(each)
    for kind, items in by_kind.items():
        if kind not in left_out:
            (folder / f"{kind}.yaml").write_text(yaml.safe_dump({"kind": f"{kind}List", "items": items}))
    return str(folder)


@pytest.mark.parametrize(
    ("words", "kinds", "refused"),
    [
        (("path", "shop/cart-1", "nope"), ("Service",), "services"),
        (("path", "shop/cart-1", "shop/pod/nope", "--port", "80"), ("Pod",), "pods"),
        (("path", "shop/nope", "web"), ("Pod",), "pods"),
        (("path", "shop/", "10.96.0.99", "--port", "80"), ("Service",), "services"),
        (("why", "10.96.0.99"), ("Service",), "services"),
    ],
)
def test_dump_without_a_kind(tmp_path: Path, words: tuple[str, ...], kinds: tuple[str, ...], refused: str) -> None:
    """What a dump has no list of was not looked at: unknown, and what is missing is named."""
    done = k8snet(*words, "--dump", lists(tmp_path, *kinds), env={"COLUMNS": "200"})

    assert done.returncode == 5, done
    assert f"{refused} could not be read (the dump has no list of them)" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("path", "shop/cart-1", "nope"),
        ("path", "shop/cart-1", "shop/pod/nope", "--port", "80"),
        ("path", "shop/nope", "web"),
        ("why", "10.96.0.99"),
    ],
)
def test_dump_that_has_the_kind(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Its look-alike: where the list was read, what is not in it does not exist."""
    done = k8snet(*words, "--dump", lists(tmp_path))

    assert done.returncode == 2, done
    assert "no " in done.stderr.lower()
