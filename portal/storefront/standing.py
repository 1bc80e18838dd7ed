"""How a customer stands, as account home tells it: who they are, what waits, and each part of the account in brief.

Account home shows a little of every feature, and more people open it than any other page. It is read as plain rows by
statements that are made once: as objects, each part with all that belongs to it, the same took three times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, CoolingOff, SecurityAnswer, SignInSession
from portal.accounts.rules.waiting import OPEN_FOR
from portal.accounts.service import sessions
from portal.customers.models import Address, Customer, Telephone, whole_name
from portal.foundation.clock import now
from portal.foundation.database import UtcDateTime, table_of
from portal.foundation.straight import Straight
from portal.groups.models import OPEN_STATES, Application, ApplicationState, CustomerGroup
from portal.newsletter.models import Audience, Subscription, SubscriptionState


@dataclass(frozen=True)
class Applied:
    """The newest application for another group."""

    group: str
    state: ApplicationState
    submitted_at: datetime
    is_pending: bool
    reason: str

    @property
    def waits(self) -> bool:
        """Whether it waits as far as its customer knows."""
        return self.state in OPEN_STATES or self.is_pending


@dataclass(frozen=True)
class Place:
    """An entry of the address book on one line, and what it is for."""

    line: str
    is_delivery: bool
    is_billing: bool


@dataclass(frozen=True)
class Standing:
    """What the notices, the cards, and the lines under the sections tell."""

    number: str
    first_name: str
    name: str
    email: str
    typed_telephone: str
    telephone: str  # in E.164, where the typed one could be read
    group: str
    applied: Applied | None
    addresses: list[Place]
    newsletters: list[str]
    devices: int
    has_question: bool
    recovery_due_at: datetime | None  # of one that waits since its answer is forgotten


_customer, _telephone, _application = table_of(Customer), table_of(Telephone), table_of(Application)
_group, _address, _waiting = table_of(CustomerGroup), table_of(Address), table_of(CoolingOff)
_audience, _subscription, _answer = table_of(Audience), table_of(Subscription), table_of(SecurityAnswer)
_session = table_of(SignInSession)
_applied_for = _group.alias("applied_for")
_mine = _application.alias("mine")
_newest = sa.select(sa.func.max(_mine.c.id)).where(_mine.c.customer_id == _customer.c.id)
_due_at = (
    sa.select(_waiting.c.due_at)
    .where(
        _waiting.c.account_id == _customer.c.account_id,
        _waiting.c.stopped_at.is_(None),
        _waiting.c.used_at.is_(None),
        _waiting.c.due_at > sa.bindparam("since"),
    )
    .order_by(_waiting.c.id.desc())
    .limit(1)
)
_NEITHER = sa.cast(sa.null(), sa.Boolean)
_NO_SESSION = (sa.cast(sa.null(), sa.Integer).label("idle_seconds"), sa.cast(sa.null(), UtcDateTime).label("seen_at"))
_PERSON = Straight(
    sa.select(
        *(_customer.c.id, _customer.c.number, _customer.c.first_name, _customer.c.last_name),
        *(_customer.c.email, _customer.c.email_key, _telephone.c.typed, _telephone.c.e164),
        *(_application.c.state, _application.c.submitted_at, _application.c.undo_until, _application.c.reason),
        _group.c.name.label("group"),
        _applied_for.c.name.label("applied_for"),
        sa.exists().where(_answer.c.account_id == _customer.c.account_id).label("has_question"),
        _due_at.scalar_subquery().label("due_at"),
    )
    .select_from(
        _customer.outerjoin(_telephone, sa.and_(_telephone.c.customer_id == _customer.c.id, _telephone.c.is_primary))
        .outerjoin(_group, _group.c.id == _customer.c.group_id)
        .outerjoin(_application, _application.c.id == _newest.scalar_subquery())
        .outerjoin(_applied_for, _applied_for.c.id == _application.c.group_id)
    )
    .where(_customer.c.account_id == sa.bindparam("account"))
    .order_by(_telephone.c.id)
)
# The address book, the newsletters and the sessions in one statement: to ask costs more than what is answered. Only
# addresses are for something, delivery or bill, and only sessions were seen.
_LISTED = Straight(
    sa.union_all(
        sa.select(
            *(_address.c.id, _address.c.address_1.label("words"), _address.c.city),
            *(_address.c.is_delivery, _address.c.is_billing, *_NO_SESSION),
        ).where(_address.c.customer_id == sa.bindparam("customer")),
        sa.select(_subscription.c.id, _audience.c.name, sa.literal(""), _NEITHER, _NEITHER, *_NO_SESSION)
        .join_from(_subscription, _audience, _subscription.c.audience_id == _audience.c.id)
        .where(_subscription.c.email_key == sa.bindparam("key"), _subscription.c.state == SubscriptionState.ACTIVE),
        sa.select(
            *(_session.c.id, sa.literal(""), sa.literal(""), _NEITHER, _NEITHER),
            *(_session.c.idle_seconds, _session.c.seen_at),
        ).where(*sessions.ARE_LIVE),
    )
)


def of(account: Account) -> Standing | None:
    """How the customer of an account stands, None when it has none."""
    moment = now()
    row = _PERSON.row({"account": account.id, "since": moment - OPEN_FOR})
    if row is None:
        return None
    mine = {"customer": row.id, "key": row.email_key or "", **sessions.owned(account, moment)}
    listed = _LISTED.rows(mine)
    return Standing(
        number=row.number,
        first_name=row.first_name,
        name=whole_name(row.first_name, row.last_name),
        email=row.email,
        typed_telephone=row.typed or "",
        telephone=row.e164 or "",
        group=row.group or "",
        applied=_applied(row),
        addresses=_places(listed),
        newsletters=_newsletters(listed),
        devices=sum(sessions.was_used_lately(one.seen_at, one.idle_seconds, moment) for one in listed if one.seen_at),
        has_question=row.has_question,
        recovery_due_at=row.due_at,
    )


def _places(listed: Sequence[sa.Row[Any]]) -> list[Place]:
    """The address book: what things are sent to first, then what bills are sent to, in the order of their coming."""
    own = [row for row in listed if row.is_delivery is not None]
    own.sort(key=lambda row: (not row.is_delivery, not row.is_billing, row.id))
    return [Place(f"{row.words}, {row.city}".strip(", "), row.is_delivery, row.is_billing) for row in own]


def _newsletters(listed: Sequence[sa.Row[Any]]) -> list[str]:
    own = [row for row in listed if row.is_delivery is None and row.seen_at is None]
    return [row.words for row in sorted(own, key=itemgetter(0))]


def _applied(row: sa.Row[tuple[object, ...]]) -> Applied | None:
    if row.state is None:
        return None
    return Applied(row.applied_for, row.state, row.submitted_at, row.undo_until is not None, row.reason)
