"""The audience, segment or subscriber that an address is about, and the tabs of an audience."""

from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter import queries
from portal.newsletter.models import Audience, Segment, Subscription
from portal.newsletter.queries import segments
from portal.staff.guards import may
from portal.staff.rules import Permission

PATH = "/staff/audiences"


def audience_of(audience_id: int) -> Audience:
    """An audience by its number.

    Raises:
        NotFound: there is none.
    """
    found = queries.audience(audience_id)
    if found is None:
        raise NotFound(_("There is no such audience."))
    return found


def segment_of(segment_id: int) -> Segment:
    """A segment by its number.

    Raises:
        NotFound: there is none.
    """
    found = segments.by_id(segment_id)
    if found is None:
        raise NotFound(_("There is no such segment. Look in the list of its audience."))
    return found


def subscriber_of(audience_id: int, subscription_id: int) -> Subscription:
    """A subscriber of an audience.

    Raises:
        NotFound: there is none.
    """
    found = queries.subscription(subscription_id)
    if found is None or found.audience_id != audience_id:
        raise NotFound(_("Nobody of this number is in the audience. Wishes that nobody confirmed go after 30 days."))
    return found


def tabs(audience: Audience) -> list[tuple[str, str]]:
    """The views of an audience that the member at work may open: words and address."""
    path = f"{PATH}/{audience.id}"
    shown = [(_("Subscribers"), path), (_("Segments"), f"{path}/segments"), (_("Results"), f"{path}/results")]
    if may(Permission.AUDIENCE_MODIFY):
        if audience.is_open:
            shown.append((_("Form for the storefront"), f"{path}/form"))
        shown.append((_("Settings"), f"{path}/edit"))
    return shown
