"""Why somebody of an audience does not get a campaign: the reasons that freezing counts, and their words."""

from portal.foundation.text import _

SUPPRESSED = "suppressed"
LESS_OFTEN = "less-often"
SEGMENT = "segment:"  # before the name that the segment had then


def in_words(reason: str) -> str:
    """A reason as pages say it."""
    if reason == SUPPRESSED:
        return _("Not written to: bounced, complained or asked us to stop")
    if reason == LESS_OFTEN:
        return _("Had a mail lately and wants fewer")
    if reason.startswith(SEGMENT):
        return _("In the segment “%(name)s”, which is left out", name=reason.removeprefix(SEGMENT))
    return reason
