"""Audiences come into being, change, retire and go; exactly one of them is the default at any moment."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _, plural
from portal.newsletter.errors import ChangedMeanwhile, DefaultIsNeeded, SlugTaken, StillUsed
from portal.newsletter.models import Audience, Campaign, ConsentEvent, Segment, Subscription
from portal.newsletter.rules import campaigns as moves


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a shop says of an audience."""

    name: str
    slug: str
    description: str = ""
    is_public: bool = True
    single_opt_in: bool = False
    sender_name: str = ""
    sender_email: str = ""
    has_archive: bool = False
    is_default: bool = False


def add(terms: Terms, *, by: Actor) -> Audience:
    """Make an audience.

    Raises:
        DefaultIsNeeded: the default one that nobody may choose.
        SlugTaken: another audience has the short name.
    """
    _lock()
    _check(terms)
    audience = Audience(**asdict(terms))
    try:
        with db.session.begin_nested():
            if terms.is_default:
                _demote_default()
            db.session.add(audience)
    except IntegrityError:
        raise _taken(terms) from None
    _record("audience.added", audience, by, {name: (None, value) for name, value in asdict(terms).items()})
    return audience


def change(audience_id: int, terms: Terms, *, version: int, by: Actor) -> Audience:
    """Change an audience; who is in it stays, and so does the short name once somebody was.

    Raises:
        NotFound: there is no such audience.
        ChangedMeanwhile: `version` is not the one on record.
        DefaultIsNeeded: the default one can only be relieved by another one, and is public and in use.
        StillUsed: the short name stands in forms and mails already.
        SlugTaken: another audience has the short name.
    """
    audience = _found(audience_id)
    if audience.version != version:
        raise ChangedMeanwhile(_("Somebody saved this audience while you were editing it. Both versions are below."))
    _check(terms, audience)
    if terms.slug != audience.slug and is_used(audience):
        raise StillUsed(_("The short name stays: forms of the storefront and mails that were sent carry it."))
    before, after = asdict(terms_of(audience)), asdict(terms)
    try:
        with db.session.begin_nested():
            if terms.is_default and not audience.is_default:
                _demote_default()
            for name, value in after.items():
                setattr(audience, name, value)
            audience.version += 1
    except IntegrityError:
        raise _taken(terms) from None
    _record("audience.changed", audience, by, {name: (before[name], after[name]) for name in after})
    return audience


def retire(audience_id: int, *, by: Actor) -> Audience:
    """Let nobody into an audience any more, and send nothing to it; who is in it is kept, and may still leave.

    Raises:
        NotFound: there is no such audience.
        DefaultIsNeeded: it is the default one.
        StillUsed: campaigns to it are not over.
    """
    audience = _found(audience_id)
    if audience.is_default:
        raise DefaultIsNeeded(_("The default audience stays in use. Make another one the default first."))
    running = _count(Campaign, Campaign.audience_id == audience.id, Campaign.state.not_in(moves.OVER))
    if running:
        words = plural("%(num)s campaign to it isn’t over.", "%(num)s campaigns to it aren’t over.", running)
        raise StillUsed(_("This audience can’t retire yet: %(campaigns)s", campaigns=words))
    if audience.retired_at is None:
        audience.retired_at = now()
        _record("audience.retired", audience, by, {})
    return audience


def bring_back(audience_id: int, *, by: Actor) -> Audience:
    """Use a retired audience again.

    Raises:
        NotFound: there is no such audience.
    """
    audience = _found(audience_id)
    if audience.retired_at is not None:
        audience.retired_at = None
        _record("audience.brought-back", audience, by, {})
    return audience


def remove(audience_id: int, *, by: Actor) -> str:
    """Forget an audience that nothing hangs on; returns its name.

    Raises:
        NotFound: there is no such audience.
        DefaultIsNeeded: it is the default one.
        StillUsed: people, campaigns, segments or lines of the consent ledger are about it; the message counts them.
    """
    audience = _found(audience_id)
    if audience.is_default:
        raise DefaultIsNeeded(_("The default audience can’t be deleted. Make another one the default first."))
    used = uses(audience)
    if used:
        raise StillUsed(_("This audience can’t be deleted: %(uses)s. Retire it instead.", uses=", ".join(used)))
    _record("audience.removed", audience, by, {})
    db.session.delete(audience)
    db.session.flush()
    return audience.name


def uses(audience: Audience) -> list[str]:
    """What hangs on an audience, counted and in words; nothing, when it may go."""
    people = _count(Subscription, Subscription.audience_id == audience.id)
    lines = _count(ConsentEvent, ConsentEvent.audience_id == audience.id)
    written = _count(Campaign, Campaign.audience_id == audience.id)
    parts = _count(Segment, Segment.audience_id == audience.id)
    told = [
        (people, plural("%(num)s address", "%(num)s addresses", people)),
        (written, plural("%(num)s campaign", "%(num)s campaigns", written)),
        (parts, plural("%(num)s segment", "%(num)s segments", parts)),
        (lines, plural("%(num)s line of proof", "%(num)s lines of proof", lines)),
    ]
    return [words for number, words in told if number]


def is_used(audience: Audience) -> bool:
    """Whether anybody ever was in an audience, or a campaign went to it."""
    about = (Subscription.audience_id, ConsentEvent.audience_id, Campaign.audience_id)
    return any(db.session.scalar(sa.select(sa.exists().where(column == audience.id))) for column in about)


def terms_of(audience: Audience) -> Terms:
    """What a shop said of an audience."""
    return Terms(**{name: getattr(audience, name) for name in Terms.__dataclass_fields__})


def _count(model: type[Campaign | ConsentEvent | Segment | Subscription], *which: sa.ColumnElement[bool]) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*which)) or 0)


def _check(terms: Terms, was: Audience | None = None) -> None:
    if terms.is_default and not terms.is_public:
        raise DefaultIsNeeded(_("The default audience is public: the registration tick and the public form mean it."))
    if terms.is_default and was is not None and was.retired_at is not None:
        raise DefaultIsNeeded(_("Bring this audience back first. A retired one can’t be the default."))
    if was is not None and was.is_default and not terms.is_default:
        raise DefaultIsNeeded(_("One audience has to be the default. Make another one the default instead."))


def _lock() -> None:
    """One change of audiences at a time, so that there is always one default."""
    db.session.execute(sa.select(Audience.id).order_by(Audience.id).with_for_update())


def _found(audience_id: int) -> Audience:
    _lock()
    found = db.session.get(Audience, audience_id, populate_existing=True)
    if found is None:
        raise NotFound(_("There is no such audience."))
    return found


def _demote_default() -> None:
    db.session.execute(sa.update(Audience).where(Audience.is_default).values(is_default=False))


def _taken(terms: Terms) -> SlugTaken:
    return SlugTaken(_("Another audience has the short name %(slug)s. Choose another one.", slug=terms.slug))


def _record(verb: str, audience: Audience, by: Actor, changes: audit.Changes) -> None:
    audit.record(verb, Subject("audience", audience.id, audience.name), by=by, changes=changes)
