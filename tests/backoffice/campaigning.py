"""A campaign at its desk: written by the form that marketing has, for tests of its pages."""

import sqlalchemy as sa
from flask import current_app

from portal.audit.service import SYSTEM
from portal.foundation.database import db, transaction
from portal.newsletter import queries
from portal.newsletter.models import Campaign
from portal.newsletter.service import drafting

PATH = "/staff/campaigns"
BLOCKS = {
    "block-0-kind": "heading",
    "block-0-text": "New lamps",
    "block-1-kind": "text",
    "block-1-text": 'Dear {{ first_name | default: "friend" }},\n\nlamps are **here**.',
    "block-2-kind": "button",
    "block-2-text": "See them",
    "block-2-href": "https://shop.example/lamps",
}


def begun(name: str = "Lamps") -> Campaign:
    """A draft that says nothing yet."""
    with transaction():
        return drafting.begin(name, queries.default_audience(), by=SYSTEM)


def fields(campaign: Campaign, **more: str) -> dict[str, str]:
    """A whole campaign as the editor sends it."""
    return {
        "name": "Lamps",
        "to": f"audience-{queries.default_audience().id}",
        "sender_name": "Northgate Goods",
        "sender_email": "news@demo.example",
        "reply_to": "",
        "subject": 'Lamps for {{ first_name | default: "you" }}',
        "preview_text": "Until Sunday.",
        "per_hour": "",
        "version": str(stored(campaign.id).version),
        **BLOCKS,
        **more,
    }


def stored(campaign_id: int) -> Campaign:
    """A campaign as it is on record now."""
    db.session.rollback()
    return db.session.scalars(
        sa.select(Campaign).where(Campaign.id == campaign_id).execution_options(populate_existing=True)
    ).one()


def mail_server(port: int) -> None:
    """Have campaigns go to a server on this machine."""
    own = current_app.extensions["portal.settings"]
    object.__setattr__(own, "mail_server", "127.0.0.1")
    object.__setattr__(own, "mail_port", port)
