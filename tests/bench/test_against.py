"""An older commit and this one: measured in turns, compared by medians, and requests counted from outside."""

import json
import sys
from pathlib import Path

import pytest
from aiohttp import web

from bench.against import compared_with_older
from bench.counting import counted
from bench.processes import Run, Sample, in_turns, measure, python
from bench.rows import CannotMeasureError, cells
from tests.reader.serving import serving

OLDER = [Sample(wall=0.5, cpu=0.4, peak=each) for each in (60.0, 61.0, 62.0, 63.0, 64.0)]
_READ_TWICE = """
import json, os, sys, urllib.request
server = json.load(open(os.environ["KUBECONFIG"]))["clusters"][0]["cluster"]["server"]
asked = [urllib.request.Request(server + path, headers={"Authorization": "Bearer t"}) for path in ("/a?x=%2F", "/a", "/b")]
sys.exit(3 if [urllib.request.urlopen(each).read() for each in asked] == [b"/a?x=%2F", b"/a", b"/b"] else 1)
"""


def test_processes_run_in_turns(tmp_path: Path) -> None:
    """A B A B …, after one turn that warms both and is not counted."""
    log = tmp_path / "log"
    one, other = (Run((sys.executable, "-c", f"open({str(log)!r}, 'a').write({name!r})")) for name in "AB")

    samples = in_turns(one, other, 2)

    assert log.read_text() == "ABABAB"
    assert [len(each) for each in samples] == [2, 2]


def test_no_module_comes_from_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older commit that took its modules from a PYTHONPATH would be this one."""
    (tmp_path / "stranger.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(CannotMeasureError, match="stranger"):
        measure(python("-c", "import stranger"))


@pytest.mark.parametrize(
    ("cpu", "peaks", "ratio", "held"),
    [
        pytest.param(0.43, (60.5, 61.0, 62.5, 63.0, 64.0), "1.00 (CPU 1.07; MB 1.01)", "yes", id="the noise of memory"),
        pytest.param(0.30, (50.0, 51.0, 52.0, 53.0, 54.0), "1.00 (CPU 0.75; MB 0.84)", "yes", id="better"),
        pytest.param(0.45, (60.0, 61.0, 62.0, 63.0, 64.0), "1.00 (CPU 1.12; MB 1.00)", "NO", id="slower"),
        pytest.param(0.40, (62.0, 63.0, 64.0, 65.0, 63.0), "1.00 (CPU 1.00; MB 1.02)", "NO", id="larger"),
        pytest.param(
            0.40, (70.0, 70.0, 70.0, 50.0, 50.0), "1.00 (CPU 1.00; MB 1.13)", "unclear", id="some pairs larger"
        ),
        pytest.param(0.45, (70.0, 70.0, 70.0, 50.0, 50.0), "1.00 (CPU 1.12; MB 1.13)", "NO", id="slower all the same"),
    ],
)
def test_medians_are_compared(cpu: float, peaks: tuple[float, ...], ratio: str, held: str) -> None:
    """CPU within a tenth; memory is larger where the medians and four of five pairs say so."""
    row = compared_with_older("`why`", OLDER, [Sample(wall=0.5, cpu=cpu, peak=each) for each in peaks])

    assert cells(row)[3:] == (ratio, "CPU ≤ 1.1 ×, MB not larger", held)
    assert len(row.samples["floor"]) == len(row.samples["ours"]) == len(OLDER)


async def test_requests_are_counted_from_outside(tmp_path: Path) -> None:
    """What the process asks reaches the server as it was asked, and is counted by path."""

    async def answer(asked: web.BaseRequest) -> web.Response:
        is_known = asked.headers.get("Authorization") == "Bearer t"
        return web.Response(text=asked.raw_path if is_known else "who?")

    async with serving(answer) as server:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(json.dumps({"clusters": [{"cluster": {"server": server}}]}))
        found = await counted(Run((sys.executable, "-c", _READ_TWICE), environ={"KUBECONFIG": str(kubeconfig)}))

    assert (found.code, found.requests) == (3, {"/a": 2, "/b": 1})
    assert str(found) == "3 (exit 3)"
