"""Marketing's day: a campaign written block by block, looked at, proofed, launched, paused, resumed and watched."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.campaigns import PATH, add_picture
from tests.journeys.mailbox import PostOffice, html_of, link_in, text_of
from tests.journeys.person import Person
from tests.journeys.steps import Newcomer, confirm, register

PACE = "3600"  # mails an hour: five at once, so that there is time to pause
LOOKS = 120  # half seconds
SUBJECT = 'Lamps for {{ first_name | default: "you" }}'
TEXT = 'Dear {{ first_name | default: "friend" }},\n\nour lamps are **half the price**.'


@pytest.mark.parametrize("javascript", [True, False])
def test_marketing_writes_sends_and_watches_a_campaign(
    member: Callable[..., Person], somebody: Callable[..., Person], post: PostOffice, javascript: bool
) -> None:
    name = "Lamps in place" if javascript else "Lamps by pages"
    reader = Newcomer("Rita" if javascript else "Runa", "Reader")
    customer = somebody()
    register(customer, reader, newsletter=True)
    confirm(customer, post, reader)
    marketing = member("marketing", javascript=javascript)

    write(marketing, name)
    look(marketing, reader, post)
    launch(marketing)
    watch(marketing)

    mail = post.read(reader.email, "lamps for")
    assert mail["Subject"] == f"Lamps for {reader.first_name}"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"Dear {reader.first_name}," in text_of(mail)
    assert "<strong>half the price</strong>" in html_of(mail)
    customer.open(link_in(mail, "/u/"))
    customer.sees("Newsletter")


def write(marketing: Person, name: str) -> None:
    """A heading, a text, a picture and a button, each added where it is needed."""
    add_picture(marketing, f"Lamp of {name}", "A lamp on a window sill")
    marketing.open(f"{PATH}/new")
    marketing.fill(name=name)
    marketing.press("Begin")
    marketing.main.get_by_text("More about sending").click()
    marketing.fill(subject=SUBJECT, preview_text="Until Sunday.", per_hour=PACE)
    marketing.fill(**{"block-0-text": "New lamps", "block-1-text": TEXT})
    add(marketing, "Picture", 3)
    marketing.main.locator('[name="block-2-picture"]').select_option(label=f"Lamp of {name}")
    add(marketing, "Button", 4)
    marketing.fill(**{"block-3-text": "See them", "block-3-href": "https://shop.example/lamps"})
    marketing.main.locator("#block-2-up").click()
    expect(marketing.main.locator('[name="block-1-kind"]')).to_have_value("picture")


def add(marketing: Person, kind: str, count: int) -> None:
    """Add a block and wait until it is there."""
    marketing.button(kind).click()
    expect(marketing.main.locator(".block")).to_have_count(count)


def look(marketing: Person, reader: Newcomer, post: PostOffice) -> None:
    """The preview as the reader, then a proof in marketing's own mailbox."""
    marketing.press("Save and preview")
    marketing.fill(email=reader.email)
    marketing.press("Look")
    marketing.sees(f"Lamps for {reader.first_name}")
    frame = marketing.page.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text(f"Dear {reader.first_name},")
    expect(frame.locator("img")).to_have_attribute("alt", "A lamp on a window sill")
    marketing.press("Send proof")
    proof = post.read("marketing@demo.example", "[Proof]")
    assert "Dear Priya," in text_of(proof)


def launch(marketing: Person) -> None:
    """The check list has nothing against it, so it goes."""
    marketing.follow("Review and send")
    marketing.sees("Ready")
    marketing.follow("Send now…")
    marketing.main.get_by_text("Stop trying at").click()
    marketing.fill(until_day="2150-01-06", until_hour="18:00")
    with marketing.arriving():
        marketing.main.get_by_role("button", name=re.compile("^Send to ")).click()
    marketing.sees("It is on its way")


def watch(marketing: Person) -> None:
    """Paused in the middle, resumed, and looked at until every mail is settled."""
    wait_for(marketing, "Sending")
    marketing.press("Pause")
    wait_for(marketing, "Paused")
    marketing.sees("Its mails are tried until 2150-01-06 18:00")
    marketing.press("Resume")
    wait_for(marketing, "Sent")
    marketing.sees("The sums balance")
    marketing.sees("Accepted by the mail server")


def wait_for(marketing: Person, state: str) -> None:
    """The page says so by itself, or when it is opened anew by somebody without JavaScript."""
    pill = marketing.main.locator(".status").get_by_text(state, exact=True)
    for _turn in range(LOOKS):
        if pill.count():
            return
        marketing.page.wait_for_timeout(500)
        if "/progress" in marketing.path and not marketing.page.evaluate("typeof htmx !== 'undefined'"):
            marketing.page.reload()
    expect(pill).to_be_visible()
