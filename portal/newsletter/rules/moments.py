"""A moment that somebody names by day, time and time zone, in which a clock may skip an hour or show one twice."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from portal.foundation.text import _


@dataclass(frozen=True)
class Moment:
    """What was named: `at` in UTC, and what has to be said about it."""

    at: datetime
    note: str = ""


class NoMoment(Exception):
    """The clock never shows this, or nobody knows the zone; the message says what to do."""


@cache
def zones() -> tuple[str, ...]:
    """The names of time zones, as places."""
    return tuple(
        sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "System")))
    )


def read(day: date, hour: time, zone: str) -> Moment:
    """A moment by the clocks of a zone.

    Raises:
        NoMoment: the clocks are put forward over it, or the zone is unknown.
    """
    try:
        known = ZoneInfo(zone) if zone in zones() or zone == "UTC" else None
    except ZoneInfoNotFoundError:
        known = None
    if known is None:
        raise NoMoment(_("Choose a time zone from the list."))
    local = datetime.combine(day, hour, tzinfo=known)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first.astimezone(known).replace(tzinfo=None) != local.replace(tzinfo=None):
        later = max(first, second).astimezone(known)
        raise NoMoment(
            _(
                "The clocks in %(zone)s are put forward then and skip this time. Take %(later)s.",
                zone=zone,
                later=f"{later:%H:%M}",
            )
        )
    if first != second:
        said = _(
            "The clocks in %(zone)s are put back then and show this time twice. It goes out the first time.", zone=zone
        )
        return Moment(min(first, second), said)
    return Moment(first)


def shown(at: datetime, zone: str) -> str:
    """A moment by the clocks of a zone, with the zone's name."""
    local = at.astimezone(ZoneInfo(zone or "UTC"))
    return f"{local:%Y-%m-%d %H:%M} {zone or 'UTC'}"


def next_hour(after: datetime, zone: str) -> tuple[str, str]:
    """Day and time of the next full hour that is at least an hour away: what the form offers."""
    local = (after + timedelta(hours=2)).astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d}", f"{local:%H}:00"
