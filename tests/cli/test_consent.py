"""`--probe-from-caller`: nothing is added to a pod but where it is allowed, and somebody has agreed to just that."""

import os
import pty
import subprocess
import sys

import pytest

from bot.config import read_config
from bot.errors import SettingError, UsageError
from bot.model.question.grammar import parse
from bot.model.question.question import Source
from bot.model.question.request import expect_askable, request_of
from bot.model.result.diagnosis import Offer
from bot.reports.words import container_words
from tests.cli.program import CLUSTER, ROOT, k8snet

ASKED = ("why", "users", "-n", "shop", "--from", "shop/checkout-1", "--probe-from-caller")
ON = {"K8SNET_CALLER_PROBE": "true", "K8SNET_CALLER_PROBE_IMAGE": "registry.example/k8snet:1"}
MEASURES = "--probe-from-caller measures in a cluster: leave out --no-probe and --dump."


@pytest.mark.parametrize(
    ("words", "env", "told"),
    [
        (ASKED, {}, "Nothing is added to a pod unless K8SNET_CALLER_PROBE=true."),
        ((*ASKED, "--yes"), {}, "Nothing is added to a pod unless K8SNET_CALLER_PROBE=true."),
        (ASKED, ON, "Nobody is here to agree to a container in the caller's pod."),
        (
            (*ASKED, "--yes", "--no-probe"),
            ON,
            MEASURES,
        ),
        (
            (*ASKED, "--yes", "--dump", CLUSTER),
            ON,
            MEASURES,
        ),
        (("dns", "users", "--from", "shop/a", "--probe-from-caller"), {}, "Nothing is added to a pod unless"),
        (("dns", "users", "--from", "shop/a", "--probe-from-caller"), ON, "Nobody is here to agree to a container"),
        (("dns", "users", "--probe-from-caller", "--yes"), ON, "Nobody is named who calls a Service"),
        (("why", "users", "--probe-from-caller", "--yes"), ON, "Nobody is named who calls a Service"),
        (
            ("why", "users", "--from", "shop/", "--probe-from-caller", "--yes"),
            ON,
            "Nobody is named who calls a Service",
        ),
    ],
)
def test_refused_in_words(words: tuple[str, ...], env: dict[str, str], told: str) -> None:
    done = k8snet(*words, env=env)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"k8snet: {told}")


def test_script_without_yes_is_told_what_yes_would_mean() -> None:
    told = k8snet(*ASKED, env=ON).stderr

    assert "(registry.example/k8snet:1) to pod shop/checkout-1." in told
    assert "stays in the pod's spec until the pod ends: it cannot be removed. Agree by --yes." in told


@pytest.mark.parametrize(("typed", "told"), [("n\n", "Nothing was added"), ("\n", "Nothing was added"), ("Y\n", "")])
def test_person_is_asked_at_the_terminal(typed: str, told: str) -> None:
    """No is what is taken for granted. After a yes the cluster is asked, which is not there in this test."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("K8SNET_", "KUBE"))}
    environ = {**kept, **ON, "KUBECONFIG": str(ROOT / "no-kubeconfig"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", *ASKED]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, check=False
    )
    os.close(theirs)
    said = _all(ours)

    assert "Add it? [y/N]" in said
    assert said.index("it cannot be removed") < said.index("Add it?")
    assert told in said
    assert done.returncode == (2 if told else done.returncode)
    assert told or "kubeconfig" in said.lower()


def _all(terminal: int) -> str:
    """Read what was written to a terminal that nobody holds any more."""
    found = b""
    try:
        while part := os.read(terminal, 4096):
            found += part
    except OSError:  # EIO: Linux says so where the other end is closed
        pass
    finally:
        os.close(terminal)
    return " ".join(found.decode().split())


def test_words_fit_into_a_dialog() -> None:
    """Slack takes 300 characters, and both the longest pod and that it stays must be among them."""
    source = Source(namespace="n" * 63, pod="p" * 253)
    words = container_words(source, Offer("registry.example/team/k8snet:1@sha256:" + "0" * 64, 45))

    assert len(words) <= 300
    assert "it cannot be removed" in words


def test_no_sentence_agrees() -> None:
    """What is typed never asks for it, in no form; and an agreement to nobody's pod is none."""
    for words in (
        "why users from shop/checkout --probe-from-caller",
        "why users from shop/checkout probe from caller yes",
    ):
        with pytest.raises(UsageError):
            parse(words)
    request = request_of(parse("why users in shop from shop/checkout"))

    assert not request.from_caller
    expect_askable(request)


def test_waiting_fits_into_a_run() -> None:
    with pytest.raises(SettingError, match="together be below K8SNET_JOB_TIMEOUT"):
        read_config({"K8SNET_CALLER_PROBE": "true", "K8SNET_CALLER_PROBE_SECONDS": "56"})
    assert read_config({"K8SNET_CALLER_PROBE": "true"}).caller_probe_image.startswith("ghcr.io/k8snet/k8snet:0.1.0")
