"""`-o mermaid` read by Mermaid itself, in Chromium: it draws every node, and each shows what was said, whatever that is."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from bot.model.call.hop import Hop, HopState
from bot.model.policy.decisions import Answer
from bot.model.result.path import PathAnswer, Side
from bot.model.result.status import Basis, Status
from bot.reports.mermaid import mermaid
from tests.page.machine import MODULES

pytestmark = pytest.mark.browser
HOSTILE = (
    'a"]; click hop0 "javascript:alert(1)"',
    "%%{init: {'theme':'dark'}}%% x",
    "`**bold** [x](http://evil)`",
    "<img src=x onerror=alert(1)> &lt; #35; #quot;",
    "end; subgraph s; A-->B",
    "1. first - second",
    "- a list",
    "größe Ж 名 🙂 style:::fail @{shape: hex}",
)
# Mermaid would draw a formula and an icon: a blank is put between what it looks for.
PARTED = {"$$\\frac{1}{2}$$": "$ $\\frac{1}{2}$ $", "xfa:fa-car fab:fa-git": "xfa: fa-car fab: fa-git"}
DRAW = """async (source) => {
  mermaid.initialize({startOnLoad: false, securityLevel: 'strict'});
  const drawn = await mermaid.render('way', source);
  document.body.innerHTML = drawn.svg;
  return [...document.querySelectorAll('.node')].map(node => node.textContent.replace(/\\s+/g, ' ').trim());
}"""


def path_of(caller: str, *said: str, decision: Answer = "deny") -> PathAnswer:
    """Return an answer whose hops say these things; the second one fails."""
    side = Side(decision)
    hops = [HopState(hop, Status.OK, Basis.CONFIG, each) for hop, each in zip(Hop, said, strict=False)]
    if len(hops) > 1:
        hops[1] = HopState(hops[1].hop, Status.FAIL, Basis.CONFIG, hops[1].because)
    return PathAnswer(caller, said[0], 80, "TCP", decision, side, side, (), hops=tuple(hops))


@pytest.fixture
def drawn(browser: Browser, said: list[str]) -> Any:
    """Return what draws a chart and gives the texts of its nodes; what Mermaid says on the console is kept."""
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.set_content("<body></body>")
    page.add_script_tag(path=str(MODULES / "mermaid/dist/mermaid.min.js"))
    yield lambda source: page.evaluate(DRAW, source)
    context.close()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_read(drawn, text: str) -> None:
    """Names that would end a label, start a directive or be a link are drawn letter by letter, as caller, hop and target."""
    shown = drawn(mermaid(path_of(text, text, text)))

    assert shown == [text, f"caller: ok{text}", f"resolver: failbroken here: {text}", text]


@pytest.mark.parametrize("text", PARTED)
def test_formulas_and_icons_are_text(drawn, text: str) -> None:
    """What Mermaid looks for behind its own parser is parted by a blank, in every place."""
    shown = drawn(mermaid(path_of(text, text, text)))

    assert [each.partition(PARTED[text])[1] for each in shown] == [PARTED[text]] * 4


def test_every_hop_is_drawn(drawn) -> None:
    """All hops of a call stand between caller and target, and the first broken one says so."""
    shown = drawn(mermaid(path_of("shop/checkout", *(f"looked at {each}" for each in Hop))))

    assert len(shown) == len(Hop) + 2
    assert [each for each in shown if "broken here" in each] == ["resolver: failbroken here: looked at resolver"]


def test_mermaid_refuses_what_is_no_chart(drawn, said: list[str]) -> None:
    """The judge is no rubber stamp: an unescaped quote is an error."""
    with pytest.raises(Exception, match="Parse error"):
        drawn('flowchart TD\n  a["b"c"]\n')
    said.clear()
