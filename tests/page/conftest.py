"""The playground as a person starts it, with its page in Chromium. Whatever a test does, the console stays silent."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.page.machine import MODULES, chromium

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 740}
# Answers come in a second; a machine that is busy with other tests takes longer.
PATIENCE_MS = 30_000
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A playground of its own, served until the tests end; SIGTERM ends it with 0."""
    command = [sys.executable, "-m", "bot", "playground", "--serve", "help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if found := re.search(r"Click through it: +(http\S+)", line):
                yield found[1]
                break
        else:
            pytest.fail(f"no page: {told}")
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # Chromium has no sandbox for root, which CI is; the page is our own.
    browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What pages said on their consoles; it must be nothing by the end of every test."""
    lines: list[str] = []
    yield lines
    assert lines == []


@pytest.fixture
def allow_said(said: list[str]) -> Callable[[], list[str]]:
    """Take what was said so far, because the test is about it."""

    def take() -> list[str]:
        taken = list(said)
        said.clear()
        return taken

    return take


@pytest.fixture
def open_page(browser: Browser, address: str, said: list[str]) -> Iterator[OpenPage]:
    """Open the page as somebody, somewhere, on some screen. What it says on its console is kept."""
    contexts: list[BrowserContext] = []

    def open_page(query: str = "", *, size: dict[str, int] = WIDE, scheme: str = "light", **more: Any) -> Page:
        context = browser.new_context(
            viewport=size, color_scheme=scheme, has_touch=size is PHONE, is_mobile=size is PHONE, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}?{query}")
        page.locator("#person option").first.wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()


def send(page: Page, words: str, *, where: str = "#composer") -> None:
    """Type words as a person does, and send them with Enter."""
    field = page.locator(f"{where} textarea")
    field.fill(words)
    field.press("Enter")


def faults(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands: a rule and the elements."""
    page.evaluate((MODULES / "axe-core/axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found["violations"]]
