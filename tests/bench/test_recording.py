"""The floor of what reads a cluster makes all of its requests again: none is made by a way that is not recorded."""

import inspect

from bench.recording import RecordingCluster
from bot.cluster.transport import Cluster

_NOT_READING = {"send", "follow"}  # probes and watches: no list, and no object


def test_every_way_to_read_is_recorded() -> None:
    """Lists that come in one answer have a way of their own."""
    counted = {name for name, each in vars(Cluster).items() if "self._count()" in _source(each)}

    assert counted
    assert {each.removeprefix("_") for each in counted} - _NOT_READING <= vars(RecordingCluster).keys()


def _source(member: object) -> str:
    return inspect.getsource(member) if inspect.isfunction(member) else ""
