"""How the databases read the list: by an index whatever is asked, the tenth time as the first."""

import re

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from portal.accounts.models import Account, Realm
from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus, Origin, customer_store
from portal.customers.queries import finding
from portal.foundation import clock, database, engines, lately, search
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState

MANY = 3000
NAMES = ("Asha Kulkarni", "Ravi Sathe", "Meera Nair", "Grace Oyelaran", "李 小龍")


def crowd():
    """Three thousand people of whom a few are rare, and what the databases know of them."""
    moment = clock.now()
    rows = []
    for n in range(MANY):
        first, last = NAMES[n % len(NAMES)].split()
        email = f"{n}.person@demo.example"
        rows.append(
            {
                "number": f"P-{n:05}",
                "first_name": first,
                "last_name": last,
                "email": email,
                "email_key": email,
                "telephone_count": 0,
                "status": CustomerStatus.DISABLED if n % 97 == 0 else CustomerStatus.NO_ACCOUNT,
                "country": "AE" if n % 89 == 0 else "IN",
                "group_id": 2 if n % 83 == 0 else 1,
                "has_open_application": n % 101 == 0,
                "search_text": search.indexed(f"{first} {last} P-{n:05} {email}"),
                "sort_name": search.fold(f"{last} {first}"),
                "created_at": moment.replace(microsecond=n),
                "created_through": Origin.DEMO,
            }
        )
    db.session.execute(sa.insert(Customer), rows)
    account = {"realm": Realm.CUSTOMER, "password_hash": "x", "created_at": moment}
    emails = [f"{n}@demo.example" for n in range(500)]
    db.session.execute(sa.insert(Account), [account | {"email": email, "email_key": email} for email in emails])
    _a_few_of_each()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("ANALYZE customer"))
        db.session.execute(sa.text("ANALYZE account"))


def _a_few_of_each():
    """Some who buy in the first store, some who get the newsletter and some who signed in lately."""
    ids = db.session.scalars(sa.select(Customer.id).order_by(Customer.id)).all()
    db.session.execute(sa.insert(customer_store), [{"customer_id": one, "store_id": 1} for one in ids[::79]])
    audience, keys = newsletter.default_audience().id, sa.select(Customer.email_key).order_by(Customer.id)
    for first, state in enumerate((SubscriptionState.ACTIVE, SubscriptionState.PENDING)):
        readers = [{"email": key, "email_key": key} for key in db.session.scalars(keys).all()[first::73]]
        db.session.execute(sa.insert(Subscription).values(audience_id=audience, state=state), readers)
    accounts = db.session.scalars(sa.select(Account.id).order_by(Account.id)).all()
    for customer_id, account_id in zip(ids[::71], accounts, strict=False):
        db.session.execute(sa.update(Customer).where(Customer.id == customer_id).values(account_id=account_id))
    db.session.execute(sa.update(Account).where(Account.id.in_(accounts[::2])).values(last_sign_in_at=clock.now()))


@pytest.fixture
def shop(only_read):
    """The shop of the crowd."""
    app = only_read(crowd)
    with database.reading(engines.reading):  # in one transaction, in which what is set stays set
        if db.engine.dialect.name == "postgresql":
            # Three thousand rows are read through as fast as looked up; a scan that is left over is one none avoids.
            db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        yield app


def plans(ask):
    """How each statement of a call is run, in the words of the database."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return [plan_of(statement, parameters) for statement, parameters in sent]


def plan_of(statement, parameters):
    """How a statement is run, in the words of the database."""
    explain = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = db.session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)


def scans(plan, of="customer"):
    """Where a plan reads the whole of a table, or of one of those that a pattern names, and not an index of it."""
    return [
        line.strip()
        for line in plan.splitlines()
        if re.search(rf"Seq Scan on ({of})\b|SCAN ({of})$", line.strip()) and "USING" not in line
    ]


FILTERS = {
    "nothing": lambda: (),
    "status": lambda: (Customer.status == CustomerStatus.DISABLED,),
    "group": lambda: (groups.in_group(2),),
    "country": lambda: (Customer.country == "AE",),
    "waiting": lambda: (groups.has_open_application(),),
    "store": lambda: (queries.of_store(1),),
    "subscribed": lambda: (newsletter.subscribed(),),
    "not subscribed": lambda: (~newsletter.subscribed(),),
    "not confirmed": lambda: (newsletter.state_is(SubscriptionState.PENDING),),
    "never asked for": lambda: (newsletter.is_unknown(),),
    "created": lambda: (Customer.created_at >= clock.now().replace(year=2020),),
    "last sign-in": lambda: (queries.signed_in(since=clock.now().replace(year=2020)),),
    "last sign-in to": lambda: (queries.signed_in(before=clock.now().replace(year=2050)),),
}


def pages_of(*filtered, sort="-created"):
    """How two pages of the list are read that these filters narrow, as a worker does who has shown it before."""
    conditions = [condition for one in filtered for condition in FILTERS[one]()]
    before = clock.now().replace(year=2050) if "last sign-in to" in filtered else None
    more = {"sort": sort, "known_as": (filtered, sort), "signed_in_before": before}
    first = queries.find("", *conditions, **more)
    told = plans(lambda: queries.find("", *conditions, **more, after=first.page.after))
    assert len(told) <= 2
    return told


@pytest.mark.parametrize("few", [0, finding.FEW])
@pytest.mark.parametrize("sort", ["created", "-created", "name", "-number"])
@pytest.mark.parametrize("filtered", FILTERS)
def test_no_page_of_the_list_reads_all_customers(shop, monkeypatch, filtered, sort, few):
    monkeypatch.setattr(finding, "FEW", few)
    told = pages_of(filtered, sort=sort)
    assert not [found for plan in told for found in scans(plan)], "\n\n".join(told)


@pytest.mark.parametrize("few", [0, finding.FEW])
@pytest.mark.parametrize("filtered", list(FILTERS)[1:])
def test_no_two_filters_read_all_customers(shop, monkeypatch, filtered, few):
    monkeypatch.setattr(finding, "FEW", few)
    for other in list(FILTERS)[1:]:
        told = pages_of(filtered, other)
        assert not [found for plan in told for found in scans(plan)], "\n\n".join(told)


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize(
    "term", ["kulkarni", "17.person", "asha kulk", "ku", "k", "李", "99999", "P-00017", "1@demo.example"]
)
def test_no_search_reads_all_customers(shop, monkeypatch, term, few):
    monkeypatch.setattr(finding, "FEW", few)
    monkeypatch.setattr(finding, "READ", few)
    told = plans(lambda: queries.find(term))
    assert (len(told) == 1) is bool(few or not queries.find(term).page.rows)  # few are shown as they are counted
    index = "ix_customer_search_text_trgm" if db.engine.dialect.name == "postgresql" else "VIRTUAL TABLE INDEX"
    assert index in told[0]
    assert not [found for plan in told for found in scans(plan)], "\n\n".join(told)


@pytest.fixture
def small_counts(monkeypatch):
    """Hundreds are as many as are tens of thousands."""
    for name, number in {"COUNTED": 100, "READ": 100, "HITS": 100, "FEW": 20, "MANY": 200}.items():
        monkeypatch.setattr(finding, name, number)
    lately.forget()


def test_a_word_that_very_many_have_is_neither_counted_nor_are_all_who_have_it_collected(shop, small_counts):
    told = plans(lambda: queries.find("kulkarni", known_as="everybody"))
    assert not [plan for plan in told if "ix_customer_search_text_trgm" in plan], "\n\n".join(told)
    assert ("strpos" in told[-1]) is (db.engine.dialect.name == "postgresql")
    assert not [found for plan in told for found in scans(plan)], "\n\n".join(told)
    shown = queries.find("kulkarni", known_as="everybody")
    assert (shown.is_about, shown.in_order) == (True, False)
    assert [row.number for row in shown.rows] == [f"P-{n:05}" for n in range(MANY - 5, MANY - 255, -5)]
    following = queries.find("kulkarni", known_as="everybody", after=shown.page.after)
    assert [row.number for row in following.rows] == [f"P-{n:05}" for n in range(MANY - 255, MANY - 505, -5)]
    filtered = queries.find("kulkarni", *FILTERS["status"](), known_as="disabled")
    assert filtered.count == len(range(0, MANY, 5 * 97))
    assert filtered.in_order


@pytest.mark.parametrize(("limit", "number"), [("ENOUGH", MANY), ("NEAR", 100)])
def test_a_word_that_hardly_any_of_those_near_have_is_asked_of_the_index(
    shop, small_counts, monkeypatch, limit, number
):
    monkeypatch.setattr(finding, limit, number)
    *_before, page = plans(lambda: queries.find("kulkarni", known_as="everybody"))
    assert ("~~" if db.engine.dialect.name == "postgresql" else "VIRTUAL TABLE INDEX") in page  # as an index knows it
    shown = queries.find("kulkarni", known_as="everybody")
    assert [row.number for row in shown.rows] == [f"P-{n:05}" for n in range(MANY - 5, MANY - 255, -5)]


@pytest.mark.parametrize(("term", "last"), [("ulkarni.530191", "530191"), ("kulkarni.530191@demo.example", "30191@")])
def test_a_long_word_is_looked_up_from_its_end_piece_by_piece(shop, term, last):
    """PostgreSQL reads all trigrams of a pattern for each row that has the rarest; of several, the first one's."""
    if db.engine.dialect.name == "sqlite":
        return
    [plan] = plans(lambda: queries.find(term))
    found = re.search(r"Index Cond: \((\(replace\(search_text, .*)\)", plan)
    patterns = re.findall(r"'%(.*?)%'", found[1])
    assert patterns[0] == last
    assert len(patterns) > 2
    assert max(map(len, patterns)) <= search.PIECE


@pytest.mark.parametrize("sort", ["created", "-created", "name", "-name", "number", "-number"])
def test_a_page_of_everybody_is_read_off_an_index_in_its_order(shop, sort):
    first = queries.find("", sort=sort, size=20)
    [_, rows] = plans(lambda: queries.find("", sort=sort, size=20, after=first.page.after))
    name = {"created": "created_at", "name": "sort_name", "number": "number"}[sort.removeprefix("-")]
    assert re.search(rf"(ix_customer_{name}_id|uq_customer_{name}|sqlite_autoindex_customer)", rows), rows
    assert not re.search(r"  Sort .*\n *Sort Key: customer\.", rows), rows  # an incremental one takes a row at a time


def test_the_tenth_search_on_a_connection_uses_the_index_as_the_first(shop):
    """A plan that is kept is for any term, and then the text index is forgotten: seconds, not one."""
    for _ in range(10):
        assert queries.find("kulkarni", known_as="anybody").count == MANY // len(NAMES)
        told = plans(lambda: queries.find("kulkarni", known_as="anybody"))
    if db.engine.dialect.name == "sqlite":
        assert "VIRTUAL TABLE INDEX" in told[0]
        return
    assert any("ix_customer_search_text_trgm" in plan for plan in told), told
    assert queries.find("").rows
    kept = db.session.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("customer.sort_name" in statement for statement in kept), "the plan of a page of everybody is kept"
    assert not [statement for statement in kept if "search_text LIKE" in statement]


def test_a_plan_that_is_kept_reads_a_page_of_everybody_off_the_index_as_well(shop):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite keeps no plans")
    first = queries.find("", size=20)
    for _ in range(10):
        queries.find("", size=20, after=first.page.after)
    db.session.execute(sa.text("SET LOCAL plan_cache_mode = force_generic_plan"))
    kept = db.session.execute(
        sa.text(
            "SELECT name, parameter_types FROM pg_prepared_statements "
            "WHERE statement LIKE '%created_at, customer.id) <%'"
        )
    ).all()
    assert kept
    for name, kinds in kept:
        values = ["now()" if kind.startswith("timestamp") else "7" if "int" in kind else "'x'" for kind in kinds]
        plan = db.session.connection().exec_driver_sql(f'EXPLAIN EXECUTE "{name}"({", ".join(values)})').all()
        assert "ix_customer_created_at_id" in repr(plan)


def test_a_customer_is_found_by_number_without_reading_all_others(shop):
    number = db.session.scalar(sa.select(Customer.number).limit(1))
    told = plans(lambda: queries.by_number(number))
    assert not [plan for plan in told if scans(plan)], told
