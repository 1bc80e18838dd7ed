"""What groups hold about a person (see `foundation.holdings`)."""

from portal.foundation.holdings import Holding, declare
from portal.foundation.text import lazy

OF_CUSTOMER = {"customer_id": "customers"}

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
        emptied={"reason": "", "message": ""},
        moves=True,
    ),
    Holding(
        table="application_event",
        via=("application_id", "application"),
        title=lazy("Steps of applications"),
        emptied={"reason": "", "who": ""},
    ),
)
