"""The pictures of README and docs, taken from the page: `make pictures` writes them to docs/pictures.

In the tests they are only taken, so that the way to them stays open.
"""

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PATIENCE_MS, PHONE, send

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE_MS)
DOCS = Path(__file__).parents[2] / "docs/pictures"
# A repository keeps every version of a picture for ever.
MOST_BYTES = 120_000
SMALL = {"width": 1120, "height": 700}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return DOCS if os.environ.get("K8SNET_WRITE_PICTURES") else tmp_path


def take(page: Page, file: Path) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=file, animations="disabled", caret="hide")
    subprocess.run(["pngquant", "--strip", "--force", "--output", file, "128", file], check=True)
    assert file.stat().st_size < MOST_BYTES


def ask_all(page: Page) -> None:
    """Fill a channel as an incident does: a complaint, a question in its thread, and a digest."""
    send(page, "cart is empty for everybody since 04:41")
    mine = page.locator("#messages article", has_text="cart is empty").last
    mine.get_by_role("button", name="Reply in Thread").click()
    send(page, "@k8snet why cart-service in shop fresh", where="#thread")
    expect(page.locator("#replies")).to_contain_text("RTE-001")
    page.get_by_role("button", name="Close the thread").click()
    for words, said in (("why catalog in shop fresh", "catalog ·"), ("digest for shop fresh", "sample shop")):
        send(page, f"/k8snet {words}")
        expect(page.locator("#messages article", has_text=said).last).to_contain_text("details in thread")


def test_pictures(open_page, folder: Path) -> None:
    """Channel with thread in light and dark, on a phone, the evidence and Home."""
    light = open_page("in=incidents", size=SMALL)
    ask_all(light)
    for scheme in ("light", "dark"):
        page = open_page("in=incidents", size=SMALL, scheme=scheme)
        page.locator("#messages article", has_text="cart is empty").last.get_by_role("button", name="2 replies").click()
        expect(page.locator("#replies")).to_contain_text("RTE-001")
        take(page, folder / f"thread-{scheme}.png")
    page.locator("#replies").get_by_role("button", name="Show Evidence").click()
    expect(page.get_by_role("dialog")).to_contain_text("How This Was Decided")
    take(page, folder / "evidence.png")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    phone = open_page("in=incidents", size=PHONE)
    take(phone, folder / "phone-channel.png")
    phone.locator("#messages article", has_text="cart is empty").last.get_by_role("button", name="2 replies").click()
    expect(phone.locator("#replies")).to_contain_text("RTE-001")
    take(phone, folder / "phone-thread.png")
    phone.get_by_role("button", name="Close the thread").click()
    send(phone, "@k8snet why is user-service in shop timing out?")
    phone.locator("#messages article", has_text="timing out").last.get_by_role("button", name="1 reply").click()
    expect(phone.locator("#replies")).to_contain_text("Nothing that explains a timeout")
    take(phone, folder / "phone-sentence.png")
    home = open_page("in=home", size=SMALL)
    expect(home.locator("#home")).to_contain_text("/k8snet")
    take(home, folder / "home.png")


def test_picture_of_a_path(open_page, folder: Path) -> None:
    """What *Show Path* shares, byte for byte but for fewer colours."""
    page = open_page("in=shop-dev")
    send(page, "/k8snet why payments in pay from shop/checkout fresh")
    page.locator("#messages article", has_text="payments ·").last.get_by_role("button", name="1 reply").click()
    page.locator("#replies article").last.get_by_role("button", name="Show Path").click()
    shared = page.locator("#replies img").get_attribute("src")
    file = folder / "path.png"
    file.write_bytes(page.request.get(f"{page.url.partition('?')[0].rstrip('/')}{shared}").body())
    subprocess.run(["pngquant", "--strip", "--force", "--output", file, "32", file], check=True)
    assert file.stat().st_size < MOST_BYTES
