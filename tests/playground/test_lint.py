"""The lint says no to the first illegal value of every limit and nothing to the last legal one."""

import warnings
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, ConfirmObject, Option
from slack_sdk.models.views import View

from handlers.blockkit.lint import lint


def _load() -> ModuleType:
    spec = spec_from_file_location("lint_blocks", Path(__file__).with_name("blocks.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


given_blocks = _load()
MESSAGES = given_blocks.MESSAGE_PAIRS + given_blocks.WORDING_PAIRS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
KINDS = st.sampled_from(["section", "header", "table", "data_table", "data_visualization", "container", "plan", "text"])
KEYS = st.sampled_from(
    ["text", "fields", "elements", "rows", "chart", "type", "block_id", "series", "data", "axis_config", "categories"]
)


def errors(message: dict[str, Any], **how: Any) -> set[str]:
    return {one.code for one in lint(message, mentions=("U0ASKER",), **how) if one.severity == "error"}


def ids(pairs: list[tuple[Any, ...]]) -> list[str]:
    return [pair[0] for pair in pairs]


@pytest.mark.parametrize(("name", "legal", "illegal", "code"), MESSAGES, ids=ids(MESSAGES))
def test_blocks(name: str, legal: list[Any], illegal: list[Any], code: str) -> None:
    """One step over a limit is exactly one kind of error, the limit itself is none."""
    assert errors({"text": "x", "blocks": legal}) == set(), name
    assert errors({"text": "x", "blocks": illegal}) == {code}, name


@pytest.mark.parametrize(
    ("name", "legal", "illegal", "code"), given_blocks.VIEW_PAIRS, ids=ids(given_blocks.VIEW_PAIRS)
)
def test_views(name: str, legal: dict[str, Any], illegal: dict[str, Any], code: str) -> None:
    """The same for modals."""
    assert errors(legal, surface="modal") == set(), name
    assert code in errors(illegal, surface="modal"), name


@pytest.mark.parametrize(
    ("name", "legal", "illegal", "code"), given_blocks.TEXT_PAIRS, ids=ids(given_blocks.TEXT_PAIRS)
)
def test_texts_and_options(name: str, legal: dict[str, Any], illegal: dict[str, Any], code: str) -> None:
    """The same for what stands around the blocks."""
    assert errors(legal) == set(), name
    assert errors(illegal) == {code}, name


def test_budgets_are_warnings() -> None:
    """Our own budgets warn before Slack refuses: 40 blocks, 10,000 bytes, 150 characters of text."""
    section = given_blocks.section()
    at_budget = {"text": "x" * 150, "blocks": [section] * 40}
    assert lint(at_budget) == ()
    over = lint({"text": "x" * 151, "blocks": [section] * 41})
    assert [(one.pointer, one.severity) for one in over] == [("/blocks", "warning"), ("/text", "warning")]
    assert lint({"text": "x", "blocks": given_blocks.sized(10_000)}) == ()
    assert [one.code for one in lint({"text": "x", "blocks": given_blocks.sized(10_001)})] == ["budget"]


def test_options_must_go_with_the_call() -> None:
    """chat.update parses names and chat.postMessage unfurls unless each call says no."""
    bare = {"text": "x"}
    quiet = {"text": "x", "parse": "none", "link_names": False}
    assert errors(bare, method="chat.update") == {"option"}
    assert errors(quiet, method="chat.update") == set()
    assert errors(quiet, method="chat.postMessage") == {"option"}
    assert errors(quiet | {"unfurl_links": False, "unfurl_media": False}, method="chat.postMessage") == set()


def test_data_tables_share_one_total() -> None:
    """20,000 characters over all data tables; only a Home has room for that many."""
    tables = [given_blocks.data_table(text="x" * 2500, cells=2) for _ in range(2)]
    home = {"type": "home", "blocks": tables}
    assert errors(home, surface="home") == set()
    tables[1]["rows"][1][1] = {"type": "raw_text", "text": "x" * 2501}
    assert errors(home, surface="home") == {"too-long"}


def test_an_update_takes_new_block_ids() -> None:
    """The ids of the version before may not come again."""
    message = {"text": "x", "blocks": [given_blocks.section(block_id="run.1.0")]}
    assert errors(message, changed_block_ids={"run.0.0"}) == set()
    assert errors(message, changed_block_ids={"run.1.0"}) == {"same-block-id"}


def test_pointer_names_the_place() -> None:
    """A pointer leads to the very string, through containers and lists."""
    deep = given_blocks.container(given_blocks.section(), given_blocks.section("a < b"))
    (found,) = lint({"text": "x", "blocks": [deep]})
    assert found.pointer == "/blocks/0/child_blocks/1/text/text"


def test_allowed_links_may_stand() -> None:
    """A permalink of our own workspace is no phishing."""
    message = {"text": "x", "blocks": [given_blocks.section("<https://acme.slack.com/archives/C1/p1|Thread>")]}
    assert errors(message) == {"token"}
    assert errors(message, links=("https://acme.slack.com/archives/",)) == set()


@given(st.lists(st.dictionaries(KEYS, JSON, max_size=4) | JSON, max_size=4), KINDS)
def test_never_raises(blocks: list[Any], kind: str) -> None:
    """Whatever JSON comes, the lint answers with problems, not with an exception."""
    typed = [{**one, "type": kind} if isinstance(one, dict) else one for one in blocks]
    for surface in ("message", "modal", "home"):
        lint({"text": "x", "blocks": typed}, surface=surface)


# Where the SDK's own validators let pass what Slack or our rules refuse; the other way round there is nothing.
SDK_IS_SILENT = {
    "section empty text", "section field", "header mrkdwn", "image from the internet", "list indent",
    "rich text element", "markdown total", "table rows", "table cells", "table empty cell", "table characters", "one table",
    "container child", "container collapsed", "card actions", "plan tasks", "one plan", "task pending", "task id",
    "unknown key", "alert is no message", "action_id twice", "block_id twice", "fifty blocks", "13,000 bytes", "focus",
    "radio options", "checkbox options",
}  # fmt: skip
SDK_KNOWS_NOT = ("data table", "chart", "two charts", "unknown block")


def sdk_refuses(blocks: list[dict[str, Any]]) -> bool:
    """Ask the SDK's models; an exception while parsing is a refusal, too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for block in blocks:
                Block.parse(block).validate_json()
                if block["type"] == "actions":
                    _elements(block)
    except (SlackObjectFormationError, TypeError):
        return True
    return False


def _elements(block: dict[str, Any]) -> None:
    """The SDK checks elements, options and dialogs only when asked for each."""
    for element, parsed in zip(block["elements"], Block.parse(block).elements, strict=True):
        parsed.validate_json()
        for option in element.get("options", ()):
            Option(**option).validate_json()
        if "confirm" in element:
            ConfirmObject(**element["confirm"]).validate_json()


SHARED = [pair for pair in given_blocks.MESSAGE_PAIRS if not pair[0].startswith(SDK_KNOWS_NOT)]


@pytest.mark.parametrize(("name", "legal", "illegal", "code"), SHARED, ids=ids(SHARED))
def test_sdk_agrees(name: str, legal: list[Any], illegal: list[Any], code: str) -> None:
    """slack_sdk accepts what we accept and refuses what we refuse, but for the known list."""
    del code
    assert not sdk_refuses(legal)
    assert sdk_refuses(illegal) == (name not in SDK_IS_SILENT)


@pytest.mark.parametrize(
    ("name", "legal", "illegal", "code"), given_blocks.VIEW_PAIRS, ids=ids(given_blocks.VIEW_PAIRS)
)
def test_sdk_accepts_our_legal_views(name: str, legal: dict[str, Any], illegal: dict[str, Any], code: str) -> None:
    """Every view that we call legal passes the SDK's validators."""
    del name, illegal, code
    View(**legal).validate_json()
