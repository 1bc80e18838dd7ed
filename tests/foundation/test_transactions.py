"""What a transaction may do: readers never write, hashes never run inside one."""

import pytest
import sqlalchemy as sa

from portal.foundation import database, form_keys
from portal.foundation.database import db
from portal.stores.models import Store
from tests import cast


def test_every_shop_starts_with_the_store_online(app):
    assert db.session.scalars(sa.select(Store.code)).all() == ["online"]


def test_a_reading_transaction_refuses_to_write(app):
    database.read_only()
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="never writes"):
        db.session.flush()


def test_release_after_a_change_is_refused(app):
    db.session.add(Store(code="x", name="X", time_zone="UTC", currency="EUR"))
    with pytest.raises(RuntimeError, match="read, hash, then write"):
        database.release()


def test_a_form_sent_twice_counts_once(app):
    assert form_keys.first_use("k") is not None
    assert form_keys.first_use("k") is None


def test_the_cast_can_be_put_on_stage(app):
    ann = cast.customer(cast.ANN)
    assert ann.account.is_enabled
    assert cast.applicant(cast.IVY, cast.group()).is_open
