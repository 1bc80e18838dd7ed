"""How things stand with invented customers: groups, applications with their history, subscriptions with their proof."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Registration
from portal.accounts.service.registration import REGISTRATION_KEPT
from portal.cli.demo.bulk import ids_were_given, next_id, write
from portal.cli.demo.people import Someone, people
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Membership
from portal.ledgers import chain
from portal.newsletter import queries as newsletter
from portal.newsletter.models import (
    ConsentAction,
    ConsentEvent,
    ConsentSource,
    FormVersion,
    Subscription,
    SubscriptionState,
)

Facts = Sequence[tuple[int, Someone, datetime]]  # customer id, who, when they came

GROUP_OF = {"trade": "Trade", "club": "Club", "friend": "Friends"}
ASKED = {
    "trade": ("Trade", ApplicationState.APPROVED),
    "waiting": ("Trade", ApplicationState.SUBMITTED),
    "declined": ("Trade", ApplicationState.DECLINED),
    "club": ("Club", ApplicationState.APPROVED),
    "club-waiting": ("Club", ApplicationState.SUBMITTED),
    "club-declined": ("Club", ApplicationState.DECLINED),
}
REASON = "The tax number belongs to another business."
CLERK = "Ravi Sathe"
ANSWERED_AFTER = timedelta(hours=19)
WAITING = 6  # registrations whose link nobody has pressed
LEFT_EVERY = 9  # one in so many subscribers has left again


def terms_of(batch: Sequence[Someone]) -> list[int]:
    """The group whose terms each person has, by its id."""
    ids = {group.name: group.id for group in groups.all_groups()}
    default = groups.default_group().id
    return [ids[GROUP_OF[one.standing]] if one.standing in GROUP_OF else default for one in batch]


def has_asked(one: Someone) -> bool:
    """Whether an application of this person waits."""
    return ASKED.get(one.standing, ("", None))[1] is ApplicationState.SUBMITTED


def memberships_of(facts: Facts) -> None:
    """Everybody is in the default group, some have the terms of another."""
    ids = {group.name: group.id for group in groups.all_groups()}
    default = groups.default_group().id
    rows = []
    for customer_id, one, came in facts:
        better = GROUP_OF.get(one.standing)
        rows.append(_member(customer_id, default, came, is_preferred=better is None))
        if better:
            rows.append(_member(customer_id, ids[better], came, is_preferred=True))
    write(Membership, rows)


def _member(customer_id: int, group_id: int, since: datetime, *, is_preferred: bool) -> dict[str, Any]:
    return {"customer_id": customer_id, "group_id": group_id, "since": since, "is_preferred": is_preferred}


def applications_of(facts: Facts) -> None:
    """Applications that wait, and those that Ravi decided, each with its history."""
    ids = {group.name: group.id for group in groups.all_groups()}
    asked = [(*fact, *ASKED[fact[1].standing]) for fact in facts if fact[1].standing in ASKED]
    if not asked:
        return
    rows = [_application(customer_id, ids[group], came, state) for customer_id, _, came, group, state in asked]
    first = next_id(Application)
    write(Application, [row | {"id": first + place} for place, row in enumerate(rows)])
    ids_were_given(Application)
    events = []
    for application_id, (_, one, came, _group, state) in enumerate(asked, first):
        events.append(_event(application_id, came, ApplicationState.SUBMITTED, one.first_name))
        if state is not ApplicationState.SUBMITTED:
            reason = REASON if state is ApplicationState.DECLINED else ""
            events.append(_event(application_id, came + ANSWERED_AFTER, state, CLERK, reason))
    write(ApplicationEvent, events)


def _application(customer_id: int, group_id: int, came: datetime, state: ApplicationState) -> dict[str, Any]:
    decided = state is not ApplicationState.SUBMITTED
    return {
        "customer_id": customer_id,
        "group_id": group_id,
        "state": state,
        "submitted_at": came,
        "decided_at": came + ANSWERED_AFTER if decided else None,
        "decided_by": CLERK if decided else "",
        "reason": REASON if state is ApplicationState.DECLINED else "",
    }


def _event(application_id: int, at: datetime, state: ApplicationState, who: str, reason: str = "") -> dict[str, Any]:
    return {"application_id": application_id, "at": at, "state": state, "who": who, "reason": reason}


def subscriptions_of(facts: Facts) -> None:
    """Some subscribe, a few have left again; every step is a line of the ledger."""
    audience = newsletter.default_audience().id
    version = db.session.scalar(sa.select(FormVersion.id).order_by(FormVersion.id).limit(1))
    subscriptions, events = [], []
    for n, (customer_id, one, came) in enumerate(fact for fact in facts if fact[1].subscribes and fact[1].has_account):
        left = n % LEFT_EVERY == LEFT_EVERY - 1
        state = SubscriptionState.UNSUBSCRIBED if left else SubscriptionState.ACTIVE
        subscriptions.append(
            {
                "audience_id": audience,
                "email": one.email,
                "email_key": one.email,
                "customer_id": customer_id,
                "state": state,
                "created_at": came,
                "changed_at": came,
            }
        )
        wish = {"at": came, "source": ConsentSource.REGISTRATION, "form_version_id": version}
        steps = [wish | {"action": ConsentAction.REQUEST}, wish | {"action": ConsentAction.CONFIRM}]
        if left:
            gone = {"at": came + ANSWERED_AFTER, "source": ConsentSource.ONE_CLICK, "form_version_id": None}
            steps.append(gone | {"action": ConsentAction.WITHDRAW})
        events += [_line(audience, one.email) | step for step in steps]
    write(Subscription, subscriptions)
    write(ConsentEvent, events)
    chain.leave(ConsentEvent)


def _line(audience: int, email: str) -> dict[str, Any]:
    return {
        "subject_hmac": newsletter.subject_hashes(email)[0],
        "email": email,
        "audience_id": audience,
        "address": "127.0.0.1",
        "browser": "Chrome on Android",
    }


def waiting_registrations(password_hash: str, start: int) -> None:
    """A few people who registered and have not pressed the mailed link."""
    moment = now()
    for n, one in enumerate(people(WAITING, start + 10**7)):
        at = moment - timedelta(hours=7 * (WAITING - n))
        email = one.email or f"somebody.{n}@mail.example"
        db.session.add(
            Registration(
                email=email,
                email_key=email,
                first_name=one.first_name,
                last_name=one.last_name,
                telephone=one.telephone,
                password_hash=password_hash,
                newsletter=one.subscribes,
                terms_version="demo",
                address="127.0.0.1",
                browser_digest=crypto.digest(crypto.random_handle()),
                created_at=at,
                expires_at=at + REGISTRATION_KEPT,
            )
        )
