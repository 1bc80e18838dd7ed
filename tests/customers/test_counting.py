"""How many customers fit: exactly as far as counting tells something, then about, and never at the page's expense."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus, Origin, customer_store
from portal.customers.queries import finding
from portal.foundation import clock, estimates, search
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Audience, Subscription, SubscriptionState
from portal.stores import queries as stores
from portal.stores.models import ONLINE

MANY = 3000
DISABLED = Customer.status == CustomerStatus.DISABLED


def gather():
    """Three thousand people; every tenth is disabled, every fifth has no address but a telephone."""
    moment = clock.now()
    rows = [
        {
            "number": f"P-{n:05}",
            "first_name": "Asha",
            "last_name": "Kulkarni",
            "email": "" if n % 5 == 0 else f"{n}@demo.example",
            "email_key": None if n % 5 == 0 else f"{n}@demo.example",
            "telephone_count": 1,
            "status": CustomerStatus.DISABLED if n % 10 == 0 else CustomerStatus.NO_ACCOUNT,
            "search_text": search.indexed(f"Asha Kulkarni P-{n:05}"),
            "sort_name": "kulkarni asha",
            "created_at": moment.replace(microsecond=n),
            "created_through": Origin.DEMO,
        }
        for n in range(MANY)
    ]
    db.session.execute(sa.insert(Customer), rows)
    if db.engine.dialect.name == "postgresql":  # which does it by itself, but not at once, and takes them for a handful
        db.session.execute(sa.text("ANALYZE customer"))


@pytest.fixture
def crowd(app):
    """The three thousand, for tests that store something."""
    gather()


@pytest.fixture
def seen_crowd(only_read):
    """The three thousand, gathered once for all tests that only look."""
    only_read(gather)


@pytest.fixture
def counted_to(monkeypatch):
    """Call it to have counting stop early, so that a small crowd is a large one."""

    def stop(number, few=0):
        monkeypatch.setattr(finding, "COUNTED", number)
        monkeypatch.setattr(finding, "MANY", 3 * number)
        monkeypatch.setattr(finding, "FEW", few)
        monkeypatch.setattr(finding, "READ", few)
        monkeypatch.setattr(finding, "HITS", few)

    return stop


def found(term="", *conditions, **more):
    answer = queries.find(term, *conditions, **more)
    return answer.count, answer.is_about


def test_a_count_is_exact_as_far_as_anybody_counts(seen_crowd, counted_to):
    counted_to(300)
    assert found("", DISABLED) == (300, False)
    assert found("", DISABLED, known_as="disabled") == (300, False)
    counted_to(299)
    assert found("", DISABLED)[1]


@pytest.mark.parametrize("term", ["", "kulkarni"])
def test_beyond_that_the_share_of_a_sample_tells_about_how_many(seen_crowd, counted_to, term):
    counted_to(50)
    count, is_about = found(term, DISABLED, known_as=("disabled", term))
    assert is_about
    assert 100 <= count <= 600
    count, is_about = found(term, known_as=("all", term))
    assert is_about
    assert MANY * 0.7 <= count <= MANY * 1.3


def test_a_sample_is_read_by_the_ids_alone(seen_crowd):
    table = sa.inspect(Customer).local_table
    assert MANY * 0.7 <= estimates.share(table).about <= MANY * 1.3
    assert estimates.share(table, table.c.status == CustomerStatus.CLOSING).about == 0


def test_whoever_types_on_what_few_have_is_not_sampled_again(seen_crowd, monkeypatch):
    asked = []
    share = estimates.share
    monkeypatch.setattr(estimates, "share", lambda *some, **more: asked.append(more["told"]) or share(*some, **more))
    monkeypatch.setattr(estimates, "rows", lambda _table: 1_000_000)
    monkeypatch.setattr(finding, "HITS", 10_000)
    for term in ("kulk", "kulka", "kulkar", "kulkarni 77", "ulkarni", "asha"):
        queries.find(term, known_as="everybody")
    assert len(asked) == 3  # the last two are words that nobody asked for before
    monkeypatch.setattr(finding, "HITS" if db.engine.dialect.name == "postgresql" else "COUNTED", 0)
    for term in ("kulkarn", "kulkarni"):
        queries.find(term, known_as="everybody")
    assert len(asked) == 5  # of what many have, fewer may have more letters


@pytest.mark.parametrize(
    ("number", "said"), [(0, 0), (7, 7), (99, 99), (123, 120), (10_001, 10_000), (987_654, 980_000)]
)
def test_an_estimate_is_said_in_two_figures(number, said):
    assert estimates.rounded(number) == said


def test_a_count_of_many_is_remembered_and_one_of_few_is_not(crowd, counted_to):
    counted_to(10_000, few=100)
    assert found("", DISABLED, known_as="disabled") == (300, False)
    assert found("", Customer.number == "P-00010", known_as="one") == (1, False)
    db.session.execute(sa.update(Customer).values(status=CustomerStatus.NO_ACCOUNT, number=Customer.number + "x"))
    assert found("", DISABLED, known_as="disabled") == (300, False)
    assert found("", DISABLED) == (0, False)
    assert found("", Customer.number == "P-00010", known_as="one") == (0, False)


def test_a_search_that_is_remembered_still_shows_exact_hits_first(seen_crowd, counted_to):
    counted_to(10, few=5)
    for _ in range(2):
        assert queries.find("P-00017", known_as="that number").rows[0].number == "P-00017"
        assert queries.find("kulkarni", known_as="that name").count >= 10


@pytest.mark.parametrize("many", [False, True])
def test_whoever_has_no_address_is_not_subscribed_in_either_way_to_ask(crowd, monkeypatch, many):
    audience = db.session.scalars(sa.select(Audience.id).where(Audience.is_default)).one()
    moment = clock.now()
    values = {"audience_id": audience, "state": SubscriptionState.ACTIVE, "created_at": moment, "changed_at": moment}
    readers = [f"{n}@demo.example" for n in (1, 2, 3)]
    db.session.execute(sa.insert(Subscription), [values | {"email": one, "email_key": one} for one in readers])
    monkeypatch.setattr(queries, "COUNTED", 0 if many else MANY)
    yes, no = newsletter.subscribed(), ~newsletter.subscribed()
    assert ("EXISTS" in str(yes)) is many
    assert {row.number for row in queries.find("", yes).rows} == {"P-00001", "P-00002", "P-00003"}
    assert queries.find("", no).count == MANY - 3
    without = Customer.email_key.is_(None)
    assert queries.find("", no, without).count == MANY // 5
    assert queries.find("", yes, without).count == 0


@pytest.mark.parametrize("many", [False, True])
def test_every_state_of_the_newsletter_is_found_in_either_way_to_ask(crowd, monkeypatch, many):
    default = newsletter.default_audience().id
    other = Audience(name="Other", slug="other")
    db.session.add(other)
    db.session.flush()
    for n, state in zip(range(1, MANY, 10), SubscriptionState, strict=False):
        email = f"{n}@demo.example"
        db.session.add(Subscription(audience_id=default, email=email, email_key=email, state=state))
    elsewhere = "7@demo.example"
    active = SubscriptionState.ACTIVE
    db.session.add(Subscription(audience_id=other.id, email=elsewhere, email_key=elsewhere, state=active))
    db.session.flush()
    monkeypatch.setattr(queries, "COUNTED", 0 if many else MANY)
    for n, state in zip(range(1, MANY, 10), SubscriptionState, strict=False):
        assert [row.number for row in queries.find("", newsletter.state_is(state)).rows] == [f"P-{n:05}"]
    never = newsletter.is_unknown()
    assert ("EXISTS" in str(never)) is many
    assert queries.find("", never).count == MANY - len(SubscriptionState)
    assert queries.find("", never, Customer.number == "P-00007").count == 1
    assert queries.find("", never, Customer.email_key.is_(None)).count == MANY // 5


@pytest.mark.parametrize("many", [False, True])
def test_whoever_never_signed_in_is_in_no_span_of_sign_ins(seen_crowd, monkeypatch, many):
    monkeypatch.setattr(queries, "COUNTED", 0 if many else MANY)
    assert db.session.scalar(sa.select(sa.func.count(Account.id))) == 0
    assert queries.find("", queries.signed_in(since=clock.now().replace(year=2020))).count == 0
    assert queries.find("", ~queries.signed_in(since=clock.now().replace(year=2020))).count == MANY


@pytest.mark.parametrize("many", [False, True])
def test_a_member_of_some_stores_sees_theirs_however_many_they_are(crowd, monkeypatch, many):
    online = next(store.id for store in stores.every() if store.code == ONLINE)
    ids = db.session.scalars(sa.select(Customer.id).order_by(Customer.id).limit(7)).all()
    db.session.execute(sa.insert(customer_store), [{"customer_id": one, "store_id": online} for one in ids])
    monkeypatch.setattr(queries, "COUNTED", 0 if many else MANY)
    reach = queries.of_stores(frozenset({online, online + 1}))
    assert sorted(row.id for row in queries.find("", reach).rows) == sorted(ids)


def test_hits_whose_rows_an_index_reads_anyhow_are_sorted_as_far_as_they_are_counted(seen_crowd, monkeypatch):
    """PostgreSQL's index has the rows of all hits read for any page, so that to sort them costs nothing more."""
    monkeypatch.setattr(finding, "FEW", 5)
    oldest_first = queries.find("asha", sort="number", size=20)
    assert oldest_first.count == MANY
    assert oldest_first.in_order is (db.engine.dialect.name == "postgresql")
    first = range(20) if oldest_first.in_order else range(MANY - 1, MANY - 21, -1)
    assert [row.number for row in oldest_first.rows] == [f"P-{n:05}" for n in first]
