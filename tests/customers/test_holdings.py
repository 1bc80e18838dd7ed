"""Every table that could hold something about a customer is declared: found by its columns, whoever adds it."""

import sqlalchemy as sa

from portal.customers.service.persons import person_of
from portal.foundation import holdings
from portal.foundation.database import Base
from tests import cast

TELLING = ("email", "telephone", "phone", "first_name", "last_name", "recipient", "customer_id", "account_id", "to_key")
# Tables with such a column that hold nothing of customers, and why.
NOT_OF_CUSTOMERS = {
    "audience": "from whom its mails come: the shop",
    "staff_member": "people who work here",
    "library_picture": "pictures of the shop's own mails",
    "duplicate_progress": "how far the search came",
    "person_key": "destroyed by erasure itself",
    "audit_entry": "sealed, see audit.sealing",
}
# Columns without an index, of tables that are never long.
SHORT = {
    "action_token.bound_to": "links end after days and are swept",
    "ceremony.account_id": "they end after minutes and are swept",
    "delivery.subscription_id": "found campaign by campaign, see its holding",
    "consent_event.email": "found by subject_hmac, see the newsletter's listener",
    "email_change.new_key": "a handful each day at most",
}


def suspicious(table):
    """Why a table may hold something about a person; none when nothing says so."""
    named = [column.name for column in table.c if any(word in column.name for word in TELLING)]
    refers = [key.column.table.name for key in table.foreign_keys if key.column.table.name in ("customer", "account")]
    return [*named, *refers]


def test_every_table_that_refers_to_a_person_is_declared(app):
    declared = {holding.table for holding in holdings.declared()}
    forgotten = {
        table.name: why
        for table in Base.metadata.sorted_tables
        if (why := suspicious(table)) and table.name not in declared | set(NOT_OF_CUSTOMERS)
    }
    assert forgotten == {}, "Declare them in the feature's holdings.py (see portal/foundation/holdings.py)."


def test_so_is_every_table_that_refers_to_a_declared_one_by_a_row_of_the_person(app):
    declared = {holding.table: holding for holding in holdings.declared()}
    forgotten = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in declared and table.name not in declared | NOT_OF_CUSTOMERS
    }
    assert forgotten == set()


def test_what_is_declared_exists(app):
    for holding in holdings.declared():
        columns = set(holding.rows.c.keys())
        told = set(holding.by) | set(holding.hidden) | set(holding.encrypted) | set(holding.instead)
        told |= set(holding.emptied or {})
        assert told <= columns, holding.table
        assert set(holding.by.values()) <= {"customers", "accounts", "emails"}


def test_of_a_person_whom_nothing_is_known_of_nothing_is_told(app):
    assert list(holdings.tell(holdings.Person((999,), (999,), ("nobody@demo.example",)))) == []


def test_no_secret_is_told(app):
    ann = cast.customer(cast.ANN)
    told = [name for _heading, rows in holdings.tell(person_of(ann)) for row in rows for name in row]
    assert not [name for name in told if any(word in name for word in ("hash", "digest", "secret", "key"))]


def test_the_rows_of_each_are_found_by_an_index(app):
    """On a table of millions nothing is searched: each column that says about whom a row is begins an index."""
    slow = []
    for holding in holdings.declared():
        indexed = {next(iter(index.columns)).name for index in holding.rows.indexes}
        constraints = [
            one for one in holding.rows.constraints if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        ]
        indexed |= {next(iter(one.columns)).name for one in constraints if len(one.columns)}
        slow += [
            f"{holding.table}.{column}" for column in [*holding.by, holding.via[0]] if column and column not in indexed
        ]
    assert set(slow) == set(SHORT)
