"""The page as a newcomer uses it: by clicking, by keyboard, on a phone, by a screen reader's names."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.conftest import PATIENCE_MS, PHONE, faults, send

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE_MS)

FAULTS = [
    ("A name that does not resolve", "user-service", "DNS-011"),
    ("A Service without endpoints", "cart-service", "RTE-001"),
    ("Readiness that fails", "ledger", "APP-008"),
    ("One bad backend of three", "catalog", "APP-013"),
    ("A NetworkPolicy in the way", "payments", "NPL-001"),
]


@pytest.mark.parametrize(("title", "service", "code"), FAULTS, ids=[each[-1] for each in FAULTS])
def test_newcomer_finds_each_fault_by_clicking(open_page, title: str, service: str, code: str) -> None:
    """Choose something to try, press Send, open the thread: the root cause is there, with its evidence behind a button."""
    page = open_page()
    page.get_by_role("button", name=title).click()
    page.locator("#text").press_sequentially(" fresh")
    page.locator("#composer").get_by_role("button", name="Send").click()
    asked = page.locator("#messages article", has_text=f"{service} ·").last
    asked.get_by_role("button", name="1 reply").click()
    expect(page.locator("#replies")).to_contain_text(code)

    page.locator("#replies").get_by_role("button", name="Show Evidence").click()
    dialog = page.get_by_role("dialog", name="Evidence")
    expect(dialog).to_contain_text("How This Was Decided")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()


def test_mention_in_a_thread_is_answered_there(open_page) -> None:
    """A message is written, a thread opened under it, the app asked in it: the answer stands in that thread."""
    page = open_page("in=incidents")
    send(page, "ledger answers nobody")
    mine = page.locator("#messages article", has_text="ledger answers nobody").last
    mine.get_by_role("button", name="Reply in Thread").click()
    send(page, "@k8snet why ledger in pay fresh", where="#thread")

    expect(page.locator("#replies article").last).to_contain_text("APP-008")
    expect(page.locator("#messages")).to_contain_text("2 replies")


def test_slash_command_in_a_thread_is_refused_as_slack_does(open_page) -> None:
    """Slack has no slash commands in threads: its sentence stands at the field, and what was typed is still there."""
    page = open_page("in=incidents")
    send(page, "a message for this thread")
    page.locator("#messages article").last.get_by_role("button", name="Reply in Thread").click()
    send(page, "/k8snet why ledger in pay", where="#thread")

    expect(page.locator("#thread").get_by_role("alert")).to_contain_text("not supported in threads")
    expect(page.locator("#reply")).to_have_value("/k8snet why ledger in pay")


def test_message_menu_opens_a_form_that_asks(open_page) -> None:
    """The message menu on words that name no Service opens a form; what is filled in there is asked in that thread."""
    page = open_page("in=incidents")
    send(page, "everything is on fire")
    mine = page.locator("#messages article", has_text="everything is on fire").last
    mine.get_by_role("button", name="Diagnose with k8snet").click()
    dialog = page.get_by_role("dialog", name="Diagnose a Service")
    dialog.get_by_role("button", name="Run Check").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose a Service, or write a question")
    service = dialog.get_by_role("combobox", name="Service")
    service.fill("no such thing")
    dialog.get_by_role("button", name="Run Check").click()
    expect(dialog.get_by_role("alert").last).to_contain_text("choose one of the names that are offered")
    service.fill("")
    service.press_sequentially("catal")
    expect(dialog.locator("datalist option[value='shop/catalog']")).to_have_count(1)
    service.fill("shop/catalog")
    dialog.get_by_role("button", name="Run Check").click()

    expect(dialog).to_be_hidden()
    mine.get_by_role("button", name="1 reply").click()
    expect(page.locator("#replies")).to_contain_text("APP-013")


def test_digest_of_a_namespace(open_page) -> None:
    """A whole namespace at once: the headline in the channel, what is broken in its thread."""
    page = open_page()
    page.get_by_role("button", name="A whole namespace at once").click()
    page.keyboard.press("Enter")

    digest = page.locator("#messages article", has_text="sample shop").last
    expect(digest).to_contain_text("problem")
    digest.get_by_role("button", name="1 reply").click()
    expect(page.locator("#replies")).to_contain_text("cart-service")


def test_refusal_is_seen_by_the_asker_alone(open_page) -> None:
    """A typo is answered to Ana only: Ben, in the same channel, sees nothing of it."""
    ana, ben = open_page("as=ana&in=shop-dev"), open_page("as=ben&in=shop-dev")
    send(ana, "/k8snet wyh ledger")
    expect(ana.locator("article.ephemeral").last).to_contain_text("wyh")
    expect(ana.locator("article.ephemeral").last).to_contain_text("Only visible to you")

    send(ana, "good morning")
    expect(ben.locator("#messages")).to_contain_text("good morning")
    expect(ben.locator("article.ephemeral")).to_have_count(0)


def test_rerun_answers_in_the_same_place(open_page) -> None:
    """Re-Run edits its message under a new run id; no second one is posted."""
    page = open_page("in=ops-private")
    send(page, "/k8snet why web in shop fresh")
    page.locator("#messages article", has_text="web ·").last.get_by_role("button", name="1 reply").click()
    verdict = page.locator("#replies article").last
    before = verdict.locator(".context code").last.inner_text()
    verdict.get_by_role("button", name="Re-Run").click()

    expect(verdict.locator(".context code").last).not_to_have_text(before)
    expect(page.locator("#replies article")).to_have_count(2)


def test_path_is_a_picture_in_the_thread(open_page) -> None:
    """*Show Path* brings a picture, drawn from the hops, with words for who cannot see it."""
    page = open_page("in=shop-dev")
    send(page, "/k8snet why cart-service in shop fresh")
    page.locator("#messages article", has_text="cart-service ·").last.get_by_role("button", name="1 reply").click()
    page.locator("#replies article").last.get_by_role("button", name="Show Path").click()
    picture = page.locator("#replies img")

    expect(picture).to_have_attribute("alt", re.compile("Broken here, at endpoints: Service shop/cart-service selects"))
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 1120


def test_channel_with_news_is_marked(open_page) -> None:
    """What Ana writes elsewhere makes that channel new for Ben, until he opens it."""
    ana, ben = open_page("as=ana&in=incidents"), open_page("as=ben&in=shop-dev")
    channel = ben.get_by_role("button", name="#incidents")
    send(ana, "is anybody here?\nI see errors.")
    expect(ana.locator("#text")).to_have_attribute("rows", "1")
    expect(channel).to_contain_text("new")
    channel.click()

    expect(ben.locator("#messages")).to_contain_text("is anybody here?")
    expect(channel).not_to_contain_text("new")


def test_home_and_direct_messages(open_page) -> None:
    """Home is published when it is opened; a direct message needs no mention."""
    page = open_page()
    page.get_by_role("button", name="k8snet Home").click()
    expect(page.locator("#home")).to_contain_text("/k8snet why user-service")
    page.get_by_role("button", name="k8snet direct messages").click()
    send(page, "why cart-service in shop fresh")

    expect(page.locator("#messages")).to_contain_text("why cart-service in shop fresh")
    page.locator("#messages article").last.get_by_role("button", name="1 reply").click()
    expect(page.locator("#replies")).to_contain_text("RTE-001")


def test_channel_without_the_bot_offers_to_invite_it(open_page) -> None:
    """A mention there goes nowhere, as in Slack; one click brings the bot in, and it says hello."""
    page = open_page("in=random")
    send(page, "@k8snet why cart-service in shop")
    expect(page.locator("article.ephemeral").last).to_contain_text("not in this channel")
    page.get_by_role("button", name="Invite k8snet").click()

    expect(page.locator("#messages article").last).to_contain_text("/k8snet why")
    expect(page.get_by_role("button", name="Invite k8snet")).to_be_hidden()


def test_foreign_command_is_refused_with_a_sentence(open_page) -> None:
    """A command that no app here has is refused by the client; nothing is posted."""
    page = open_page("in=shop-dev")
    send(page, "/giphy cats")

    expect(page.locator("#composer").get_by_role("alert")).to_contain_text("/giphy")


def test_all_by_keyboard(open_page) -> None:
    """Ask, open the thread, press a button, close the modal, close the thread: without a mouse."""
    page = open_page("in=ops-private")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("/k8snet why cart-service in shop fresh\n")
    opener = page.locator("#messages article", has_text="cart-service").last.get_by_role("button", name="1 reply")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_be_focused()
    evidence = page.locator("#replies").get_by_role("button", name="Show Evidence")
    evidence.focus()
    page.keyboard.press("Space")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Escape")

    expect(page.locator("#thread")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_same_from_another_pod_by_keyboard(open_page) -> None:
    """Under a healthy answer: the button, a name that is offered while one types, Enter; axe-core finds nothing in the form."""
    page = open_page("in=ops-private")
    send(page, "/k8snet why user-service in shop fresh")
    page.locator("#messages article", has_text="user-service ·").last.get_by_role("button", name="1 reply").click()
    button = page.locator("#replies").get_by_role("button", name="Run From Another Pod")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Run From Another Pod")
    expect(dialog.get_by_role("combobox", name="Called from")).to_be_focused()
    page.keyboard.type("default/che")
    expect(dialog.locator("datalist option[value='default/deploy/checkout']")).to_have_count(1)
    assert faults(page) == []
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("default/deploy/checkout")
    page.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    expect(page.locator("#replies")).to_contain_text("DNS-011")


def test_back_closes_the_thread_on_a_phone(open_page) -> None:
    """At 375 px the thread takes the screen; nothing is wider than it, and Back leads to the channel again."""
    page = open_page("in=shop-dev", size=PHONE)
    page.get_by_role("button", name="Channels and things to try").click()
    page.get_by_role("button", name="A Service without endpoints").click()
    page.locator("#text").press_sequentially(" fresh")
    page.locator("#composer").get_by_role("button", name="Send").click()
    page.locator("#messages article", has_text="cart-service").last.get_by_role("button", name="1 reply").click()
    expect(page.locator("#replies")).to_contain_text("RTE-001")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate(
        "[...document.querySelectorAll('.scrolls')].every((one) => one.scrollWidth <= one.clientWidth)"
    )
    page.go_back()

    expect(page.locator("#thread")).to_be_hidden()
    expect(page.locator("#composer")).to_be_visible()


def test_who_writes_sees_what_comes_of_it(open_page) -> None:
    """Also who had scrolled up to read."""
    page = open_page("in=ops-private", size=PHONE)
    for _ in range(2):
        send(page, "/k8snet help")
    expect(page.locator("#messages article", has_text="three verdicts")).to_have_count(2)
    page.locator("#messages").evaluate("list => (list.scrollTop = 0)")
    send(page, "/k8snet watch list")

    expect(page.locator("#messages article", has_text="Nothing is watched").last).to_be_in_viewport()


def test_menu_of_an_answer_is_seen_whole(open_page) -> None:
    """On a phone the menu at the end of a thread opens to the side that has room, and its last entry is in sight."""
    page = open_page("in=ops-private", size=PHONE)
    send(page, "@k8snet why can't shop/checkout talk to payments in pay?")
    page.locator("#messages article", has_text="talk to payments").last.get_by_role("button", name="1 reply").click()
    page.locator("#replies .menu > summary").last.click()
    menu = page.locator("#replies .menu > div").last

    expect(menu.get_by_role("button").last).to_be_in_viewport(ratio=1)
    expect(menu.get_by_role("button").first).to_be_in_viewport(ratio=1)
    assert menu.bounding_box()["x"] >= 0


def test_times_are_those_of_the_reader(open_page) -> None:
    """Ana looks from Berlin: nine o'clock there is nine o'clock on her page."""
    page = open_page("in=ops-private")
    send(page, "/k8snet digest daily 09:00 for shop")
    told = page.locator("article.ephemeral", has_text="Daily at 09:00 Europe/Berlin").last

    expect(told).to_contain_text("at 09:00 · see it now")
    send(page, "/k8snet digest off")


# By a plain string, which is refused at once, and as an element that somebody made: both would run something.
SLIPPED_IN = """() => {
  try { document.body.innerHTML = "<img src=x onerror='window.ran = 1'>" } catch {}
  const script = document.createElement("script");
  script.append("window.ran = 2");
  document.body.append(script);
}"""
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt; \"' <javascript:alert(3)|click>"


def test_hostile_text_stays_text(open_page) -> None:
    """What people write is shown letter by letter: no element, no link, no script comes of it."""
    page = open_page("in=shop-dev")
    send(page, HOSTILE)
    mine = page.locator("#messages article", has_text="onerror").last

    expect(mine.locator("p")).to_have_text(HOSTILE)
    assert mine.locator("img, script, a").count() == 0


def test_policy_stops_what_escaping_would_not(open_page, allow_said) -> None:
    """HTML that slipped in by another way runs nothing: the browser refuses plain strings, inline scripts and handlers."""
    page = open_page("in=shop-dev")
    page.evaluate(SLIPPED_IN)
    said = allow_said()

    assert "This document requires 'TrustedHTML' assignment" in said[0]
    assert len(said) > 1
    assert page.evaluate("window.ran") is None


def test_screen_reader_hears_the_answer(open_page) -> None:
    """The words of a notification are said once in the status line; regions and fields have names."""
    page = open_page("in=shop-dev")
    send(page, "/k8snet why user-service in shop fresh")

    expect(page.get_by_role("status")).to_contain_text("k8snet: user-service")
    for role, name in (
        ("log", "#shop-dev"),
        ("textbox", "Message"),
        ("navigation", "Workspace"),
        ("combobox", "You are"),
    ):
        expect(page.get_by_role(role, name=name, exact=role != "textbox")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(open_page, scheme: str, size: dict[str, int] | None) -> None:
    """Channel, thread, modal, Home and the menu of channels: axe-core has nothing to say."""
    page = open_page("in=incidents", scheme=scheme, **({"size": size} if size else {}))
    send(page, "/k8snet why payments in pay from shop/checkout fresh")
    expect(page.locator("#messages article").last).to_contain_text("details in thread")
    found = {"channel": faults(page)}
    page.locator("#messages article").last.get_by_role("button", name="1 reply").click()
    expect(page.locator("#replies")).to_contain_text("NPL-001")
    found["thread"] = faults(page)
    page.locator("#replies").get_by_role("button", name="Show Evidence").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["modal"] = faults(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    if size:
        page.get_by_role("button", name="Channels and things to try").click()
        found["menu"] = faults(page)
    page.get_by_role("button", name="k8snet Home").click()
    expect(page.locator("#home")).to_contain_text("/k8snet")
    found["home"] = faults(page)

    assert {place: said for place, said in found.items() if said} == {}
