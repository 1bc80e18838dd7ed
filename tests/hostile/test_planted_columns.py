"""Every column of every table as an extra field of every form: nothing is stored that the page does not ask for.

Each form is sent twice as it is, which shows what differs by chance or clock, and once with all the extra fields.
"""

import enum
import re
import sys
from datetime import datetime

import pytest
import sqlalchemy as sa

from portal.backoffice.customers import filters
from tests import cast, surroundings
from tests.hostile import attacks, database, forms
from tests.hostile.world import STAFF

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
SENDERS = ("nobody", "recovering", "half in", "half in as staff", "applicant", "ann", *STAFF)
PLANTED = "planted"


def value_for(column):
    """A value that the column would take, and that nobody typed."""
    if isinstance(column.type, sa.Enum) and column.type.enum_class:
        kinds: type[enum.Enum] = column.type.enum_class
        return str(list(kinds)[-1].value)
    kind = column.type.python_type
    if kind is datetime:
        return "2001-01-01 00:00:00"
    return {bool: "1", int: "31337"}.get(kind, PLANTED)


def extras(known):
    """A field for every column of every table, but those that the page itself has."""
    columns = [column for table in database.tables() for column in table.columns]
    named = {column.name: value_for(column) for column in columns}
    named |= {f"{column.table.name}.{column.name}": value_for(column) for column in columns}
    named |= {f"{column.table.name}-{column.name}": value_for(column) for column in columns}
    return {name: value for name, value in named.items() if name not in known}


# Doors whose form carries the filters of the list that it was opened from, or what was ticked there.
CARRIED = {"/staff/transfers/export": {*filters.names(), "select", "id", "ids"}}


def fields_of(client, page):
    """The names of all fields of a page, ticks that are not set included."""
    return {*re.findall(r'name="([^"]+)"', client.get(page).text)}


def stored(world, restore, who, form, more=None):
    """The whole database after a form was sent, and how it was answered."""
    restore()
    answer = form.send(world.client(who), more)
    return database.rows(), answer.status_code


def planted_in(form, world, restore, who):
    """What the extra fields of one form brought into the database, and whether the form itself was taken."""
    first, status = stored(world, restore, who, form)
    restore()  # the page as it was, with the form still on it
    more = extras(fields_of(world.client(who), form.page) | set(form.fields) | CARRIED.get(form.action, set()))
    spoiled, answered = stored(world, restore, who, form, more)
    found = database.changed(first, spoiled)
    holds = any(PLANTED in str(spoiled[table]) for table in found)
    if found:
        again, _ = stored(world, restore, who, form)
        by_chance = database.changed(first, again)
        found = {table: columns - by_chance.get(table, set()) for table, columns in found.items()}
        found = {table: columns for table, columns in found.items() if columns}
    return found, holds or answered != status, len(more), status


@pytest.mark.parametrize("who", SENDERS)
def test_no_form_stores_a_field_that_its_page_does_not_have(app, world, restore, who):
    wrong, taken = [], []
    passwords = cast.STAFF_PASSWORD if who in STAFF else cast.PASSWORD
    every = forms.of(app, world.client(who), world.of_ann, passwords)
    found = [form for form in every if surroundings.in_turn(who, form.action)]
    for form in found:
        columns, holds, times, status = planted_in(form, world, restore, who)
        taken += [form.action] * (status < 400)
        if not attacks.tried("planted columns", refused=not columns and not holds, times=times):
            wrong.append((form.action, columns, holds))
    assert wrong == []
    # Most forms are as an honest person sends them; of the few that are tried in turn, chance may choose the others.
    assert len(taken) > len(found) / 2 or found != every, {form.action for form in found} - set(taken)


def test_a_form_that_stores_whatever_it_gets_would_be_noticed(app, world, restore, monkeypatch):
    from flask import request

    from portal.customers.guards import current_customer

    def greedy():
        customer = current_customer()
        for name in {"disabled_reason", "disabled_by"} & set(request.form):
            setattr(customer, name, request.form[name])
        return customer

    monkeypatch.setattr(sys.modules["portal.customers.views.profile"], "current_customer", greedy)
    found = forms.of(app, world.client("ann"), world.of_ann)
    form = next(form for form in found if "first_name" in form.typed)
    columns, holds, _, _ = planted_in(form, world, restore, "ann")
    assert holds
    assert columns["customer"] >= {"disabled_reason", "disabled_by"}
