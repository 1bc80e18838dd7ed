"""Who of the staff looked at a customer: one line for each look, however many pages it took."""

from datetime import timedelta

import sqlalchemy as sa

from portal.customers.models import CustomerView
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db

ONE_LOOK = timedelta(minutes=5)


def note_look(customer_id: int, member_id: int, member_name: str) -> None:
    """Note, after this request, that somebody looked."""
    newest = sa.select(sa.func.max(CustomerView.at)).where(
        CustomerView.customer_id == customer_id,
        CustomerView.member_id == member_id,
        CustomerView.at > now() - ONE_LOOK,
    )
    if db.session.scalar(newest) is not None:
        return
    row = {"customer_id": customer_id, "member_id": member_id, "member_name": member_name[:120], "at": now()}
    database.note(lambda: db.session.execute(sa.insert(CustomerView).values(**row)))
