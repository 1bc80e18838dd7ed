"""Entries of the audit log, and somebody who changes the database past every guard it has."""

import sqlite3

import sqlalchemy as sa

from portal.audit import verifying
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR, Subject, record
from portal.foundation.database import db

TRIGGERS = [
    f"{table}_no_{change}" for table in ("audit_entry", "audit_link", "audit_anchor") for change in ("update", "delete")
]


def act(name="Ann", verb="customer.changed", **more):
    """Record an act on somebody."""
    record(verb, Subject("customer", 1, name), by=OPERATOR, **more)


def five_entries():
    """Five entries in four transactions; gives their ids."""
    act("Ann")
    db.session.commit()
    act("Ben", changes={"email": ("old", "new"), "newsletter": (True, None)}, reason="Asked “so”")
    act("Ivy")
    db.session.commit()
    for name in ("Otto", "Clara"):
        act(name)
        db.session.commit()
    assert faults() == []
    return list(db.session.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id)))


def faults():
    """What is wrong with the chain now."""
    db.session.expire_all()
    return verifying.verify().faults


def tamper(*statements):
    """Change the database past every guard it has."""
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        database_file = sqlite3.connect(db.engine.url.database)
        with database_file:
            for trigger in TRIGGERS:
                database_file.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            for statement in statements:
                database_file.execute(statement)
        database_file.close()
        return
    with db.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))
