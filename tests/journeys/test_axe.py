"""Every page stands before axe, a narrow screen and the console."""

import pytest

from portal import create_app
from portal.config import Settings
from tests import surroundings
from tests.journeys.looking import LOOKS, NARROWEST, begin_anew, findings, keep_axe, scrolls_sideways
from tests.journeys.mailbox import Kept
from tests.journeys.pages import SIGHTS, overlooked
from tests.journeys.scene import prepare
from tests.journeys.shop import Shop


@pytest.fixture(scope="module")
def scene(chromium, demo, tmp_path_factory):
    """A demo shop without a mail server: what it would send lies in a folder and is shown at /dev/mail."""
    shop = Shop.copy(demo, tmp_path_factory.mktemp("scene"))
    shop.open()
    try:
        scene = prepare(chromium, shop, Kept(shop.folder / "mail"))
        for person in scene.people.values():
            keep_axe(person.context)
        yield scene
        scene.leave()
    finally:
        shop.close()


@pytest.mark.parametrize("sight", SIGHTS, ids=[sight.name for sight in SIGHTS])
def test_a_page_has_no_finding_no_complaint_and_no_sideways_scroll(scene, sight):
    person = scene.people[sight.who]
    person.complaints.clear()
    begin_anew(person.page)
    sight.visit(scene)
    assert findings(person.page) == []
    # Other colours come from the same few words of one style sheet: seen in turn, and asked for what they change.
    if surroundings.in_turn(sight.name):
        person.page.emulate_media(color_scheme="dark")
        person.page.set_viewport_size({"width": NARROWEST, "height": 900})
        assert findings(person.page, None if surroundings.EVERY_ATTACK else LOOKS) == []
    assert not scrolls_sideways(person.page)
    assert person.complaints == []


def test_no_page_is_overlooked(scene, tmp_path):
    assert overlooked(create_app(Settings(instance=tmp_path)), scene) == []
