"""How somebody wants their newsletters: how often, counted or not, or none at all."""

from collections.abc import Mapping

from portal.foundation.text import _
from portal.mail import service as mail
from portal.mail.models import SuppressionScope
from portal.newsletter import queries, rules
from portal.newsletter.models import ConsentSource
from portal.newsletter.service import consent
from portal.newsletter.service.ledger import Proof


def set_paces(email: str, paces: Mapping[int, int]) -> None:
    """Note how many days are to lie between two mails of a topic; what nobody offers is left out.

    Args:
        email: of the person.
        paces: days by the id of the audience, each one of `rules.PACES`.
    """
    for row in queries.of_email(email):
        days = paces.get(row.audience_id, row.days_between)
        if days in rules.PACES:
            row.days_between = days


def set_clicks(email: str, *, counted: bool) -> None:
    """Note whether links that somebody opens may be counted; nobody's are unless they said so."""
    for row in queries.of_email(email):
        row.counts_clicks = counted


def stop_all(email: str, *, source: ConsentSource, proof: Proof) -> int:
    """Take an address out of every audience, of private ones as well, and keep marketing away from it.

    Returns out of how many. Its owner may agree anew at any time.
    """
    mail.suppress(email, _("Stopped all marketing."), SuppressionScope.MARKETING)
    return sum(consent.withdraw(row, source=source, proof=proof) for row in queries.of_email(email))
