"""Texts that the gateway received: STOP ends marketing by text, START only asks, and nobody learns who is known."""

import hashlib
import hmac
import json

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Channel, ChannelConsent, ChannelSource, InboundText, TextMeaning
from portal.customers.rules.texts import meaning_of
from portal.customers.service import channels, texting
from portal.foundation import clock, retention
from portal.foundation.database import db
from portal.ledgers import verifying
from portal.staff.rules import Permission
from tests import cast

SECRET = "a secret that the gateway and the shop share"
NUMBER = cast.ANN.telephone
STOP, START, OTHER = TextMeaning


@pytest.fixture
def ann(app, shop_wants):
    """Ann, who agreed to text messages; the gateway's secret is set."""
    shop_wants(sms_secret=SECRET)
    found = cast.customer(cast.ANN)
    channels.set_channels(found, {Channel.SMS: True}, source=ChannelSource.ACCOUNT, words="Yes.", by=OPERATOR)
    db.session.commit()
    return found


def signed(body, secret=SECRET, age=0):
    stamp = str(int(clock.now().timestamp()) - age)
    code = hmac.digest(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hex()
    return {"X-Signature": f"t={stamp},v1={code}"}


def text(client, words="STOP", name="m1", number=NUMBER, **more):
    body = json.dumps({"id": name, "from": number, "text": words}).encode()
    headers = more.pop("headers", signed(body))
    return client.post("/api/v1/sms/inbound", data=body, content_type="application/json", headers=headers)


def may_text(customer):
    db.session.expire_all()
    return queries.channel_states(customer.id).get(Channel.SMS)


def steps():
    return db.session.scalars(sa.select(ChannelConsent).order_by(ChannelConsent.id)).all()


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        *((words, STOP) for words in ("STOP", " stop. ", "Stop!!", "STOPALL", "unsubscribe", "Cancel", "END", "QUIT")),
        *(
            (words, STOP)
            for words in ("please stop texting me", "ＳＴＯＰ", "Opt-out", "opt out", "\u200bSTOP", "arrêt")
        ),
        *((words, START) for words in ("START", "start please", "Unstop")),
        *((words, OTHER) for words in ("", "🙂", "When do you open?", "The weekend", "Stopped by today", "\0")),
    ],
)
def test_a_text_is_taken_as(words, meaning):
    assert meaning_of(words, ("Arrêt",)) is meaning


def test_stop_ends_texts_at_once_with_a_line_that_says_what_was_written(client, ann):
    answer = text(client, "Stop, please")
    assert (answer.status_code, answer.json) == (200, {"received": True})
    assert may_text(ann) is False
    assert (steps()[-1].source, steps()[-1].words) == (ChannelSource.TEXT_MESSAGE, "Stop, please")
    assert verifying.verify().faults == []


def test_who_was_never_asked_is_out_for_good_too(client, app, shop_wants):
    shop_wants(sms_secret=SECRET)
    ann = cast.customer(cast.ANN)
    text(client)
    assert may_text(ann) is False


def test_the_same_text_twice_counts_once_even_after_a_new_consent(client, ann):
    text(client)
    channels.set_channels(ann, {Channel.SMS: True}, source=ChannelSource.ACCOUNT, words="Again.", by=OPERATOR)
    db.session.commit()
    assert text(client).status_code == 200
    assert may_text(ann) is True


def test_start_turns_nothing_on_and_mails_where_the_tick_is(client, ann, outbox):
    text(client)
    text(client, "START", "m2")
    assert may_text(ann) is False
    assert [mail.kind for mail in outbox()] == ["customers.texted_start"]


def test_a_stranger_gets_the_same_answer(client, ann):
    known, unknown = text(client), text(client, name="m2", number="+44 7700 900999")
    nobody = text(client, name="m3", number="no number\0")
    assert known.data == unknown.data == nobody.data
    assert {answer.status_code for answer in (known, unknown, nobody)} == {200}
    assert set(dict(known.headers)) == set(dict(unknown.headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Signature": ""},
        {"X-Signature": "t=1,v1=00"},
        {"X-Signature": "t=²,v1=é".encode().decode("latin-1")},
        {"X-Signature": "x" * 5000},
    ],
)
def test_what_is_not_signed_is_refused_and_changes_nothing(client, ann, headers):
    answer = text(client, headers=headers)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert may_text(ann) is True


def test_a_signature_of_another_secret_body_or_time_is_refused(client, ann):
    body = json.dumps({"id": "m1", "from": NUMBER, "text": "STOP"}).encode()
    for headers in (signed(body, "another secret"), signed(body + b" "), signed(body, age=301), signed(body, age=-301)):
        assert text(client, headers=headers).status_code == 401
    assert may_text(ann) is True


@pytest.mark.parametrize("length", [0, 1, 32, 63])
def test_half_a_signature_is_none(client, ann, length):
    body = json.dumps({"id": "m1", "from": NUMBER, "text": "STOP"}).encode()
    stamp, _, code = signed(body)["X-Signature"].partition(",v1=")
    headers = {"X-Signature": f"{stamp},v1={code[:length]}"}
    assert text(client, headers=headers).status_code == 401
    assert may_text(ann) is True


def test_without_a_secret_nothing_is_taken(client, app):
    body = b"{}"
    headers = signed(body, "")
    assert client.post("/api/v1/sms/inbound", data=body, headers=headers).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"id": 1}', b'{"id": "", "from": "", "text": ""}', b"\0{"])
def test_a_body_that_is_no_text_is_refused(client, ann, body):
    answer = client.post("/api/v1/sms/inbound", data=body, content_type="application/json", headers=signed(body))
    assert answer.status_code == 422


def test_a_form_does_as_well_as_json(client, ann):
    body = b"id=m9&from=%2B919876543210&text=STOP"
    answer = client.post(
        "/api/v1/sms/inbound", data=body, content_type="application/x-www-form-urlencoded", headers=signed(body)
    )
    assert answer.status_code == 200
    assert may_text(ann) is False


def test_eight_times_the_same_text_at_once_makes_one_line(at_once, ann, app):
    body = json.dumps({"id": "m1", "from": NUMBER, "text": "STOP"}).encode()
    headers = signed(body)

    def one():
        kind = "application/json"
        return app.test_client().post("/api/v1/sms/inbound", data=body, content_type=kind, headers=headers).status_code

    assert at_once(*[one] * 8) == [200] * 8
    assert [step.action.value for step in steps()] == ["grant", "withdraw"]


def test_names_of_texts_are_forgotten_after_a_month(client, ann, clock):
    text(client)
    clock.shift(texting.KEPT)
    clock.shift(1)
    retention.forget_some()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(InboundText)) == 0


def test_staff_enter_that_somebody_said_stop(browser, ann):
    cast.member(cast.CLARA, "clerk", {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY})
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    browser.open("/staff/customers/T-ANN?tab=consent")
    page = browser.send("/staff/customers/T-ANN/texted-stop")
    assert "No text messages any more." in page.text
    assert may_text(ann) is False
    assert (steps()[-1].words, steps()[-1].who) == ("STOP", "Clara Clerk")
    assert "Texted STOP" not in page.text
