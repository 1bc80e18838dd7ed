"""A campaign at its desk: written by the form that marketing has, for tests of its pages."""

from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal.audit.models import AuditEntry
from portal.audit.service import SYSTEM
from portal.foundation.database import db, transaction
from portal.newsletter import queries
from portal.newsletter.models import Campaign
from portal.newsletter.service import drafting
from tests.browsing import Browser

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


def whole(mark: Browser) -> int:
    """A campaign that marketing wrote at its desk, ready to go, by its id."""
    campaign = begun()
    mark.open(f"{PATH}/{campaign.id}")
    mark.send(**fields(campaign))
    token = mark._choose("", {"subject": ""})["fields"]["csrf_token"]
    answer = mark.client.post(f"{PATH}/{campaign.id}", data={**fields(campaign), "csrf_token": token})
    assert answer.status_code == 303
    return campaign.id


def rewrite(campaign_id: int, **values: Any) -> None:
    """Change what is on record, as nobody does at a desk."""
    db.session.execute(sa.update(Campaign).where(Campaign.id == campaign_id).values(**values))
    db.session.commit()


def come_from(campaign_id: int, sender: str) -> None:
    """Have a campaign come from somebody else."""
    stored(campaign_id).content.sender = sender
    db.session.commit()


def verbs() -> list[str]:
    """What was audited, oldest first."""
    return [row.verb for row in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]


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
