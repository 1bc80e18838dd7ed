"""Where campaigns may be sent from: the first place that opens a database, and others once somebody says so."""

import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.foundation.database import db
from portal.newsletter.models import Installation
from portal.newsletter.service import installation


def test_the_first_place_may_send(app):
    assert installation.may_send()
    assert installation.may_send()
    assert installation.refused() == []


def test_another_place_waits_for_a_persons_word(app):
    installation.may_send()
    db.session.execute(sa.update(Installation).values(mark="0" * 64, place="the old machine"))
    assert not installation.may_send()
    assert not installation.may_send()
    [mine] = installation.refused()
    installation.allow(mine, OPERATOR)
    assert installation.may_send()
    assert installation.refused() == []


def test_the_same_files_under_another_address_are_another_place(app, shop_wants):
    installation.may_send()
    shop_wants(base_url="https://copy.demo.example")
    assert not installation.may_send()
