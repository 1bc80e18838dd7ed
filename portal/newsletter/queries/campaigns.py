"""Campaigns for their pages: listed, found, who would get one, and who is in doubt."""

import random
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation import emails, pagination
from portal.foundation.database import LARGEST_ID, db
from portal.newsletter.models import (
    Campaign,
    CampaignState,
    ContentPicture,
    Delivery,
    DeliveryState,
    LibraryPicture,
    Subscription,
    SubscriptionState,
)
from portal.newsletter.sending.message import Recipient

TRIED = 100  # real people on whom the fields of a message are tried
AT_ONCE = 10  # of them, beside each other in the table


@dataclass(frozen=True)
class InDoubt:
    """Somebody whose mail may have arrived: the sender died between its end and the server's answer."""

    subscription_id: int
    email: str


def by_id(campaign_id: int) -> Campaign | None:
    """One campaign."""
    return db.session.get(Campaign, campaign_id) if 0 < campaign_id <= LARGEST_ID else None


def page(
    states: Collection[CampaignState] = (), term: str = "", *, after: str = "", before: str = ""
) -> pagination.Page[Campaign]:
    """Campaigns, newest first; of some states alone, and with words in their name."""
    query = sa.select(Campaign)
    if states:
        query = query.where(Campaign.state.in_(states))
    if term:
        query = query.where(Campaign.name.icontains(term, autoescape=True))
    order = pagination.Order(Campaign.id, Campaign.id, descending=True)
    return pagination.slice_of(query, order, after=after, before=before)


def numbers() -> dict[CampaignState, int]:
    """How many campaigns are in each state; states without any are left out."""
    query = sa.select(Campaign.state, sa.func.count()).group_by(Campaign.state)
    return dict(db.session.execute(query).tuples().all())


def pictures(*, after: str = "", before: str = "") -> pagination.Page[LibraryPicture]:
    """The library, newest first."""
    order = pagination.Order(LibraryPicture.id, LibraryPicture.id, descending=True)
    return pagination.slice_of(sa.select(LibraryPicture), order, after=after, before=before, size=48)


def pictures_to_choose(shown: Collection[int] = ()) -> list[LibraryPicture]:
    """The newest pictures, and those that are shown already."""
    newest = sa.select(LibraryPicture.id).order_by(LibraryPicture.id.desc()).limit(100)
    query = sa.select(LibraryPicture).where(sa.or_(LibraryPicture.id.in_(newest), LibraryPicture.id.in_(shown)))
    return list(db.session.scalars(query.order_by(LibraryPicture.id.desc())))


def pictures_of(ids: Collection[int]) -> dict[int, LibraryPicture]:
    """Pictures by their numbers; those that are gone are left out."""
    if not ids:
        return {}
    rows = db.session.scalars(sa.select(LibraryPicture).where(LibraryPicture.id.in_(ids)))
    return {row.id: row for row in rows}


def picture(picture_id: int) -> LibraryPicture | None:
    """One picture."""
    return db.session.get(LibraryPicture, picture_id) if 0 < picture_id <= LARGEST_ID else None


def picture_by_key(key: str) -> LibraryPicture | None:
    """The picture at a public address."""
    if "\0" in key:  # PostgreSQL takes none
        return None
    return db.session.scalar(sa.select(LibraryPicture).where(LibraryPicture.key == key))


def shown_in(picture_id: int) -> list[Campaign]:
    """The campaigns that show a picture."""
    showing = sa.select(ContentPicture.content_id).where(ContentPicture.picture_id == picture_id)
    return list(db.session.scalars(sa.select(Campaign).where(Campaign.content_id.in_(showing)).order_by(Campaign.id)))


def some_of(wanted: sa.ColumnElement[bool], most: int = TRIED) -> list[Recipient]:
    """People picked at random from those a condition fits, some neighbours at a time so that it costs little."""
    first, last = db.session.execute(
        sa.select(sa.func.min(Subscription.id), sa.func.max(Subscription.id)).where(wanted)
    ).one()
    found: dict[int, Recipient] = {}
    if first is None:
        return []
    starts = [first, *(random.randint(first, last) for _turn in range(most // AT_ONCE))]  # noqa: S311 - a sample
    for start in starts:
        rows = _people(sa.and_(wanted, Subscription.id >= start), AT_ONCE)
        found.update((row.id, row) for row in rows)
    return list(found.values())[:most]


def recipient(audience_id: int, email: str) -> Recipient | None:
    """Somebody of an audience by their address, as a campaign sees them."""
    mine = sa.and_(Subscription.audience_id == audience_id, Subscription.email_key == emails.key(email))
    return next(iter(_people(mine, 1)), None)


def each_of(wanted: sa.ColumnElement[bool], after: int, most: int) -> list[Recipient]:
    """The next people that a condition fits, in the order of their subscriptions."""
    return _people(sa.and_(wanted, Subscription.id > after), most)


def in_doubt(campaign_id: int, most: int = 200) -> list[InDoubt]:
    """Who may have got a campaign, and may not."""
    query = (
        sa.select(Delivery.subscription_id, Subscription.email)
        .outerjoin(Subscription, Subscription.id == Delivery.subscription_id)
        .where(Delivery.campaign_id == campaign_id, Delivery.state == int(DeliveryState.UNKNOWN))
        .order_by(Delivery.subscription_id)
        .limit(most)
    )
    return [InDoubt(number, email or "") for number, email in db.session.execute(query)]


def newest_subscribers(audience_id: int, most: int = 5) -> list[Recipient]:
    """Some people to look at a message as."""
    active = sa.and_(Subscription.audience_id == audience_id, Subscription.state == SubscriptionState.ACTIVE)
    return _people(active, most, newest=True)


def _people(wanted: sa.ColumnElement[bool], most: int, *, newest: bool = False) -> list[Recipient]:
    order = Subscription.id.desc() if newest else Subscription.id
    query = (
        sa.select(Subscription.id, Subscription.email, Customer.first_name, Customer.last_name, Customer.number)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .where(wanted)
        .order_by(order)
        .limit(most)
    )
    return [_recipient(*row) for row in db.session.execute(query)]


def _recipient(number: int, email: str, first: str | None, last: str | None, customer: str | None) -> Recipient:
    values = {"first_name": first or "", "last_name": last or "", "customer_number": customer or ""}
    return Recipient(number, email, values | {"full_name": " ".join(filter(None, (first, last)))})
