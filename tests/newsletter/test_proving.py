"""Proof of consent: signed, complete, and worth nothing once a letter of it is changed; and why a mail came."""

import json

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers.models import Channel, ChannelSource
from portal.customers.service import channels
from portal.foundation.database import db
from portal.newsletter import mails, queries, rules
from portal.newsletter.models import Audience, ConsentAction, ConsentEvent, ConsentSource
from portal.newsletter.service import consent, joining, proving
from tests import cast
from tests.newsletter.ledger import PROOF, ZOE, ask, join, row, sign_in

TICK = str(rules.TICK_TEXT)


@pytest.fixture
def ann(app):
    """Ann, subscribed at registration, who may be texted."""
    found = cast.customer(cast.ANN)
    consent.subscribe_with_account(found, text=TICK, source=ConsentSource.REGISTRATION, proof=PROOF)
    channels.set_channels(found, {Channel.SMS: True}, source=ChannelSource.STAFF, words="Yes, do.", by=OPERATOR)
    db.session.commit()
    return found


def file_of(customer):
    return proving.written(proving.document(customer.email, customer))


def test_a_proof_tells_every_step_with_its_words_and_its_place_in_the_chain(ann):
    told = proving.document(ann.email, ann)
    assert [(line["channel"], line["action"]) for line in told["lines"]] == [
        ("email", "request"),
        ("email", "confirm"),
        ("sms", "grant"),
    ]
    assert {told["words"][line["words"]]["text"] for line in told["lines"][:2]} == {TICK}
    assert told["words"][told["lines"][0]["words"]]["privacy_notice"] == "1"
    assert all(line["place"] and len(line["code"]) == 64 for line in told["lines"])
    assert told["audiences"] == {"Newsletter": "active"} or list(told["audiences"].values()) == ["active"]
    assert told["channels"] == {"sms": True}


def test_a_proof_is_known_again(ann):
    verdict = proving.check(file_of(ann))
    assert (verdict.problem, verdict.lines, verdict.changed) == ("", 3, ())


def test_a_proof_is_known_again_after_the_keys_were_changed(ann, rotation):
    text = file_of(ann)
    rotation.rotate()
    assert proving.check(text).problem == ""


@pytest.mark.parametrize("change", ["action", "words", "made_at", "email", "signature"])
def test_a_proof_that_was_changed_is_no_proof(ann, change):
    told = json.loads(file_of(ann))
    match change:
        case "action":
            told["lines"][0]["action"] = "withdraw"
        case "words":
            told["words"][told["lines"][0]["words"]]["text"] = "Sell my data."
        case "made_at":
            told["made_at"] = "2020-01-01T00:00:00+00:00"
        case "email":
            told["about"]["email"] = "ben@demo.example"
        case _:
            told["signature"]["code"] = "0" * 64
    assert proving.check(json.dumps(told)).problem == "This was changed after it was signed."


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "{}", '{"signature": []}', "[" * 5000, '{"signature": {"key": 1, "code": "é"}}'],
)
def test_what_is_no_proof_is_told_so(app, text):
    assert proving.check(text).problem


def test_the_command_checks_a_file(app, ann, tmp_path):
    path = tmp_path / "proof.json"
    path.write_text(file_of(ann), encoding="utf-8")
    run = app.test_cli_runner().invoke
    good = run(args=["consent", "check", str(path)])
    assert (good.exit_code, "3 lines stand" in good.output) == (0, True)
    path.write_text(file_of(ann).replace("grant", "withdraw"), encoding="utf-8")
    bad = run(args=["consent", "check", str(path)])
    assert (bad.exit_code, "changed after it was signed" in bad.output) == (1, True)


def test_the_command_verifies_the_ledgers(app, ann):
    done = app.test_cli_runner().invoke(args=["consent", "verify"])
    assert (done.exit_code, "lines verified" in done.output) == (0, True)


def test_people_read_their_own_proof_and_take_it_home(browser, ann):
    sign_in(browser, ann)
    page = browser.open("/account/newsletters/proof").text
    assert TICK in page
    assert "Firefox on Linux" in page
    file = browser.open("/account/newsletters/proof.json")
    assert proving.check(file.text).problem == ""
    assert "attachment" in file.headers["Content-Disposition"]


def test_staff_who_fetch_a_proof_are_noted(browser, ann):
    rights = {"backoffice.store_control.customer.view", "backoffice.store_control.customer.export"}
    cast.member(cast.CLARA, "keeper", rights)
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    assert "consent-proof" in browser.open("/staff/customers/T-ANN?tab=consent").text
    assert TICK in browser.open("/staff/customers/T-ANN/consent-proof").text
    assert proving.check(browser.open("/staff/customers/T-ANN/consent-proof/file").text).lines == 3
    noted = db.session.scalars(sa.select(AuditEntry.verb)).all()
    assert noted.count("customer.consent_proven") == 2


def test_the_mail_that_asks_is_in_the_ledger_with_what_the_mail_server_said(browser, mailbox):
    ask(browser)
    [mail] = mailbox()
    sent = db.session.scalars(sa.select(ConsentEvent).where(ConsentEvent.action == ConsentAction.MAIL_SENT)).one()
    assert sent.message_id == mail["Message-ID"]
    assert sent.reply
    asked = db.session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id)).first()
    assert asked.page == "/newsletter"


def test_a_link_in_the_mail_tells_why_it_came_and_nothing_about_the_browser(browser, mailbox, client):
    join(browser, mailbox)
    path = mails.why_path(row())
    assert path in str(mailbox()[-1])
    page = client.get(path)
    assert page.status_code == 200
    assert ZOE in page.text
    assert str(rules.CONFIRM_TEXT) in page.text
    assert "127.0.0.1" not in page.text
    assert client.get(path + "x").status_code == 404


def test_the_link_tells_nothing_of_other_audiences(browser, mailbox, client):
    join(browser, mailbox)
    wine = Audience(name="Wine club", slug="wine", is_public=True)
    db.session.add(wine)
    db.session.commit()
    joining.ask(ZOE, ["wine"], text="Wine.", proof=PROOF)
    db.session.commit()
    assert len(queries.history_of(ZOE)) == 4
    mine = next(one for one in queries.of_email(ZOE) if one.audience.slug != "wine")
    page = client.get(mails.why_path(mine)).text
    assert "Asked for Newsletter" in page
    assert "Wine" not in page
    other = mails.why_path(row()).replace("/why/", "/why/A")
    assert client.get(other).status_code == 404
