"""Several telephones of one person, and consent by channel as a ledger."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import OPERATOR, Actor
from portal.customers import queries
from portal.customers.errors import NotReachable
from portal.customers.models import Channel, ChannelConsent, ChannelSource, Customer, TelephoneKind
from portal.customers.service import channels, telephones
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotFound
from tests import cast

MOBILE, WORK = "+44 7700 900123", "+44 20 7946 0123"


@pytest.fixture
def ann(app):
    """Ann, with one telephone."""
    return cast.customer(cast.ANN)


def add(customer, typed, kind=TelephoneKind.WORK):
    row = telephones.add_telephone(customer, typed, kind, by=OPERATOR)
    db.session.commit()
    return row


def numbers(customer):
    db.session.refresh(customer)
    return {row.e164: row.is_primary for row in customer.telephones}


def last():
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()


def test_a_second_telephone_stands_beside_the_first_and_finds_its_person(ann):
    version = ann.version
    add(ann, WORK)
    assert numbers(ann) == {"+919876543210": True, "+442079460123": False}
    assert ann.telephone_count == 2
    assert "+442079460123" in ann.search_text
    assert ann.version == version + 1
    assert last().changes == {"telephones": ["", WORK]}
    assert [one.id for one in queries.find("+44 20 7946 0123").rows] == [ann.id]


def test_the_first_telephone_of_all_is_the_primary_one(app):
    ivy = cast.customer(cast.IVY)
    add(ivy, MOBILE)
    assert numbers(ivy) == {"+447700900123": True}


def test_one_telephone_is_called_first(ann):
    row = add(ann, WORK)
    telephones.make_primary(ann, row.id, by=OPERATOR)
    db.session.commit()
    assert numbers(ann) == {"+919876543210": False, "+442079460123": True}
    assert last().changes["telephone"] == ["+91 98765 43210", WORK]


def test_another_one_moves_up_when_the_primary_one_goes(ann):
    add(ann, WORK)
    telephones.remove_telephone(ann, ann.telephone.id, by=OPERATOR)
    db.session.commit()
    assert numbers(ann) == {"+442079460123": True}
    assert "+919876543210" not in ann.search_text


def test_the_last_way_to_reach_somebody_stays(app):
    nora = cast.customer(cast.Person("Nora", "-", "", MOBILE), with_account=False)
    nora.email_key = None
    db.session.commit()
    with pytest.raises(NotReachable):
        telephones.remove_telephone(nora, nora.telephone.id, by=OPERATOR)
    assert len(numbers(nora)) == 1


def test_the_same_number_in_another_spelling_and_too_many_are_refused(ann):
    with pytest.raises(Conflict, match="already"):
        add(ann, "098765 43210")
    db.session.commit()
    db.session.refresh(ann)
    assert ann.version == 1
    for n in range(telephones.MOST - 1):
        add(ann, f"+44 7700 90010{n}")
    with pytest.raises(Conflict, match="10 telephones"):
        add(ann, "+44 7700 900999")


def test_a_telephone_of_somebody_else_is_not_found(ann):
    ben = cast.customer(cast.BEN)
    for act in (telephones.make_primary, telephones.remove_telephone):
        with pytest.raises(NotFound):
            act(ann, ben.telephone.id, by=OPERATOR)
    with pytest.raises(NotFound):
        telephones.verify_telephone(ann, ben.telephone.id, where="x", by=OPERATOR)


def test_it_is_kept_when_by_whom_and_where_a_telephone_was_verified(ann):
    clara = Actor(ActorKind.STAFF, 1, "Clara Clerk")
    telephones.verify_telephone(ann, ann.telephone.id, where="called back", by=clara)
    db.session.commit()
    db.session.refresh(ann)
    assert (ann.telephone.verified_by, ann.telephone.verified_where) == ("Clara Clerk", "called back")
    assert ann.telephone.verified_at is not None
    assert last().verb == "customer.telephone_verified"


def say(customer, source=ChannelSource.ACCOUNT, by=OPERATOR, **wanted):
    meant = {Channel(name): agreed for name, agreed in wanted.items()}
    channels.set_channels(customer, meant, source=source, words="Offers and news", by=by)
    db.session.commit()


def test_how_a_channel_stands_is_what_its_newest_line_says(ann):
    assert queries.channel_states(ann.id) == {}
    say(ann, sms=True, post=True)
    say(ann, sms=False)
    assert queries.channel_states(ann.id) == {Channel.SMS: False, Channel.POST: True}
    assert last().changes == {"sms": [True, False]}
    assert [(line.channel.value, line.action.value) for line in queries.channel_history(ann.id)] == [
        ("sms", "withdraw"),
        ("post", "grant"),
        ("sms", "grant"),
    ]


def test_saying_the_same_again_writes_nothing(ann):
    say(ann, sms=True)
    say(ann, sms=True, telephone=False)
    assert len(queries.channel_history(ann.id)) == 1


def test_a_line_says_who_entered_it_unless_it_was_the_person(ann):
    say(ann, sms=True)
    say(ann, source=ChannelSource.STAFF, by=Actor(ActorKind.STAFF, 1, "Clara Clerk"), sms=False)
    newest, oldest = queries.channel_history(ann.id)
    assert (oldest.who, newest.who, newest.words) == ("", "Clara Clerk", "Offers and news")


def test_email_is_the_newsletters(ann):
    say(ann, email=True)
    assert queries.channel_states(ann.id) == {}


@pytest.mark.parametrize("act", ["UPDATE channel_consent SET action = 'grant'", "DELETE FROM channel_consent"])
def test_nobody_changes_or_removes_a_line(ann, act):
    say(ann, sms=True)
    say(ann, sms=False)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        db.session.execute(sa.text(act))
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(ChannelConsent.id))) == 2


def test_the_words_of_an_erased_person_can_be_emptied_and_nothing_else_with_them(ann):
    say(ann, source=ChannelSource.STAFF, by=Actor(ActorKind.STAFF, 1, "Clara Clerk"), sms=True)
    db.session.execute(sa.text("UPDATE channel_consent SET words = '', who = ''"))
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        db.session.execute(sa.text("UPDATE channel_consent SET words = '', who = '', action = 'withdraw'"))
    db.session.rollback()
    assert queries.channel_states(ann.id) == {Channel.SMS: True}


def test_of_many_who_say_it_at_once_one_writes_it(app, ann, at_once):
    customer_id = ann.id

    def agree():
        with app.app_context():
            say(db.session.get_one(Customer, customer_id), sms=True)

    at_once(*[agree] * 4)
    assert len(queries.channel_history(customer_id)) == 1
