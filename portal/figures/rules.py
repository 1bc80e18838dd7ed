"""Comparisons in words: a number alone tells nobody whether it is much."""

from portal.foundation.text import _, plural

DAY, HOUR, MINUTE = 86400, 3600, 60
FEW = 10  # of which a share says less than the number does


def compared(now: int, before: int | None, days: int) -> str:
    """A sum beside that of as many days before."""
    if before is None:
        return _("In the last %(n)s days", n=days)
    if now == before:
        return _("As many as in the %(n)s days before", n=days)
    if before == 0:
        return _("None in the %(n)s days before", n=days)
    if before < FEW:
        more = abs(now - before)
        words = _("%(n)s more than in the %(days)s days before", n=f"{more:,}", days=days)
        return words if now > before else _("%(n)s fewer than in the %(days)s days before", n=more, days=days)
    share = round(abs(now - before) * 100 / before)
    if share == 0:
        return _("About as many as in the %(n)s days before", n=days)
    words = _("%(share)s%% more than in the %(n)s days before", share=f"{share:,}", n=days)
    return words if now > before else _("%(share)s%% fewer than in the %(n)s days before", share=share, n=days)


def grown(last: int, first: int, days: int) -> str:
    """A level beside that of some days before."""
    if last == first:
        return _("As %(n)s days before", n=days)
    more = f"{abs(last - first):,}"
    if last > first:
        return _("%(more)s more than %(n)s days before", more=more, n=days)
    return _("%(more)s fewer than %(n)s days before", more=more, n=days)


def duration(seconds: float) -> str:
    """How long something takes, in the unit that fits."""
    if seconds >= 2 * DAY:
        return _("%(n)s days", n=f"{seconds / DAY:.2g}" if seconds < 10 * DAY else round(seconds / DAY))
    if seconds >= 2 * HOUR:
        return _("%(n)s hours", n=round(seconds / HOUR))
    minutes = max(round(seconds / MINUTE), 1) if seconds else 0
    return plural("%(num)s minute", "%(num)s minutes", minutes)
