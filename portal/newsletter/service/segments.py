"""Segments come into being, change and go; and who is in one of them now."""

import json

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import search
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _, plural
from portal.newsletter.errors import ChangedMeanwhile, NameTaken, SegmentUnreadable, StillUsed
from portal.newsletter.models import Audience, Campaign, Segment
from portal.newsletter.queries import conditions as offered  # noqa: F401 - importing it offers what segments may ask
from portal.newsletter.queries import segments as queries
from portal.newsletter.queries.segments import Counts
from portal.newsletter.results import asking  # noqa: F401 - and this, of clicks
from portal.newsletter.rules import campaigns as moves
from portal.newsletter.rules import conditions, segments
from portal.newsletter.rules.segments import Box


def add(audience: Audience, name: str, box: Box, *, by: Actor) -> Segment:
    """Keep conditions under a name.

    Raises:
        SegmentUnreadable: the conditions mean nothing.
        NameTaken: another segment of the audience has the name.
    """
    _check(box)
    segment = Segment(
        audience_id=audience.id,
        name=name,
        name_key=search.fold(name),
        conditions=segments.stored(box),
        created_by=by.name[:120],
        changed_by=by.name[:120],
    )
    try:
        with db.session.begin_nested():
            db.session.add(segment)
    except IntegrityError:
        raise _taken(name) from None
    _record("segment.added", segment, by, {"conditions": (None, in_words(segment))})
    return segment


def change(segment_id: int, name: str, box: Box, *, version: int, by: Actor) -> Segment:
    """Change name or conditions; what campaigns were sent by the old ones stays as it was.

    Raises:
        NotFound: there is no such segment.
        ChangedMeanwhile: `version` is not the one on record.
        SegmentUnreadable: the conditions mean nothing.
        NameTaken: another segment of the audience has the name.
    """
    segment = _locked(segment_id)
    if segment.version != version:
        raise ChangedMeanwhile(_("Somebody saved this segment while you were editing it. Look at theirs, then edit."))
    _check(box)
    before = (segment.name, in_words(segment))
    try:
        with db.session.begin_nested():
            segment.name, segment.name_key = name, search.fold(name)
            segment.conditions = segments.stored(box)
            segment.changed_at, segment.changed_by = now(), by.name[:120]
            segment.version += 1
    except IntegrityError:
        raise _taken(name) from None
    changes = {"name": (before[0], name), "conditions": (before[1], in_words(segment))}
    _record("segment.changed", segment, by, changes)
    return segment


def remove(segment_id: int, *, by: Actor) -> str:
    """Forget a segment; returns its name.

    Raises:
        NotFound: there is no such segment.
        StillUsed: campaigns that are not over go to it, or leave it out.
    """
    segment = _locked(segment_id)
    used = len(campaigns_of(segment))
    if used:
        words = plural(
            "%(num)s campaign that isn’t over needs it.", "%(num)s campaigns that aren’t over need it.", used
        )
        raise StillUsed(_("This segment can’t be deleted: %(campaigns)s", campaigns=words))
    _record("segment.removed", segment, by, {"conditions": (in_words(segment), None)})
    db.session.delete(segment)
    db.session.flush()
    return segment.name


def condition(segment: Segment) -> sa.ColumnElement[bool]:
    """Condition on subscriptions: they are in a segment; nobody is in one that cannot be read.

    Raises nothing: see `trouble` for what is wrong with it.
    """
    try:
        meaning = segments.meaning(segments.read(segment.conditions), conditions.every())
    except SegmentUnreadable:
        return sa.false()
    return queries.is_among(segment.audience_id, meaning)


def trouble(segment: Segment) -> str:
    """Why a segment cannot be read, in words; empty when it can."""
    try:
        segments.meaning(segments.read(segment.conditions), conditions.every())
    except SegmentUnreadable as error:
        return str(error)
    return ""


def in_words(segment: Segment) -> str:
    """The conditions of a segment as a sentence."""
    try:
        return segments.sentence(segments.read(segment.conditions), conditions.every())
    except SegmentUnreadable as error:
        return str(error)


def counts(box: Box, audience_id: int) -> Counts:
    """How many fit conditions, as far as it can be told quickly.

    Raises:
        SegmentUnreadable: the conditions mean nothing.
    """
    meaning = segments.meaning(box, conditions.every())
    return queries.counts(audience_id, meaning, json.dumps(segments.stored(box)))


def counts_of(segment: Segment) -> Counts:
    """How many are in a segment; nobody, when it cannot be read."""
    try:
        return counts(segments.read(segment.conditions), segment.audience_id)
    except SegmentUnreadable:
        return Counts()


def campaigns_of(segment: Segment) -> list[Campaign]:
    """The campaigns that are not over and go to a segment, or leave it out."""
    open_ones = sa.select(Campaign).where(
        Campaign.audience_id == segment.audience_id, Campaign.state.not_in(moves.OVER)
    )
    return [row for row in db.session.scalars(open_ones) if segment.id in _segments_of(row)]


def _segments_of(campaign: Campaign) -> set[int]:
    return {*([campaign.segment_id] if campaign.segment_id else []), *campaign.excluded_segment_ids}


def _check(box: Box) -> None:
    segments.meaning(segments.read(segments.stored(box)), conditions.every())


def _locked(segment_id: int) -> Segment:
    query = sa.select(Segment).where(Segment.id == segment_id).with_for_update(of=Segment)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("This segment no longer exists."))
    return found


def _taken(name: str) -> NameTaken:
    return NameTaken(_("Another segment of this audience is called %(name)s. Choose another name.", name=name))


def _record(verb: str, segment: Segment, by: Actor, changes: audit.Changes) -> None:
    audit.record(verb, Subject("segment", segment.id, segment.name), by=by, changes=changes)
