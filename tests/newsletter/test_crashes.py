"""A campaign whose sender is killed in the middle of mails loses nobody, and mails nobody twice."""

import random

import pytest

from portal.foundation.database import db
from portal.newsletter.service import freezing
from tests.newsletter import crashes, shops
from tests.newsletter.campaigns import subscribe

pytestmark = pytest.mark.real


@pytest.mark.parametrize("database", shops.DATABASES)
def test_a_killed_sender_leaves_at_most_one_in_doubt_for_each_connection(request, tmp_path, database, monkeypatch):
    monkeypatch.setattr(freezing, "CHUNK", 25)  # so that every connection has something to do
    server = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    app = shops.opened(tmp_path, server)
    rng = random.Random(5)
    with app.app_context():
        crashes.witness()
        subscribe(400)
        stage = crashes.Stage(app, tmp_path, 4)
        killed = []

        def once(stage, rng):
            del rng
            if not killed:
                killed.append(stage.processes["sender"])
                stage.kill("sender")

        try:
            found = crashes.play(stage, once, rng, storm=True)
        finally:
            stage.close()
            db.session.remove()
            db.engine.dispose()
    assert killed
    assert found.is_good, found
    assert found.sent > 200  # the others left meanwhile
