"""A mail as its recipient gets it, whatever their name is: nothing in it becomes a header, HTML or another field."""

from email import message_from_bytes
from email.policy import default
from html import unescape

import pytest

from portal.newsletter.errors import FieldUnknown
from portal.newsletter.models import CampaignContent
from portal.newsletter.rules import blocks, links, markdown
from portal.newsletter.sending import fields
from portal.newsletter.sending.compiling import compiled
from portal.newsletter.sending.message import Recipient
from tests.newsletter.campaigns import HTML, PLAIN, drafted, subscribe


def mail_to(name, subject="New lamps for {{ first_name }}", **more):
    content = CampaignContent(
        sender="Northgate Goods <news@demo.example>", reply_to="", subject=subject, html=HTML, text=PLAIN
    )
    made = compiled(drafted(content=content, **more)).make(Recipient(7, "zoe@demo.example", {"first_name": name}))
    return message_from_bytes(made.data, policy=default)


@pytest.mark.parametrize("name", ["Zoe\r\nBcc: all@demo.example", "Zoe\nBcc: all@demo.example\n\nHello", "Zoé\r\nX: y"])
def test_a_name_with_line_ends_makes_no_header(app, name):
    mail = mail_to(name)
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["Subject"] == f"New lamps for {' '.join(name.split())}"
    assert mail.get_content_type() == "multipart/alternative"


def test_a_name_is_no_html(app):
    mail = mail_to('<img src="x">&')
    assert "Dear &lt;img src=&quot;x&quot;&gt;&amp;," in mail.get_body(("html",)).get_content()
    assert 'Dear <img src="x">&,' in mail.get_body(("plain",)).get_content()


def test_a_name_is_no_field(app):
    mail = mail_to("{{ email }}{{ 7 * 7 }}")
    assert "Dear {{ email }}{{ 7 * 7 }}," in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("word", ["{{ 7 * 7 }}", "{{ config }}", "{{ first_name.__class__ }}", "{{ password_hash }}"])
def test_what_is_no_field_of_the_list_is_refused(app, word):
    with pytest.raises(FieldUnknown):
        fields.parse(f"Dear {word}")


@pytest.mark.parametrize("written", ["a &#102;ield7z {{ first_name }}", "field7z {{ first_name }}", "&#102;ield0z"])
def test_what_looks_like_the_place_of_a_field_is_text(written):
    assert markdown.plain(written) == unescape(written)
    assert unescape(written) in markdown.html(written)


def test_what_stands_in_a_fall_back_is_no_link(app):
    field = """{{ first_name | default: '<a href="https://shop.example/">https://shop.example/</a>' }}"""
    html = f'<a href="https://shop.example/">Shop {{{{ email }}}}</a>{field}'
    assert [link.label for link in links.found_in(html + field)] == ["Shop {{ email }}"]
    tracked = links.with_fields(html, {"https://shop.example/": 1})
    assert [part.name for part in fields.parse(tracked, also={"click_0", "click_1"}) if not isinstance(part, str)] == [
        "click_1",
        "email",
        "first_name",
        "click_0",
    ]
    plain = links.with_fields_in_text(f"https://shop.example/ {field}", {"https://shop.example/": 1})
    assert plain == f"{{{{ click_1 }}}} {field}"


@pytest.mark.parametrize(
    ("link", "stands"),
    [
        *((link, True) for link in ("https://shop.example/a?b=c", "mailto:zoe@demo.example", "tel:+442079460018")),
        *((link, False) for link in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd")),
        *((link, False) for link in ("//shop.example", "/offers", "https://", "java\nscript:alert(1)")),
    ],
)
def test_a_link_leads_to_a_page_a_mailbox_or_a_telephone(link, stands):
    assert blocks.is_link(link) is stands


def test_two_recipients_have_links_of_their_own(app):
    subscribe(1)
    make = compiled(drafted()).make
    one, other = (
        message_from_bytes(make(Recipient(who, "zoe@demo.example", {})).data, policy=default) for who in (7, 8)
    )
    assert one["List-Unsubscribe"] != other["List-Unsubscribe"]
    assert one["Message-ID"] != other["Message-ID"]
    assert one["List-Unsubscribe"].strip("<>") in one.get_body(("html",)).get_content()


def test_a_domain_in_other_letters_is_written_as_mail_servers_take_it(app):
    made = compiled(drafted()).make(Recipient(7, "info@müller.example", {"first_name": "Zoe"}))
    assert made.to == "info@xn--mller-kva.example"
    assert message_from_bytes(made.data, policy=default)["To"] == made.to
