"""Migrations lead up and down again, and to just what the models say."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR, Subject, record
from portal.foundation.database import db
from portal.foundation.migrations import is_of_models
from portal.ledgers import chain, verifying
from portal.staff.models import RoleGrant
from portal.staff.rules import Permission


def checks(inspector):
    """The check constraints of every table, by table and name."""
    return {
        (table, check["name"])
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }


def test_the_migrated_database_equals_the_models(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_of_models})
        assert compare_metadata(context, db.metadata) == []


def test_every_list_of_states_in_the_database_equals_the_one_in_the_code(app):
    """Autogeneration does not see a changed list: the check constraints are compared here."""
    inspector = sa.inspect(db.engine)
    for table in db.metadata.sorted_tables:
        texts = {check["name"]: check["sqltext"] for check in inspector.get_check_constraints(table.name)}
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                text = texts[f"ck_{table.name}_{column.type.name}"]
                assert set(column.type.enums) == set(text.split("'")[1::2]), f"{table.name}.{column.name}"


@pytest.mark.parametrize("step", ["base"])
def test_migrations_lead_down_and_up_again(app, step):
    before = checks(sa.inspect(db.engine))
    db.session.remove()
    downgrade(revision=step)
    assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert checks(sa.inspect(db.engine)) == before


def test_a_shop_that_has_its_roles_already_gets_the_rights_that_came_later(app):
    db.session.remove()
    downgrade(revision="0003_indexes")
    with db.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO role (id, name) VALUES (1, 'owner'), (2, 'clerk'), (3, 'marketing')"))
    upgrade()
    of_verifying = f"permission = '{Permission.CUSTOMER_VERIFY}'"
    granted = sa.text(f"SELECT role_id, permission FROM role_grant WHERE {of_verifying} ORDER BY role_id")
    assert [tuple(row) for row in db.session.execute(granted)] == [
        (1, Permission.CUSTOMER_VERIFY),
        (2, Permission.CUSTOMER_VERIFY),
    ]
    for right in (Permission.CUSTOMER_ERASE, Permission.CUSTOMER_MERGE):
        holders = sa.text(f"SELECT role_id FROM role_grant WHERE permission = '{right}'")
        assert db.session.scalars(holders).all() == [1]
    db.session.remove()
    downgrade(revision="0003_indexes")
    assert db.session.execute(granted).all() == []
    db.session.execute(sa.text("DELETE FROM role"))
    db.session.commit()
    db.session.remove()
    upgrade()


def test_a_shop_that_has_its_roles_already_gets_the_rights_about_records(app):
    db.session.remove()
    downgrade(revision="0005_jobs_and_files")
    with db.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO role (id, name) VALUES (1, 'owner'), (2, 'clerk'), (3, 'marketing')"))
    upgrade()
    rights = (Permission.CUSTOMER_REVEAL, Permission.CUSTOMER_CREDIT)
    granted = sa.select(RoleGrant.role_id, RoleGrant.permission).where(RoleGrant.permission.in_(rights))
    assert set(db.session.execute(granted).tuples()) == {(1, rights[0]), (2, rights[0]), (1, rights[1])}
    db.session.execute(sa.text("DELETE FROM role_grant"))
    db.session.execute(sa.text("DELETE FROM role"))
    db.session.commit()


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET verb = 'nothing'", "DELETE FROM audit_entry"])
def test_nobody_changes_or_removes_what_was_recorded(app, act):
    record("customer.changed", Subject("customer", 1, "Ann"), by=OPERATOR)
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        db.session.execute(sa.text(act))
    db.session.rollback()
    assert db.session.scalars(sa.select(AuditEntry.verb)).all() == ["customer.changed"]


def test_consent_of_before_waits_for_the_worker_and_suppressions_know_clear_from_hashed(app):
    db.session.remove()
    downgrade(revision="0023_segments")
    line = "INSERT INTO consent_event (subject_hmac, audience_id, action, source, at, address, browser, actor) VALUES "
    with db.engine.begin() as connection:
        connection.execute(
            sa.text(f"{line} ('{'0' * 64}', 1, 'request', 'account', '2026-01-01 00:00:00', '', '', '')")
        )
        for key in ("ann@demo.example", "f" * 64):
            row = f"INSERT INTO suppression (email_key, reason, at) VALUES ('{key}', 'x', '2026-01-01 00:00:00')"
            connection.execute(sa.text(row))
    upgrade()
    known = db.session.execute(sa.text("SELECT email_key, subject_hmac, scope FROM suppression ORDER BY id")).all()
    assert [tuple(row) for row in known] == [("ann@demo.example", None, "all"), (None, "f" * 64, "all")]
    assert (verifying.verify().waiting, verifying.verify().faults) == (1, [])
    assert chain.seal_backlog() == 1
    db.session.commit()
    assert (verifying.verify().waiting, verifying.verify().faults) == (0, [])
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(sa.text("UPDATE consent_event SET action = 'confirm'"))
    db.session.rollback()
