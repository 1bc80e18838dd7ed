"""A statement that is made once answers each question with that question's own words, places and conditions."""

import pytest
import sqlalchemy as sa

from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus
from portal.foundation import estimates, lately
from portal.foundation.database import db
from tests import cast
from tests.work import measured

KNOWN = {"known_as": "everybody"}


@pytest.fixture
def three(app):
    """Ann, Ben and Clara are customers."""
    found = {person.first_name: cast.customer(person).id for person in (cast.ANN, cast.BEN, cast.CLARA)}
    db.session.commit()
    return found


def names(term, *conditions, **more):
    return sorted(row.first_name for row in queries.find(term, *conditions, **more).rows)


def test_other_words_of_the_same_length_find_other_people(three):
    for person in (cast.ANN, cast.BEN, cast.CLARA, cast.ANN):
        assert names(person.email, **KNOWN) == [person.first_name]
        assert names(person.last_name, **KNOWN) == names(person.last_name)
        assert person.first_name in names(person.last_name, **KNOWN)


@pytest.mark.parametrize("term", ["100%", "a_b", "a/b", "%", "_n_", "ann%", 'a"b', "shop.example", "adeyemi ann"])
def test_signs_that_mean_something_to_a_database_are_only_signs(three, term):
    assert names(term, **KNOWN) == names(term)


def test_another_condition_is_another_question(three):
    closing = Customer.status == CustomerStatus.CLOSING
    db.session.execute(sa.update(Customer).where(Customer.id == three[cast.BEN.first_name]).values(status="closing"))
    assert names("", closing, known_as="closing") == [cast.BEN.first_name]
    assert names("", ~closing, known_as="not closing") == sorted([cast.ANN.first_name, cast.CLARA.first_name])
    assert names("", closing, known_as="closing") == [cast.BEN.first_name]


def test_who_is_narrowed_by_another_search_fits_both(three):
    both = queries.matches(cast.ANN.last_name)
    assert names(cast.ANN.first_name, both, known_as="of that name") == [cast.ANN.first_name]
    assert names(cast.BEN.first_name, both, known_as="of that name") == []


def test_each_page_begins_where_the_last_one_ended(app):
    for number in range(9):
        cast.customer(cast.Person(f"P{number}", "Pager", f"p{number}@demo.example"))
    lately.forget()
    condition, seen, after = Customer.last_name == "Pager", [], ""
    while True:
        page = queries.find("", condition, known_as="pagers", sort="number", size=2, after=after).page
        seen += [row.first_name for row in page.rows]
        after = page.after
        if not after:
            break
    assert seen == [f"P{number}" for number in range(9)]


def test_a_question_that_is_asked_again_makes_no_statement_anew(three, monkeypatch):
    made = []
    ids = queries.wanted.Wanted.ids
    monkeypatch.setattr(queries.wanted.Wanted, "ids", lambda self, *more: made.append(self) or ids(self, *more))
    lately.forget()
    monkeypatch.setattr(estimates, "rows", lambda _table: 3)  # ids go on from test to test
    for person in (cast.ANN, cast.BEN):
        with measured() as work:
            assert person.first_name in names(person.first_name, **KNOWN)
        assert len([line for line in work.statements if not line.startswith("BEGIN")]) == 1
    assert len({len(person.first_name) for person in (cast.ANN, cast.BEN)}) == 1
    assert len(made) == 1
