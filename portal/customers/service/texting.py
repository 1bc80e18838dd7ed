"""Received text messages: STOP ends marketing by text at once, START only asks, on a page where it can be proven."""

import hashlib
import hmac
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.config import settings
from portal.customers import mails, queries
from portal.customers.models import Channel, ChannelSource, Customer, InboundText, Telephone, TextMeaning
from portal.customers.rules import telephones, texts
from portal.customers.service import channels
from portal.foundation import retention
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.retention import AT_ONCE, Rule

WINDOW = timedelta(minutes=5)  # how old a signature may be
KEPT = timedelta(days=30)  # longer than any gateway tries again
LONGEST = 480  # characters of a text that the ledger keeps
GATEWAY = Actor(ActorKind.SYSTEM, name="SMS gateway")


def is_signed(stamp: str, code: str, body: bytes) -> bool:
    """Whether the gateway signed a request within the last minutes: HMAC-SHA-256 over its moment and its body."""
    secret = settings().sms_secret
    if not secret or not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12 or not code.isascii():
        return False
    made = hmac.digest(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hex()
    return hmac.compare_digest(made, code) and abs(now().timestamp() - int(stamp)) <= WINDOW.total_seconds()


def receive(name: str, number: str, text: str) -> TextMeaning | None:
    """Do what a text asks for, once for each `name` that the gateway gives it; None when it came before.

    A number that nobody has, or that several have, is taken alike: everybody who has it is meant.
    """
    meaning = texts.meaning_of(text, settings().sms_stop_words)
    digest = hashlib.sha256(name.encode()).hexdigest()
    new = insert_of(InboundText).values(digest=digest, meaning=meaning.value, at=now())
    made = new.on_conflict_do_nothing(index_elements=["digest"]).returning(InboundText.id)
    if db.session.scalar(made) is None:
        return None
    words = text.replace("\0", "\ufffd").strip()[:LONGEST]
    for customer in _owners(number):
        if meaning is TextMeaning.STOP:
            channels.stop_texts(customer, source=ChannelSource.TEXT_MESSAGE, words=words, by=GATEWAY)
        elif meaning is TextMeaning.START and not queries.channel_states(customer.id).get(Channel.SMS):
            mails.texted_start(customer)
    return meaning


def _owners(number: str) -> list[Customer]:
    e164 = telephones.to_e164(number[:64], settings().shop_country)
    if e164 is None:
        return []
    known = sa.select(Customer).where(
        Customer.id.in_(sa.select(Telephone.customer_id).where(Telephone.e164 == e164)),
        Customer.erased_at.is_(None),
        Customer.merged_into_id.is_(None),
    )
    return list(db.session.scalars(known.order_by(Customer.id)).unique())


def _before() -> datetime:
    return now() - KEPT


def _forget() -> int:
    some = sa.select(InboundText.id).where(InboundText.at < _before()).limit(AT_ONCE)
    done = db.session.execute(sa.delete(InboundText).where(InboundText.id.in_(some)))
    return int(done.rowcount)  # type: ignore[attr-defined]  # a deletion's result is a CursorResult


def _count() -> int:
    return retention.count(sa.select(InboundText.id).where(InboundText.at < _before()))


retention.declare(Rule("Names of received texts", lambda: KEPT.days, "", _count, _forget))
