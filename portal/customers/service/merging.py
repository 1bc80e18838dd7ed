"""Merging: two records of one person become one; what the other one held moves over, and all of it can be undone.

The other row stays, out of sight, so that whatever names it goes on to mean the same person. Its number becomes an
alias of the record that is kept.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus
from portal.accounts.service import sessions
from portal.audit.service import Actor, record
from portal.customers import queries
from portal.customers.events import customers_merged, customers_parted
from portal.customers.models import ChannelSource, Customer, CustomerMerge, DuplicatePair, NumberAlias
from portal.customers.service import carrying, channels, choosing
from portal.customers.service.records import account_of, bump, refresh_copies, refresh_status, subject
from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import LARGEST_ID, db, table_of
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.pagination import Order, Page, slice_of
from portal.foundation.text import _

OWN = frozenset(column.name for column in table_of(Customer).c) - choosing.INTERNAL
DISABLED = ("disabled_at", "disabled_by", "disabled_reason")
NEWEST = Order(CustomerMerge.id, CustomerMerge.id, descending=True)


def merge(kept: Customer, gone: Customer, *, taken: Sequence[str], takes_account: bool, by: Actor) -> CustomerMerge:
    """Make two records one.

    Args:
        kept: the record that stays.
        gone: the one that becomes part of it.
        taken: fields (see `choosing.differences`) of which the value of `gone` is the right one.
        takes_account: of two accounts, whether the one of `gone` stays; the other one's sign-in ends.
        by: who does it.

    Raises:
        Conflict: one of them is merged, erased or closing, or both are the same.
        FieldRefused: a GST number was chosen that does not go with the PAN or the state.
    """
    _lock(kept, gone)
    choosing.check(kept, gone, taken)
    told = {one.called: (one.kept, one.gone) for one in choosing.differences(kept, gone) if one.field in taken}
    rewrites = choosing.rewrites(kept, gone, taken)
    done = _note(kept, gone, by)
    account = _account_left(kept, gone, takes_account=takes_account)
    before = {**carrying.row_of(kept, gone), **carrying.carry(kept.id, gone.id)}
    carrying.rewrite(before, rewrites)
    db.session.expire(kept)
    db.session.expire(gone)
    values = {name: getattr(gone, name) for name in taken if name in OWN}
    if gone.disabled_at is not None and kept.disabled_at is None:  # the strictest wins: a merge opens no door
        values |= {name: getattr(gone, name) for name in DISABLED}
        told["disabled_reason"] = ("", gone.disabled_reason)
    _put_aside(kept, gone)
    _take_over(kept, values, account)
    db.session.add(NumberAlias(number=_other_number(kept, done), customer_id=kept.id))
    _keep_strictest(kept, gone, by)
    customers_merged.send(kept, gone=gone, before=before, by=by)
    db.session.execute(sa.delete(DuplicatePair).where(_names(gone)))
    done.before, done.kept_version = before, kept.version
    changes = {"merged_number": (None, done.gone_number), **told}
    record("customer.merged", subject(kept), by=by, changes=changes)
    record("customer.merged_away", subject(gone), by=by, changes={"merged_into": (None, kept.number)})
    db.session.flush()
    return done


def find(merge_id: int) -> CustomerMerge:
    """One merge.

    Raises:
        NotFound: there is no such merge, or its customer was erased.
    """
    found = db.session.get(CustomerMerge, merge_id) if merge_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(_("There is no such merge, or its customer was erased."))
    return found


def merges(*, after: str = "", before: str = "", size: int = 50) -> Page[CustomerMerge]:
    """What was merged, newest first."""
    return slice_of(sa.select(CustomerMerge), NEWEST, after=after, before=before, size=size)


def undo(done: CustomerMerge, *, by: Actor) -> None:
    """Make two records of one again, as they were; consent that was withdrawn meanwhile is not given back.

    Raises:
        Conflict: it was undone already, or something of the record was changed since.
    """
    kept, gone = (
        db.session.get_one(Customer, row_id, with_for_update=True, populate_existing=True)
        for row_id in (done.kept_id, done.gone_id)
    )
    db.session.refresh(done, with_for_update=True)
    if done.undone_at is not None:
        raise Conflict(_("This was undone already."))
    is_as_left = kept.is_there and gone.merged_into_id == kept.id and kept.version == done.kept_version
    if not is_as_left or not carrying.is_as_left(done.before):
        raise Conflict(_("Something of this customer was changed since, so the two can’t be taken apart any more."))
    db.session.execute(sa.delete(NumberAlias).where(NumberAlias.customer_id == kept.id, _of(done)))
    carrying.put_back(done.before, kept, gone)
    done.undone_at, done.undone_by = now(), by.name[:120]
    for customer in (kept, gone):
        db.session.refresh(customer)
        bump(customer)
        refresh_copies(customer)
        _follow_account(customer)
        refresh_status(customer)
        record("customer.merge_undone", subject(customer), by=by, changes={})
    customers_parted.send(kept, gone=gone, by=by)
    db.session.flush()


def _lock(kept: Customer, gone: Customer) -> None:
    for customer in sorted((kept, gone), key=lambda one: one.id):
        db.session.refresh(customer, with_for_update=True)
    if kept.id == gone.id:
        raise Conflict(_("This is one record already."))
    if not (kept.is_there and gone.is_there):
        raise Conflict(_("One of these customers was merged or erased meanwhile."))
    accounts = [account for account in map(account_of, (kept, gone)) if account is not None]
    if any(account.closing_at is not None for account in accounts):
        raise Conflict(_("One of these accounts is closing. Keep it first, or wait until it is erased."))


def _note(kept: Customer, gone: Customer, by: Actor) -> CustomerMerge:
    done = CustomerMerge(
        kept_id=kept.id,
        gone_id=gone.id,
        kept_number=kept.number,
        gone_number=gone.number,
        merged_by=by.name[:120],
        kept_version=0,
        before={},
    )
    db.session.add(done)
    db.session.flush()
    return done


def _account_left(kept: Customer, gone: Customer, *, takes_account: bool) -> Account | None:
    """The account that stays; of two the other one's sign-in ends."""
    mine, other = account_of(kept), account_of(gone)
    if mine is None or other is None:
        return mine or other
    stays, goes = (other, mine) if takes_account else (mine, other)
    goes.status = AccountStatus.DISABLED
    sessions.end_all(goes)
    return stays


def _put_aside(kept: Customer, gone: Customer) -> None:
    """Free what only one row may have, and take the other record out of sight."""
    rows = table_of(Customer)
    unique = [column.name for column in rows.c if column.unique and column.nullable]
    aside = {**dict.fromkeys(unique), "number": f"merged-{gone.id}", "merged_into_id": kept.id}
    db.session.execute(sa.update(rows).where(rows.c.id == gone.id).values(**aside, version=rows.c.version + 1))
    if kept.account_id is not None and gone.account_id is not None:
        db.session.execute(sa.update(rows).where(rows.c.id == kept.id).values(account_id=None, email_key=None))
    db.session.expire(kept)
    db.session.expire(gone)


def _take_over(kept: Customer, values: Mapping[str, Any], account: Account | None) -> None:
    for name, value in values.items():
        setattr(kept, name, value)
    kept.account_id = account.id if account is not None else None
    _follow_account(kept)
    if account is not None and kept.disabled_at is not None:
        sessions.end_all(account)
    db.session.flush()
    db.session.refresh(kept)
    bump(kept)
    refresh_copies(kept)
    refresh_status(kept)
    db.session.flush()


def _follow_account(customer: Customer) -> None:
    """A customer is reached where they sign in, and the door is open to who is enabled."""
    account = account_of(customer)
    if account is not None:
        customer.email, customer.email_key = account.email, account.email_key
        is_open = customer.disabled_at is None
        account.status = AccountStatus.ENABLED if is_open else AccountStatus.DISABLED
    elif customer.email:
        customer.email_key = emails.key(customer.email)


def _keep_strictest(kept: Customer, gone: Customer, by: Actor) -> None:
    """A channel that one record does not want is not used for both."""
    theirs = queries.channel_states(gone.id)
    refused = {channel: False for channel, wants in theirs.items() if not wants}
    if refused and any(queries.channel_states(kept.id).get(channel) for channel in refused):
        words = _("Withdrawn on the record %(number)s, which became part of this one.", number=gone.number)
        channels.set_channels(kept, refused, source=ChannelSource.MERGE, words=words, by=by)


def _other_number(kept: Customer, done: CustomerMerge) -> str:
    return done.gone_number if kept.number == done.kept_number else done.kept_number


def _of(done: CustomerMerge) -> sa.ColumnElement[bool]:
    return NumberAlias.number.in_((done.kept_number, done.gone_number))


def _names(gone: Customer) -> sa.ColumnElement[bool]:
    return sa.or_(DuplicatePair.first_id == gone.id, DuplicatePair.second_id == gone.id)
