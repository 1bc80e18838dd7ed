"""Every purpose that a mailed link can have: a link that works, how its button is pressed, what makes it worthless."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import portal
from portal.accounts.models import Account, ChangeState, CoolingOff, EmailChange, SecurityAnswer
from portal.customers.models import Customer
from portal.foundation import clock, emails, tokens
from portal.foundation.database import db
from portal.foundation.tokens import Purpose
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from portal.staff import service as staff
from portal.staff.models import StaffMember
from tests import cast
from tests.accounts import stage

NEW = "violet ladder harbour"
CHOSEN = {"password": NEW, "confirm_password": NEW}
QUESTION = {"security_question": "own", "own_question": "Who sang in our kitchen?", "security_answer": "Uncle Jonathan"}
Spoil = Callable[[int], object]


@dataclass
class Link:
    """One live link.

    Args:
        purpose: what it is for.
        subject_id: the row that it is about.
        path: the page, without the token.
        spoil: makes what it stands for no longer so.
        bound_to: as the mail that carries it binds it.
        fields: what is typed on its page.
        again: whether a second press is harmless and answered kindly.
    """

    purpose: Purpose
    subject_id: int
    path: str
    spoil: Spoil
    bound_to: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    again: bool = False

    def issue(self) -> str:
        """The token, as the worker makes it for a mail."""
        token = tokens.issue(self.purpose, self.subject_id, bound_to=self.bound_to)
        db.session.commit()
        return token


def registered() -> dict[str, Purpose]:
    """Every purpose in the code of the portal, by its name."""
    found = {}
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Purpose):
                found[value.name] = value
    return found


def live(name: str) -> Link:
    """A link of a purpose, with everybody it needs."""
    return MAKERS[name](registered()[name])


def _account() -> Account:
    """Ann, who has no question, so that her link leads straight to the new password."""
    customer = cast.customer(cast.ANN)
    db.session.execute(sa.delete(SecurityAnswer))
    db.session.commit()
    return db.session.get_one(Account, customer.account_id)


def _registration(purpose: Purpose) -> Link:
    row = stage.registered()
    return Link(
        purpose, row.id, "/confirm-email/", lambda _: cast.account(stage.UMA), fields={"password": cast.PASSWORD}
    )


def _unlock(purpose: Purpose) -> Link:
    row = _account()
    spoil = _setting(Account, email_key="other@demo.example", email="other@demo.example")
    return Link(purpose, row.id, "/sign-in/unlock/", spoil, bound_to=row.email_key)


def _reset(purpose: Purpose) -> Link:
    row = _account()
    return Link(purpose, row.id, "/recover/", _setting(Account, epoch=9), bound_to=str(row.epoch), fields=CHOSEN)


def _change(path: str, state: ChangeState, spoiled: ChangeState) -> Callable[[Purpose], Link]:
    def make(purpose: Purpose) -> Link:
        new = "ann.new@demo.example"
        row = EmailChange(
            account_id=_account().id,
            old_email=cast.ANN.email,
            new_email=new,
            new_key=emails.key(new),
            state=state,
            settled_at=clock.now() if state is ChangeState.APPLIED else None,
        )
        db.session.add(row)
        db.session.commit()
        return Link(purpose, row.id, path, _setting(EmailChange, state=spoiled))

    return make


def _waiting(path: str, spoiled: str, fields: dict[str, str]) -> Callable[[Purpose], Link]:
    def make(purpose: Purpose) -> Link:
        account = _account()
        row = CoolingOff(account_id=account.id, due_at=clock.now() + timedelta(days=1))
        db.session.add(row)
        db.session.commit()
        bound_to = str(account.epoch) if fields else ""
        return Link(purpose, row.id, path, _setting(CoolingOff, **{spoiled: clock.now()}), bound_to, fields)

    return make


def _invitation(purpose: Purpose) -> Link:
    row = cast.customer(cast.BEN, with_account=False)
    spoil = _setting(Customer, email_key="other@demo.example", email="other@demo.example")
    return Link(purpose, row.id, "/invitation/", spoil, row.email_key or "", CHOSEN | QUESTION | {"terms": "1"})


def _member(purpose: Purpose) -> Link:
    staff.ensure_roles()
    member, _path = staff.invite("nell@demo.example", "clerk", "Nell New")
    db.session.commit()
    return Link(
        purpose, member.id, "/staff/invitation/", _setting(StaffMember, dismissed_at=clock.now()), fields=CHOSEN
    )


def _newsletter(purpose: Purpose) -> Link:
    email = "sue@demo.example"
    row = Subscription(
        audience_id=newsletter.default_audience().id, email=email, email_key=email, state=SubscriptionState.PENDING
    )
    db.session.add(row)
    db.session.commit()
    spoil = _setting(Subscription, state=SubscriptionState.UNSUBSCRIBED)
    return Link(purpose, row.id, "/newsletter/confirm/", spoil, again=True)


def _setting(table: Any, **values: object) -> Spoil:
    def spoil(subject_id: int) -> None:
        db.session.execute(sa.update(table).where(table.id == subject_id).values(**values))
        db.session.commit()

    return spoil


MAKERS: dict[str, Callable[[Purpose], Link]] = {
    "confirm-email": _registration,
    "unlock": _unlock,
    "reset-password": _reset,
    "change-email": _change("/account/email/", ChangeState.ASKED, ChangeState.CANCELLED),
    "stop-email-change": _change("/account/email/stop/", ChangeState.ASKED, ChangeState.APPLIED),
    "undo-email-change": _change("/account/email/undo/", ChangeState.APPLIED, ChangeState.UNDONE),
    "stop-cooling-off": _waiting("/recover/stop/", "used_at", {}),
    "stop-cooling-off-reminded": _waiting("/recover/stop/", "stopped_at", {}),
    "open-cooling-off": _waiting("/recover/waited/", "stopped_at", CHOSEN),
    "invitation": _invitation,
    "staff-invitation": _member,
    "newsletter-confirm": _newsletter,
}
