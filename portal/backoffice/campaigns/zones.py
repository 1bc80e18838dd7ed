"""Moments of a campaign by the clocks of its time zone, as its forms show them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from portal.config import settings
from portal.newsletter.models import Campaign
from portal.newsletter.rules import moments


def of(campaign: Campaign) -> str:
    """The zone that its moments were typed in, else the shop's."""
    return campaign.time_zone or settings().shop_time_zone


def local(moment: datetime | None, zone: str) -> tuple[str, str] | None:
    """Day and time as fields hold them; None where there is no moment."""
    if moment is None:
        return None
    there = moment.astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%d}", f"{there:%H:%M}"


def end_of(campaign: Campaign) -> dict[str, str]:
    """Until when it is tried, as the form holds it; empty fields where nobody said so."""
    zone = of(campaign)
    day, hour = local(campaign.stop_trying_at, zone) or ("", "")
    return {"until_day": day, "until_hour": hour, "zone": zone}


def choices(zone: str) -> list[tuple[str, str]]:
    """Every zone, the shop's and a campaign's own first."""
    names = dict.fromkeys((settings().shop_time_zone, zone, *moments.zones()))
    return [(name, name.replace("_", " ")) for name in names]
