"""Marketing adds, changes and retires audiences; what is in use stays."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import Audience, Campaign, CampaignState, Subscription
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import seated
from tests.newsletter.people import subscriber

LIST = "/staff/audiences"


@pytest.fixture
def wine(app):
    audience = Audience(name="Wine", slug="wine", description="Once a month.")
    db.session.add(audience)
    db.session.commit()
    return audience


def audience(slug):
    db.session.expire_all()
    return db.session.scalar(sa.select(Audience).where(Audience.slug == slug))


def test_an_audience_is_added_with_all_that_it_says(mark):
    mark.open(f"{LIST}/new")
    mark.send(
        name="New arrivals",
        slug="new-arrivals",
        description="Each Friday.",
        single_opt_in="1",
        sender_name="Asha",
        sender_email="asha@demo.example",
        has_archive="1",
    )
    found = audience("new-arrivals")
    assert mark.path == f"{LIST}/{found.id}"
    assert (found.is_public, found.single_opt_in, found.has_archive) == (True, True, True)
    assert (found.sender_name, found.sender_email) == ("Asha", "asha@demo.example")
    [entry] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "audience.added"))
    assert entry.actor_name == "Mark Marketing"


@pytest.mark.parametrize("slug", ["", "Wine List", "-wine", "wine--red", "wine/red", "é", "a" * 65, "wein\0"])
def test_a_short_name_is_fit_for_addresses(mark, slug):
    mark.open(f"{LIST}/new")
    page = mark.send(name="Wine", slug=slug)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Audience)) == 1


def test_a_short_name_is_taken_once(mark, wine):
    mark.open(f"{LIST}/new")
    assert mark.send(name="Other wine", slug="wine").status_code == 422
    assert "has the short name wine" in mark.page.text


def test_a_short_name_stays_once_anybody_was_in(mark, wine):
    mark.open(f"{LIST}/{wine.id}/edit")
    mark.send(slug="wines")
    assert audience("wines") is not None
    subscriber("zoe@demo.example", audience_id=wine.id)
    mark.open(f"{LIST}/{wine.id}/edit")
    assert mark.send(slug="wein").status_code == 422
    assert audience("wein") is None


def test_there_is_always_one_default_and_it_is_public(mark, wine):
    mark.open(f"{LIST}/{wine.id}/edit")
    assert mark.send(is_default="1", is_public=None).status_code == 422
    mark.open(f"{LIST}/{wine.id}/edit")
    mark.send(is_default="1")
    assert [row.slug for row in db.session.scalars(sa.select(Audience).where(Audience.is_default))] == ["wine"]
    mark.open(f"{LIST}/{wine.id}/edit")
    assert mark.send(is_default=None).status_code == 422
    assert audience("wine").is_default


def test_the_second_of_two_editors_sees_both_versions(mark, browsers, wine):
    mark.open(f"{LIST}/{wine.id}/edit")
    wine.description, wine.version = "Twice a month.", 2
    page = mark.send(description="Each week.")
    assert page.status_code == 409
    assert "Twice a month." in page.text
    assert "Each week." in page.text
    mark.send()
    assert audience("wine").description == "Each week."


def test_a_retired_audience_takes_nobody_in_and_keeps_who_is_there(mark, browsers, wine):
    row = subscriber("zoe@demo.example", audience_id=wine.id)
    mark.open(f"{LIST}/{wine.id}/edit")
    mark.send("/retire")
    assert audience("wine").retired_at is not None
    assert db.session.get(Subscription, row.id) is not None
    assert queries.public_audiences() == [queries.default_audience()]
    assert "Retired on" in mark.open(f"{LIST}/{wine.id}").text
    assert mark.open(f"{LIST}/{wine.id}/import").status_code == 409
    mark.open(f"{LIST}/{wine.id}/edit")
    mark.send("/bring-back")
    assert audience("wine").is_open


def test_an_audience_with_campaigns_under_way_does_not_retire(mark, wine):
    db.session.add(Campaign(public_id="a", audience_id=wine.id, name="Lamps", state=CampaignState.SENDING))
    mark.open(f"{LIST}/{wine.id}/edit")
    page = mark.send("/retire")
    assert page.status_code == 409
    assert "1 campaign to it isn’t over" in page.text
    assert audience("wine").retired_at is None


def test_only_an_audience_that_nobody_ever_joined_is_deleted(mark, wine):
    other = Audience(name="Beer", slug="beer")
    db.session.add(other)
    subscriber("zoe@demo.example", audience_id=wine.id)
    assert "1 address" in mark.open(f"{LIST}/{wine.id}/delete").text
    mark.open(f"{LIST}/{other.id}/delete")
    mark.send("/delete")
    assert (audience("beer"), audience("wine") is not None) == (None, True)


def test_the_default_one_neither_retires_nor_goes(mark):
    path = f"{LIST}/{queries.default_audience().id}"
    mark.open(f"{path}/edit")
    assert "Retire this audience" not in mark.page.text
    assert "It is the default audience" in mark.open(f"{path}/delete").text


def test_the_form_to_copy_names_the_audience_and_the_words(mark, wine):
    page = mark.open(f"{LIST}/{wine.id}/form")
    assert "name=&#34;audience&#34; value=&#34;wine&#34;" in page.text
    assert "/newsletter/join" in page.text


def test_who_may_only_look_changes_nothing(browser, wine):
    member = cast.member(cast.MARK, "looker", {Permission.AUDIENCE_VIEW})
    seated(browser, member)
    for path in ("new", f"{wine.id}/edit", f"{wine.id}/delete", f"{wine.id}/form", f"{wine.id}/invite"):
        assert browser.open(f"{LIST}/{path}").status_code == 403
    assert "Add audience" not in browser.open(LIST).text
