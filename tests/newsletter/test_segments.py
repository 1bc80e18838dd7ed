"""Who is in a segment: what each condition means, how they come together, and that nothing widens by itself."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.audit.service import OPERATOR
from portal.customers.models import FieldKind, FieldValue, Tag, customer_tag
from portal.foundation.database import db
from portal.groups.models import CustomerGroup, Membership
from portal.mail.service import suppress
from portal.newsletter import queries
from portal.newsletter.errors import ChangedMeanwhile, NameTaken, SegmentUnreadable, StillUsed
from portal.newsletter.models import Audience, Campaign, Segment, SubscriptionState
from portal.newsletter.rules import conditions
from portal.newsletter.rules import segments as rules
from portal.newsletter.rules.segments import Row
from portal.newsletter.service import segments
from tests import cast
from tests.newsletter.people import days_ago, either, every, names_in, none_of, segment, subscriber


@pytest.fixture
def people(app):
    """Ann in the group Trade, in India, signed in lately; Ben in Britain, without an account; Zoe is no customer."""
    ann, ben = cast.customer(cast.ANN), cast.customer(cast.BEN, with_account=False)
    trade = cast.group()
    ann.country, ben.country, ben.locale = "IN", "GB", "de"
    ben.created_at = days_ago(400)
    db.session.execute(sa.update(Account).values(last_sign_in_at=days_ago(2)))
    db.session.add(Membership(customer_id=ann.id, group_id=trade.id, is_preferred=False))
    db.session.flush()
    db.session.execute(sa.update(Membership).where(Membership.group_id != trade.id).values(is_preferred=False))
    db.session.execute(sa.update(Membership).where(Membership.group_id == trade.id).values(is_preferred=True))
    subscriber(cast.ANN.email, changed_at=days_ago(100))
    subscriber(cast.BEN.email, created_at=days_ago(50))
    subscriber("zoe@demo.example", SubscriptionState.UNSUBSCRIBED)
    db.session.expire_all()
    return ann, ben, trade


CASES = {
    "country": (Row("country", "is", "IN"), ["ann"]),
    "country-not": (Row("country", "is-not", "IN"), ["ben", "zoe"]),
    "country-one-of": (Row("country", "one-of", "IN\nFR"), ["ann"]),
    "country-several": (Row("country", "one-of", "GB\nIN"), ["ann", "ben"]),
    "country-none-of": (Row("country", "none-of", "GB\nFR"), ["ann", "zoe"]),
    "language-none-of": (Row("language", "none-of", "en"), ["ben", "zoe"]),
    "language": (Row("language", "is", "en"), ["ann"]),
    "record": (Row("customer", "is", "record"), ["ann", "ben"]),
    "account": (Row("customer", "is", "account"), ["ann"]),
    "no-record": (Row("customer", "is", "none"), ["zoe"]),
    "new": (Row("created", "within", "30"), ["ann"]),
    "old": (Row("created", "before", "30"), ["ben"]),
    "never-created": (Row("created", "never"), ["zoe"]),
    "since": (Row("created", "since", "2001-01-31"), ["ann", "ben"]),
    "until": (Row("created", "until", "2001-01-31"), []),
    "signed-in": (Row("signed-in", "within", "3"), ["ann"]),
    "never-signed-in": (Row("signed-in", "never"), ["ben", "zoe"]),
    "subscribed": (Row("subscribed", "before", "40"), ["ben"]),
    "consent": (Row("consent", "before", "90"), ["ann"]),
}


def test_each_condition_means_what_it_says(people):
    found = {name: names_in(every(row)) for name, (row, _wanted) in CASES.items()}
    assert found == {name: wanted for name, (_row, wanted) in CASES.items()}


def test_groups_stores_tags_and_answers_are_asked_by_their_ids(people):
    ann, ben, trade = people
    tag, field = cast.tag(), cast.custom_field("Size", FieldKind.CHOICE, choices=["Small", "“Größe”"])
    store = cast.store()
    db.session.execute(sa.insert(customer_tag).values(customer_id=ben.id, tag_id=tag.id))
    db.session.add(FieldValue(customer_id=ann.id, field_id=field.id, value="“Größe”"))
    ben.stores.append(store)
    db.session.commit()
    assert names_in(every(Row("group", "is", str(trade.id)))) == ["ann"]
    assert names_in(every(Row("group", "is-not", str(trade.id)))) == ["ben", "zoe"]
    assert names_in(every(Row("tag", "is", str(tag.id)))) == ["ben"]
    assert names_in(every(Row("tag", "is-not", str(tag.id)))) == ["ann", "zoe"]
    assert names_in(every(Row("store", "is", str(store.id)))) == ["ben"]
    assert names_in(every(Row(f"field:{field.id}", "is", "“Größe”"))) == ["ann"]
    assert names_in(every(Row(f"field:{field.id}", "is-not", "“Größe”"))) == ["ben", "zoe"]
    assert names_in(every(Row("group", "one-of", f"{trade.id}\n{cast.group('Press').id}"))) == ["ann"]
    assert names_in(every(Row("tag", "none-of", str(tag.id)))) == ["ann", "zoe"]
    assert names_in(every(Row("store", "one-of", str(store.id)))) == ["ben"]
    assert names_in(every(Row(f"field:{field.id}", "one-of", "Small\n“Größe”"))) == ["ann"]


def test_conditions_come_together_with_and_or_and_not(people):
    india, britain, member = Row("country", "is", "IN"), Row("country", "is", "GB"), Row("customer", "is", "account")
    assert names_in(either(india, britain)) == ["ann", "ben"]
    assert names_in(every(india, britain)) == []
    assert names_in(none_of(india, member)) == ["ben", "zoe"]
    assert names_in(every(either(india, britain), none_of(member))) == ["ben"]
    assert names_in(either(every(britain, member), Row("customer", "is", "none"))) == ["zoe"]


def test_another_audience_is_none_of_its_business(people):
    other = Audience(name="Wine", slug="wine")
    db.session.add(other)
    db.session.commit()
    subscriber("ann@demo.example", audience_id=other.id)
    found = db.session.scalars(
        sa.select(queries.Subscription.audience_id).where(
            segments.condition(
                Segment(audience_id=other.id, name="", conditions=rules.stored(every(Row("country", "is", "IN"))))
            )
        )
    )
    assert list(found) == [other.id]


def test_the_sentence_is_said_in_words(people):
    trade = people[2]
    box = every(Row("country", "is", "IN"), either(Row("group", "is", str(trade.id)), Row("signed-in", "within", "90")))
    said = rules.sentence(box, conditions.every())
    assert said == "Country is India and (Group is Trade or Last sign-in was in the last 90 days)"
    several = every(Row("country", "one-of", "SE\nNO"), Row("country", "none-of", "XX"))
    said = "Country is one of Sweden, Norway and Country is none of something that isn’t there any more"
    assert rules.sentence(several, conditions.every()) == said
    assert rules.sentence(none_of(Row("signed-in", "never")), conditions.every()) == "not: Last sign-in never was"


# What cannot be read

UNREADABLE = {
    "field": Row("shoe-size", "is", "44"),
    "operator": Row("country", "sounds like", "IN"),
    "group": Row("group", "is", "4711"),
    "tag": Row("tag", "is-not", "4711"),
    "country": Row("country", "is", "XX"),
    "days": Row("created", "within", "-3"),
    "letters": Row("created", "before", "many"),
    "arabic": Row("created", "before", "٣"),
    "day": Row("created", "since", "2026-02-30"),
    "nul": Row("country", "is", "\0"),
    "two of one": Row("country", "is", "IN\nGB"),
    "none of several": Row("country", "one-of", ""),
    "one of several is none": Row("country", "none-of", "GB\nXX"),
    "yes or no": Row("customer", "one-of", "record"),
}


@pytest.mark.parametrize("around", [every, either, none_of])
def test_a_segment_that_cannot_be_read_is_nobody_whatever_stands_around(people, around):
    for name, row in UNREADABLE.items():
        box = around(row, Row("country", "is", "GB"))
        assert names_in(box) == [], name
        with pytest.raises(SegmentUnreadable):
            segments.add(queries.default_audience(), "Odd", box, by=OPERATOR)
        assert rules.sentence(box, conditions.every())


NO_TREES = (
    None,
    [],
    {},
    {"match": "all"},
    {"match": "all", "parts": []},
    {"match": "most", "parts": []},
    {"match": "all", "parts": [7]},
    {"match": "all", "parts": [{"field": "country"}]},
    {"match": "all", "parts": [{"field": "country", "operator": "is", "value": 7}]},
    {"match": "all", "parts": [{"field": "country", "operator": "one-of", "value": "\n".join(map(str, range(51)))}]},
    {"match": "all", "parts": [{"match": "all", "parts": [{"match": "all", "parts": []}]}]},
    {"match": "all", "parts": [{"match": "none", "parts": []}]},
    {"match": "all", "parts": [{"field": "customer", "operator": "is", "value": "record"}] * 21},
)


def test_what_is_no_tree_is_nobody(people):
    for kept in NO_TREES:
        broken = Segment(audience_id=queries.default_audience().id, name="Odd", conditions=kept)
        assert names_in(broken) == [], kept
        assert segments.trouble(broken)
        assert segments.in_words(broken)
        assert segments.counts_of(broken).matching == 0


def test_a_group_that_is_deleted_later_empties_the_segment_and_is_told(people):
    trade = people[2]
    kept = segment("Others", none_of(Row("group", "is", str(trade.id))))
    assert names_in(kept) == ["ben", "zoe"]
    db.session.execute(sa.delete(Membership))
    db.session.execute(sa.delete(CustomerGroup).where(CustomerGroup.id == trade.id))
    db.session.commit()
    assert names_in(kept) == []
    assert "Group" in segments.trouble(kept)
    assert "isn’t there any more" in segments.in_words(kept)


# Counting


def test_counts_tell_who_may_be_mailed(people):
    suppress("ben@demo.example", "bounced")
    db.session.commit()
    counts = segments.counts(either(Row("customer", "is", "record"), Row("customer", "is", "none")), 1)
    assert (counts.matching, counts.mailable, counts.is_about) == (3, 1, False)
    assert dict(counts.states) == {"active": 1, "suppressed": 1, "unsubscribed": 1}


# Kept ones


def test_two_segments_of_one_audience_never_share_a_name(app):
    box = every(Row("customer", "is", "record"))
    segment("Spenders", box)
    with pytest.raises(NameTaken):
        segments.add(queries.default_audience(), "SPENDERS", box, by=OPERATOR)


def test_the_second_of_two_editors_is_told(app):
    box = every(Row("customer", "is", "record"))
    kept = segment("Spenders", box)
    segments.change(kept.id, "Big spenders", box, version=1, by=OPERATOR)
    with pytest.raises(ChangedMeanwhile):
        segments.change(kept.id, "Small spenders", box, version=1, by=OPERATOR)


def test_a_segment_that_a_campaign_needs_stays(app):
    kept = segment("Spenders", every(Row("customer", "is", "record")))
    campaign = Campaign(public_id="a", audience_id=kept.audience_id, name="Lamps", excluded_segment_ids=[kept.id])
    db.session.add(campaign)
    db.session.commit()
    with pytest.raises(StillUsed):
        segments.remove(kept.id, by=OPERATOR)
    campaign.excluded_segment_ids = []
    db.session.commit()
    assert segments.remove(kept.id, by=OPERATOR) == "Spenders"
    assert db.session.get(Tag, 1) is None
