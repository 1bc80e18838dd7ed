"""Names that the shop does not have: no page answers to them, and no mail carries them."""

import re

import pytest

from portal.foundation.database import db
from portal.mail.service.posting import link
from tests import cast
from tests.accounts import stage
from tests.hostile.attacks import tried
from tests.mails import html_of, text_of
from tests.storefront import newcomer

EVIL = "evil.example"
FORMS = {
    "another host": {"headers": {"Host": EVIL}},
    "another host behind ours": {"headers": {"Host": f"localhost.{EVIL}"}},
    "two hosts": {"headers": {"Host": f"localhost, {EVIL}"}},
    "a name before the host": {"headers": {"Host": f"localhost@{EVIL}"}},
    "a forwarded host": {"headers": {"X-Forwarded-Host": EVIL, "X-Forwarded-Server": EVIL, "X-Host": EVIL}},
    "the standard for it": {"headers": {"Forwarded": f"host={EVIL};proto=https", "X-Original-Host": EVIL}},
    "a whole address in the first line": {
        "environ_overrides": {"REQUEST_URI": f"http://{EVIL}/", "RAW_URI": f"http://{EVIL}/"},
        "headers": {"X-Original-URL": f"https://{EVIL}/", "X-Rewrite-URL": f"https://{EVIL}/"},
    },
    "another port": {"headers": {"Host": "localhost:1@evil.example"}},
}
MAILS = {
    "registration": ("/register", newcomer.TYPED),
    "confirmation again": ("/confirm-email", {"email": stage.UMA.email}),
    "recovery": ("/recover", {"email": cast.ANN.email}),
    "unlocking": ("/sign-in/unlock", {"email": cast.ANN.email}),
    "unlocking of staff": ("/staff/sign-in/unlock", {"email": cast.OTTO.email}),
    "newsletter": ("/newsletter", {"email": "zoe@demo.example"}),
    "new sign-in": ("/sign-in", {"email": cast.ANN.email, "password": cast.PASSWORD}),
}


@pytest.fixture
def shop(app):
    """Ann, who has signed in before on another browser; Uma, who has not confirmed; Otto at work."""
    ann = cast.customer(cast.ANN)
    ann.account.last_sign_in_at = ann.account.created_at
    db.session.commit()
    stage.registered()
    cast.member(cast.OTTO, "owner", set())
    return app


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mail", MAILS)
def test_no_mail_leads_anywhere_but_to_the_shop(shop, browser, mailbox, mail, form):
    path, fields = MAILS[mail]
    page = browser.open(path).text
    secret = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.client.post(path, data=fields | {"csrf_token": secret}, **FORMS[form])
    sent = mailbox()
    if "Host" in FORMS[form]["headers"]:
        assert tried("host header", refused=answer.status_code == 400)
        assert EVIL not in answer.text
        assert sent == []
        return
    assert answer.status_code in (200, 303), answer.text
    assert sent != []
    links = [link for one in sent for link in re.findall(r"https?://[^\s\"'<>]+", text_of(one) + html_of(one))]
    assert links != []
    assert tried("host header", refused=all(re.match(r"http://localhost(/|$)", link) for link in links)), links
    assert not any(EVIL in one.as_string() for one in sent)
    assert EVIL not in answer.text + str(answer.headers)


@pytest.mark.parametrize("form", [name for name in FORMS if "Host" in FORMS[name]["headers"]])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/portal.css", "/healthz", "/nowhere", "/staff/sign-in"])
def test_no_page_answers_to_a_name_that_is_not_ours(client, path, form):
    answer = client.get(path, buffered=True, **FORMS[form])
    assert tried("host header", refused=answer.status_code == 400)
    assert EVIL not in answer.text


@pytest.mark.parametrize("form", FORMS)
def test_a_link_is_made_of_the_settings_whatever_a_request_says(app, form):
    with app.test_request_context("/recover", **FORMS[form]):
        assert tried("host header", refused=link("/recover/x") == "http://localhost/recover/x")
