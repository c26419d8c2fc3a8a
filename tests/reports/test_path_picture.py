"""The picture of a way says it in words and shapes, not by colour alone; nothing runs over its edge, whatever it says."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.model.call.hop import Hop, HopState
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.status import Basis, Status
from bot.reports.path_picture import path_picture
from bot.reports.path_text import hops_text
from handlers.picture import png
from tests.reports.samples import HEALTHY, TROUBLED

SVG = "{http://www.w3.org/2000/svg}"
LETTER = 0.6021  # of the font's size: https://dejavu-fonts.github.io/, advance 1233 of 2048 units


def diagnosis(*statuses: Status, said: str = "looked at") -> Diagnosis:
    """Return a diagnosis whose hops have these statuses, in order."""
    hops = (HopState(hop, status, Basis.CONFIG, said) for hop, status in zip(Hop, statuses, strict=False))
    return replace(TROUBLED, hops=tuple(hops))


def drawn(found: Diagnosis) -> ET.Element:
    picture = path_picture(found)
    assert picture is not None
    return ET.fromstring(picture.svg)


def words(root: ET.Element) -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]


def test_the_first_broken_hop_is_marked_without_colour() -> None:
    """One hop says BROKEN HERE in a frame; what lies behind is dashed, what lies before is not."""
    root = drawn(diagnosis(Status.OK, Status.WARN, Status.FAIL, Status.FAIL, Status.OK))
    rows = [each for each in words(root) if " · " in each]
    lines = [each for each in root.iter(f"{SVG}path") if each.get("stroke") == "#57606a"]
    dashed = [each.get("stroke-dasharray") is not None for each in lines]

    assert rows == ["caller · ok", "resolver · warn", "dns-access · fail", "dns-server · fail", "record · ok"]
    assert words(root).count("BROKEN HERE") == 1
    assert dashed == sorted(dashed)
    assert len(set(dashed)) == 2


def test_each_status_has_a_mark_of_its_own() -> None:
    """Printed in grey, the four marks still differ."""
    root = drawn(diagnosis(Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN))
    marks = [
        tuple((shape.tag, shape.get("d"), shape.get("stroke-dasharray")) for shape in group)
        for group in root.iter(f"{SVG}g")
    ]

    assert len(set(marks)) == 4


def test_a_sound_way_has_no_mark() -> None:
    """Nothing is framed, nothing dashed, and what this call does not pass is not drawn."""
    root = drawn(replace(diagnosis(Status.OK, Status.OFF_PATH, Status.OK), outcome=Status.OK))

    assert [each for each in words(root) if " · " in each] == ["caller · ok", "dns-access · ok"]
    assert "BROKEN HERE" not in words(root)
    assert not [each for each in root.iter(f"{SVG}path") if each.get("stroke-dasharray")]


def test_no_hops_no_picture() -> None:
    """An answer that looked at nothing has nothing to show."""
    assert path_picture(replace(HEALTHY, hops=())) is None


@given(st.lists(st.sampled_from([*Status]), min_size=1, max_size=15), st.text(max_size=400), st.text(max_size=80))
def test_hostile_text_stays_text_and_inside(statuses: list[Status], said: str, name: str) -> None:
    """Any text is one text of a well-formed picture; no line is longer than the picture is wide."""
    found = diagnosis(Status.FAIL, *statuses, said=said)
    found = replace(found, question=replace(found.question, service=name, source=None))
    picture = path_picture(found)
    assert picture is not None
    root = ET.fromstring(picture.svg)

    assert {each.tag for each in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "rect", "circle", "g", "path", "text")
    }
    for each in root.iter(f"{SVG}text"):
        length = len("".join(each.itertext())) * float(each.get("font-size", "")) * LETTER
        left = float(each.get("x", "")) - (length if each.get("text-anchor") == "end" else 0)
        assert left >= 0
        assert left + length <= 560
    assert len(picture.alt) <= 1000
    assert not re.search(r"[\x00-\x1f]", picture.alt)
    assert hops_text(found, width=90).count("broken here") >= 1


def test_it_can_be_drawn() -> None:
    """The letters are there: a picture with words has far more ink than the same one without a font would have."""
    picture = path_picture(TROUBLED)
    assert picture is not None
    bare = re.sub(r"<text.*?</text>", "", picture.svg, flags=re.DOTALL)

    assert len(png(picture.svg)) > 2 * len(png(bare))
    assert png("<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/>").startswith(b"\x89PNG")
