"""Whom a campaign may go to, as its editor offers it: audiences, and segments of them, to take in or leave out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.foundation.text import _
from portal.newsletter import queries
from portal.newsletter.models import Audience, Campaign
from portal.newsletter.queries import segments

_VALUE = re.compile(r"(audience|segment)-([0-9]{1,9})")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Chosen:
    """An audience or a part of it, and the parts left out."""

    audience: Audience
    segment_id: int | None = None
    excluded: tuple[int, ...] = ()


def open_audiences() -> list[Audience]:
    """Audiences that something can be sent to."""
    return [row for row in queries.audiences() if row.retired_at is None]


def offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """Everybody of an audience, or one of its segments: for each audience its name and the choices."""
    return [
        (row.name, [(value_of(row.id), _("%(name)s, everyone", name=row.name)), *_segments(row)])
        for row in open_audiences()
    ]


def to_leave_out(audience_id: int) -> list[tuple[str, str]]:
    """The segments of an audience, as ticks."""
    return [(str(row.id), row.name) for row in segments.of_audience(audience_id)]


def value_of(audience_id: int, segment_id: int | None = None) -> str:
    """A choice as the form sends it."""
    return f"segment-{segment_id}" if segment_id is not None else f"audience-{audience_id}"


def chosen(value: str, excluded: Sequence[str]) -> Chosen | None:
    """What a form chose; None for what there is not. Segments of other audiences are not left out."""
    found = _VALUE.fullmatch(value)
    if found is None:
        return None
    number = int(found[2])
    segment = segments.by_id(number) if found[1] == "segment" else None
    audience = queries.audience(number) if found[1] == "audience" else segment.audience if segment else None
    if audience is None or audience.retired_at is not None:
        return None
    known = {row.id for row in segments.of_audience(audience.id)}
    wanted = {int(one) for one in excluded if _NUMBER.fullmatch(one)}
    out = tuple(sorted(wanted & known - ({segment.id} if segment else set())))
    return Chosen(audience, segment.id if segment else None, out)


def in_words(campaign: Campaign) -> str:
    """Whom a campaign goes to."""
    names = {row.id: row.name for row in segments.of_audience(campaign.audience_id)}
    gone = _("a segment that was deleted")
    to = campaign.audience.name
    if campaign.segment_id is not None:
        to = f"{to}: {names.get(campaign.segment_id, gone)}"
    if campaign.excluded_segment_ids:
        out = ", ".join(names.get(number, gone) for number in campaign.excluded_segment_ids)
        to = _("%(to)s, without %(out)s", to=to, out=out)
    return to


def _segments(audience: Audience) -> list[tuple[str, str]]:
    return [(value_of(audience.id, row.id), row.name) for row in segments.of_audience(audience.id)]
