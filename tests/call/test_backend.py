"""Backends and the application: pods by their own status, and the application by what it answered."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Basis, Status
from tests.call.sights import crashing, pod, sight

UNREADY = {"conditions": [{"type": "Ready", "status": "False"}]}
PODS = ("user-service-1", "user-service-2", "user-service-3")
PLACES = ("10.244.0.11:8080", "10.244.1.12:8080", "10.244.1.13:8080")


def unready(*names: str) -> tuple[dict[str, Any], ...]:
    return tuple(pod(each, status=UNREADY) for each in names)


def test_backends_that_are_ready_are_sound() -> None:
    """One ready pod serves; what the others lack is said by a check."""
    assert sight(Hop.BACKEND).status is Status.OK
    assert sight(Hop.BACKEND, *unready(*PODS[:2])).status is Status.OK


def test_backends_of_which_none_is_ready_or_known_are_unknown() -> None:
    """Not read, not there, not ready, or ready between two crashes."""
    shaky = pod(PODS[0], status={"containerStatuses": [crashing()]})

    assert sight(Hop.BACKEND, shaky).status is Status.UNKNOWN
    assert sight(Hop.BACKEND, *unready(*PODS)).status is Status.UNKNOWN
    assert sight(Hop.BACKEND, gap="pods").status is Status.UNKNOWN
    assert sight(Hop.BACKEND, drop=[f"Pod shop/{each}" for each in PODS]).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("saw", "status"),
    [
        ([f"http endpoint {each}/ready 200" for each in PLACES], Status.OK),
        ([f"http endpoint {each}/ready 404" for each in PLACES], Status.OK),
        ([f"tcp endpoint {each} answered" for each in PLACES], Status.OK),
        ([f"http endpoint {each}/ready 503" for each in PLACES], Status.UNKNOWN),
        ([f"http endpoint {PLACES[0]}/ready 200", f"http endpoint {PLACES[1]}/ready 503"], Status.UNKNOWN),
    ],
)
def test_application_is_known_by_its_answers(saw: list[str], status: Status) -> None:
    """Any answer below 500 is one; a single backend that fails leaves the application open."""
    seen = sight(Hop.APPLICATION, saw=saw)

    assert (seen.status, seen.basis) == (status, Basis.PROBED)


def test_unprobed_application_rests_on_readiness() -> None:
    """On configuration alone it is as sound as its backends, and not as strangers' addresses."""
    assert sight(Hop.APPLICATION).basis is Basis.CONFIG
    assert sight(Hop.APPLICATION, *unready(*PODS)).status is Status.UNKNOWN


PUBLISHED = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {"publishNotReadyAddresses": True, "clusterIP": "None", "clusterIPs": ["None"]},
}


def test_unready_backends_that_are_published_are_sound_only_where_they_were_seen_to_accept() -> None:
    """A headless Service for peers sends to them all the same; their own probes say that they do not serve."""
    seen = sight(Hop.BACKEND, PUBLISHED, *unready(*PODS))

    assert (seen.status, "all the same" in seen.because) == (Status.UNKNOWN, True), seen
    assert sight(Hop.APPLICATION, PUBLISHED, *unready(*PODS)).status is Status.UNKNOWN
    accept = [f"tcp endpoint {each} answered" for each in PLACES]
    assert sight(Hop.BACKEND, PUBLISHED, *unready(*PODS), saw=accept).status is Status.OK
    refuse = [*accept[:2], f"tcp endpoint {PLACES[2]} refused"]
    assert sight(Hop.BACKEND, PUBLISHED, *unready(*PODS), saw=refuse).status is Status.UNKNOWN
    assert sight(Hop.BACKEND, PUBLISHED, *unready(*PODS[:2])).status is Status.OK
