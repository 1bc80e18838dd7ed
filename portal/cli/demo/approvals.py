"""Applications in every state, so that each page of approvers and applicants has something to show."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.customers.models import Customer, CustomerStatus
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.groups import queries
from portal.groups.models import Application, ApplicationEvent, ApplicationState, CustomerGroup, Step
from portal.groups.service.steps import OF_STEPS

CLERK, SYSTEM = "Ravi Sathe", "Portal"
QUESTION = "Which shop of yours do we deliver to, and since when is it open?"
ANSWER = "The one in Laxmi Road, since March. The lease is in my name."
MESSAGE = "We frame pictures and buy about forty mouldings a month."
# Hours ago, and what happened then.
STORIES: Sequence[Sequence[tuple[int, Step, str]]] = (
    ((50, Step.SUBMITTED, MESSAGE), (26, Step.ASKED, QUESTION)),
    ((75, Step.SUBMITTED, ""), (52, Step.ASKED, QUESTION), (3, Step.ANSWERED, ANSWER)),
    ((30, Step.SUBMITTED, MESSAGE), (5, Step.SECONDED, "")),
    ((400, Step.SUBMITTED, ""), (380, Step.WITHDRAWN, "")),
    ((2600, Step.SUBMITTED, ""), (440, Step.EXPIRED, "")),
)


def play() -> None:
    """Let some of the customers ask, answer, withdraw and wait too long; once in the life of a demo shop."""
    with transaction():
        club = next((group for group in queries.all_groups() if group.name == "Club"), None)
        stories = db.session.scalar(sa.select(Application.id).where(Application.message != "").limit(1))
        if club is None or stories is not None:
            return
        for customer, story in zip(_nobody_asked(len(STORIES)), STORIES, strict=False):
            db.session.add(_application(customer, club, story))


def _nobody_asked(many: int) -> Sequence[Customer]:
    asked = sa.exists().where(Application.customer_id == Customer.id)
    enabled = sa.select(Customer).where(Customer.status == CustomerStatus.ENABLED, ~asked, Customer.first_name != "Ann")
    return db.session.scalars(enabled.order_by(Customer.id).limit(many)).all()


def _application(customer: Customer, group: CustomerGroup, story: Sequence[tuple[int, Step, str]]) -> Application:
    moment = now()
    at: dict[Step, datetime] = {step: moment - timedelta(hours=hours) for hours, step, _said in story}
    last = story[-1][1]
    ended = last in (Step.WITHDRAWN, Step.EXPIRED)
    who = {Step.ASKED: CLERK, Step.SECONDED: CLERK, Step.EXPIRED: SYSTEM}
    row = Application(
        customer=customer,
        group=group,
        state=OF_STEPS.get(last, ApplicationState.SUBMITTED),
        message=story[0][2],
        submitted_at=at[Step.SUBMITTED],
        answered_at=at.get(Step.ANSWERED),
        seconded_at=at.get(Step.SECONDED),
        seconded_by=CLERK if Step.SECONDED in at else "",
        decided_at=at[last] if ended else None,
        decided_by=who.get(last, customer.name) if ended else "",
    )
    row.events = [
        ApplicationEvent(
            at=at[step],
            step=step,
            state=OF_STEPS.get(step, ApplicationState.SUBMITTED),
            who=who.get(step, customer.name),
            reason=said,
        )
        for _hours, step, said in story
    ]
    return row
