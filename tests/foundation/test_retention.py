"""Forgetting, whatever it is: what is found first, and what then goes."""

from portal.foundation import retention
from portal.foundation.database import db


def test_what_takes_long_to_find_is_looked_for_while_others_write(app, monkeypatch):
    said = []

    def look():
        said.append(db.session().info["reading"] is not None)
        return [1, 2]

    def forget_found(found):
        said.append(db.session().info["reading"] is not None)
        return len(found)

    monkeypatch.setattr(retention, "_rules", {"A": retention.Rule("A", lambda: 1, "", lambda: 0, forget_found, look)})
    assert retention.forget_some() == 2
    assert said == [True, False]
