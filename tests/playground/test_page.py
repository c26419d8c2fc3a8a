"""The page without a browser: who may ask it, what it makes of hostile text, what it does with acts that cannot be."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.fake_slack import FakeSlack
from playground.fake_slack.block_html import block_html
from playground.fake_slack.page import message_html
from playground.fake_slack.sample import acme
from playground.fake_slack.state import Message
from playground.page.guard import POLICY
from playground.page.site import page

ALLOWED = {
    *("article", "div", "span", "time", "p", "button", "h3", "b", "i", "s", "code", "pre", "br", "a", "input", "label"),
    *("select", "option", "ul", "li", "details", "summary"),
}


@pytest.fixture
async def address(slack: FakeSlack) -> AsyncIterator[str]:
    async with page(slack) as address:
        yield address


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def act(session: aiohttp.ClientSession, address: str, **done: Any) -> Any:
    origin = address.rstrip("/")
    async with session.post(f"{address}act", json={"person": "ana", **done}, headers={"Origin": origin}) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", ["", "page.js", "messages.css", "screens", "nothing.js", "../stage.py"])
async def test_every_answer_has_the_policy(session, address: str, path: str) -> None:
    """No file, stream or error goes out without the headers that keep scripts of others away."""
    async with session.get(address + path) as answer:
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert "unsafe" not in POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "status"), [("evil.example", 421), ("127.0.0.1", 421), ("127.0.0.1:1", 421), ("localhost:{port}", 200)]
)
async def test_another_name_is_refused(session, address: str, host: str, status: int) -> None:
    """A name that somebody points at 127.0.0.1 (DNS rebinding) reads nothing; localhost is this machine."""
    named = host.format(port=address.rstrip("/").rpartition(":")[2])
    async with session.get(address, headers={"Host": named}) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "{own}", "Content-Type": "text/plain"}, 415),
        ({"Origin": "{own}", "Content-Type": "application/json"}, 200),
    ],
)
async def test_another_page_cannot_act(
    session, slack: FakeSlack, address: str, headers: dict[str, str], status: int
) -> None:
    """Only the page itself may act: another origin, none, or a form's content type is refused, and nothing is written."""
    own = address.rstrip("/")
    body = '{"kind": "write", "person": "ana", "place": "random", "text": "hello"}'
    sent = {key: value.format(own=own) for key, value in headers.items()}
    async with session.post(f"{address}act", data=body, headers=sent) as answer:
        assert answer.status == status

    assert bool(slack.messages("#random")) == (status == 200)


async def test_page_listens_on_loopback_alone(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ({"kind": "fly"}, "fly"),
        ({"kind": "write", "person": "nobody", "text": "x"}, "nobody"),
        ({"kind": "write", "place": "nowhere", "text": "x"}, "nowhere"),
        ({"kind": "write", "place": "old-incidents", "text": "x"}, "archived"),
        ({"kind": "write", "place": "incidents", "text": "/giphy cats"}, "/giphy is not a command"),
        ({"kind": "click", "channel": "C0INCIDENTS", "ts": "1.0", "action": "x"}, "not there any more"),
        ({"kind": "click", "view": "V0", "action": "x"}, "not on the screen"),
    ],
)
async def test_impossible_act_is_a_sentence(session, address: str, done: dict[str, str], said: str) -> None:
    """What a person cannot do in Slack is answered with a sentence, and nothing else happens."""
    status, answer = await act(session, address, **done)

    assert status == 200
    assert said in answer["error"]


async def test_nonsense_is_refused(session, address: str) -> None:
    """An act with a field that none has is refused."""
    status, answer = await act(session, address, kind="write", colour="red")

    assert status == 400
    assert "colour" in answer["error"]


async def test_stranger_sees_their_own_channel(session, address: str) -> None:
    """Who asks for a channel they are not in sees the first of theirs; who does not exist sees nothing."""
    async with session.get(f"{address}screens?person=sue&place=incidents") as answer:
        line = await answer.content.readline()
        assert b'"title":"#with-other"' in line
    async with session.get(f"{address}screens?person=nobody") as answer:
        assert answer.status == 404


class Elements(HTMLParser):
    """Collects what a browser would make of HTML: elements, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                "<script>",
                "</script>",
                "<img src=x onerror=a>",
                '"',
                "'",
                "&lt;",
                "<!--",
                "`",
                "```",
                "*",
                "<javascript:a|b>",
                ">",
            ]
        ),
        max_size=8,
    ).map("".join),
)


@given(HOSTILE)
def test_hostile_words_make_no_element(words: str) -> None:
    """Whatever a message, a label, an option or a code block says: no element comes of it but those of the layout."""
    text = {"type": "mrkdwn", "text": words}
    plain = {"type": "plain_text", "text": words}
    option = {"text": plain, "value": words}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain},
        {
            "type": "section",
            "text": text,
            "accessory": {"type": "button", "text": plain, "action_id": words, "value": words},
        },
        {"type": "context", "elements": [text]},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]}],
        },
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": words}]}],
        },
        {"type": "actions", "elements": [{"type": "overflow", "action_id": words, "options": [option]}]},
        {
            "type": "input",
            "block_id": words,
            "label": plain,
            "element": {"type": "static_select", "action_id": words, "options": [option], "placeholder": plain},
        },
        {"type": f"unknown {words}"},  # what is known, and not whole, the fake Slack refuses before it is drawn
    ]
    workspace = acme()
    html = "".join(block_html(each, workspace) for each in blocks)
    html += message_html(Message("C0RANDOM", "1.0", "U0ANA", words), workspace)
    found = Elements(html)

    assert found.tags <= ALLOWED
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in {"style", "src"}]
    assert all((value or "").startswith(("http://", "https://")) for name, value in found.attributes if name == "href")
