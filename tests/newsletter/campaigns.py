"""A campaign and its recipients, for tests of sending."""

import threading

import sqlalchemy as sa
from flask import Flask, current_app

from portal.audit.service import SYSTEM
from portal.foundation.database import db, transaction
from portal.newsletter import queries
from portal.newsletter.models import Campaign, CampaignContent, Delivery, DeliveryState, Subscription, SubscriptionState
from portal.newsletter.sending.process import Sender
from portal.newsletter.service import campaigns, progress
from tests.newsletter.sink import Sink

HTML = (
    '<p>Dear {{ first_name | default: "friend" }},</p>\n<p>Lamps are here.</p>\n'
    '<a href="{{ unsubscribe_url }}">Stop</a>'
)
PLAIN = 'Dear {{ first_name | default: "friend" }},\n\nLamps are here.\n.\nStop: {{ unsubscribe_url }}\n'


def subscribe(number: int) -> None:
    """So many addresses that agreed."""
    audience = queries.default_audience()
    values = [
        {"audience_id": audience.id, "email": f"Zoe{n}@demo.example", "email_key": f"zoe{n}@demo.example"}
        for n in range(number)
    ]
    with transaction():
        db.session.execute(sa.insert(Subscription).values(state=SubscriptionState.ACTIVE), values)


def drafted(**more: object) -> int:
    """A campaign, by its id."""
    with transaction():
        content = CampaignContent(
            sender="Northgate Goods <news@demo.example>", reply_to="", subject="New lamps", html=HTML, text=PLAIN
        )
        campaign = campaigns.draft("Lamps", queries.default_audience(), content, SYSTEM)
        for name, value in more.items():
            setattr(campaign, name, value)
        db.session.flush()
        return campaign.id


def launched(**more: object) -> int:
    """A campaign that senders may begin with, by its id."""
    campaign_id = drafted(**more)
    with transaction():
        campaigns.launch(db.session.get_one(Campaign, campaign_id), SYSTEM)
    advance()
    return campaign_id


def advance() -> None:
    """What the worker does every half second."""
    for campaign_id in progress.due():
        with transaction():
            progress.advance(campaign_id)


def send(app: Flask, sink: Sink, connections: int = 2, host: str = "127.0.0.1") -> None:
    """A sender in this process, until nothing is left to do."""
    own = current_app.extensions["portal.settings"]
    object.__setattr__(own, "mail_server", host)
    object.__setattr__(own, "mail_port", sink.port)
    db.session.rollback()
    Sender(app, own, threading.Event(), connections).run(until_idle=0.6)
    advance()


def campaign() -> Campaign:
    """The only campaign, as the database has it; no lock is held after this."""
    db.session.rollback()
    found = db.session.scalars(sa.select(Campaign).execution_options(populate_existing=True)).one()
    db.session.commit()
    return found


def states() -> dict[DeliveryState, int]:
    """How many recipients stand where, counted in the ledger itself."""
    db.session.rollback()
    rows = db.session.execute(sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state)).all()
    db.session.commit()
    return {DeliveryState(state): count for state, count in rows}
