"""What groups hold about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.foundation.database import table_of
from portal.foundation.holdings import Holding, declare
from portal.foundation.text import lazy
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Step

OF_CUSTOMER = {"customer_id": "customers"}

# A decision that can be taken back still is none yet for its customer, whatever the row says.
_application, _event = table_of(Application), table_of(ApplicationEvent)
_PENDING = _application.c.undo_until.is_not(None)
_OF_THE_DECISION = ("decided_at", "reason", "may_reapply_at", "undo_until")
_DECIDED = _event.c.step.in_((Step.APPROVED, Step.DECLINED))

declare(
    Holding(
        table="group_membership",
        by=OF_CUSTOMER,
        title=lazy("Groups"),
        hidden=frozenset({"given_by"}),
        moves=True,
        lowered=("is_preferred",),
        same=("group_id",),
    ),
    # That somebody applied and how it ended stays, for the figures; not who, and none of the words.
    Holding(
        table="application",
        by=OF_CUSTOMER,
        title=lazy("Applications"),
        hidden=frozenset({"decided_by", "seconded_by", "seconded_by_id"}),
        instead={
            "state": sa.case((_PENDING, ApplicationState.SUBMITTED), else_=_application.c.state),
            "releases_address": sa.and_(~_PENDING, _application.c.releases_address),
            **{name: sa.case((~_PENDING, _application.c[name])) for name in _OF_THE_DECISION},
        },
        emptied={"reason": "", "message": ""},
        moves=True,
    ),
    Holding(
        table="application_event",
        via=("application_id", "application"),
        title=lazy("Steps of applications"),
        untold=sa.and_(_DECIDED, _event.c.application_id.in_(sa.select(_application.c.id).where(_PENDING))),
        emptied={"reason": "", "who": ""},
    ),
)
