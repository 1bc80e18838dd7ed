"""Tags are put on customers and taken off again."""

from collections.abc import Iterable
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit.service import Actor, record
from portal.customers import custom_queries as queries
from portal.customers.errors import TagNotTaken
from portal.customers.models import Customer, Tag, customer_tag
from portal.customers.rules import names
from portal.customers.service.records import bump, subject
from portal.foundation import search
from portal.foundation.database import db, insert_of
from portal.foundation.forms import is_clean, tidy
from portal.foundation.text import _

LONGEST = 40  # characters of a tag
MOST = 30  # tags of one customer


def add(customer: Customer, typed: str, *, by: Actor) -> list[str]:
    """Put tags on a customer, words separated by commas, and give those that are new on them.

    A word that differs from a known tag in case or accents alone is that tag.

    Raises:
        TagNotTaken: one is too long or cannot be shown, or there would be too many.
    """
    wanted: dict[str, str] = {}
    for word in words_of(typed):
        wanted.setdefault(search.fold(word), word)
    have = queries.tags_of(customer.id)
    new = [key for key in wanted if key not in {tag.name_key for tag in have}]
    if len(have) + len(new) > MOST:
        raise TagNotTaken(_("A customer has at most %(n)s tags. Take one away first.", n=MOST))
    if new:
        bump(customer)  # first, so that two who change the record at once wait for each other
    added = [_put(customer, wanted[key]) for key in new]
    if added:
        _record(customer, have, by)
    return added


def take_away(customer: Customer, tag_id: int, *, by: Actor) -> None:
    """Take a tag off a customer; one that they do not have changes nothing."""
    have = queries.tags_of(customer.id)
    if all(tag.id != tag_id for tag in have):
        return
    bump(customer)
    mine = (customer_tag.c.customer_id == customer.id, customer_tag.c.tag_id == tag_id)
    db.session.execute(sa.delete(customer_tag).where(*mine))
    _record(customer, have, by)


def replace(customer: Customer, typed: Iterable[str], *, by: Actor) -> None:
    """Have a customer carry these tags and no others: what an import says.

    Raises:
        TagNotTaken: as `add`.
    """
    words = ", ".join(typed)
    keys = {search.fold(word) for word in words_of(words)}
    for tag in queries.tags_of(customer.id):
        if tag.name_key not in keys:
            take_away(customer, tag.id, by=by)
    add(customer, words, by=by)


def words_of(typed: str) -> list[str]:
    """The tags that somebody typed, separated by commas.

    Raises:
        TagNotTaken: one is too long or cannot be shown.
    """
    words = [word for word in (tidy(part) for part in typed.split(",")) if word]
    for word in words:
        if not is_clean(word) or not names.is_visible(word) or not search.fold(word):
            raise TagNotTaken(_("A tag needs a letter or a digit that can be shown"))
        if len(word) > LONGEST or len(search.fold(word)) > 3 * LONGEST:
            raise TagNotTaken(_("Use %(n)s characters or fewer for each tag", n=LONGEST))
    return words


def _put(customer: Customer, name: str) -> str:
    """Put one tag on a customer, made where there is none; two people may do so at the same moment."""
    key = search.fold(name)
    db.session.execute(insert_of(Tag).values(name=name, name_key=key).on_conflict_do_nothing())
    tag = db.session.scalars(sa.select(Tag).where(Tag.name_key == key)).one()
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.insert(customer_tag).values(customer_id=customer.id, tag_id=tag.id))
    return tag.name


def _record(customer: Customer, before: list[Tag], by: Actor) -> None:
    told = [", ".join(tag.name for tag in tags) for tags in (before, queries.tags_of(customer.id))]
    record("customer.tagged", subject(customer), by=by, changes={"tags": (told[0], told[1])})
