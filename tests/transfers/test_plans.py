"""How an import finds whom its rows are about: by an index, whatever the databases know of the customers."""

import sqlalchemy as sa

from portal.customers.models import Customer, CustomerStatus, Origin
from portal.foundation import clock
from portal.foundation.database import db
from tests.customers.test_plans import scans

MANY = 400
KNOWN = 5


def crowd():
    """People of whom nobody has an id of another system, as in most shops."""
    told = {"telephone_count": 0, "status": CustomerStatus.NO_ACCOUNT, "group_id": 1, "created_at": clock.now()}
    told |= {"created_through": Origin.DEMO, "first_name": "Kim", "last_name": "Ho"}
    people = [
        {"number": f"P-{n:05}", "email": f"{n}@demo.example", "email_key": f"{n}@demo.example", **told}
        for n in range(MANY)
    ]
    db.session.execute(sa.insert(Customer), people)
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()
    db.engine.dispose()  # SQLite reads what it knows when it opens


def test_no_step_of_an_import_reads_all_customers(app, checked, begun):
    crowd()
    sent = []

    def note(connection, _cursor, statement, parameters, _context, is_many):
        if "customer" in statement and not is_many and not statement.startswith(("EXPLAIN", "ANALYZE")):
            sent.append(plan_of(connection, statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        changes = "".join(f",,{n}@demo.example,,Told us\n" for n in range(KNOWN))
        wanted = checked("first_name,last_name,email,external_id,remarks\n" + changes + "Mia,Ho,mia@demo.example,M1,\n")
        begun(wanted)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert wanted.counts == {"change": KNOWN, "new": 1}
    assert len(sent) > 20
    assert not [plan for plan in sent if scans(plan)], [plan for plan in sent if scans(plan)]


def test_what_rows_before_have_taken_is_found_by_itself_and_not_among_all_of_their_import(app, checked):
    crowd()
    rows = "".join(f"P-{n:05},Kim,Ho,\nQ-{n:05},Kim,Ho,{n}@first.example\n" for n in range(MANY))
    checked("customer_number,first_name,last_name,email\n" + rows)
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()
    db.engine.dispose()
    plans = []

    def note(connection, _cursor, statement, parameters, _context, _is_many):
        if "customer_import_row" in statement and ("unnest" in statement or "json_each" in statement):
            plans.append(plan_of(connection, statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        checked("customer_number,first_name,last_name,email\nM-1,Mia,Ho,mia@demo.example\n,,,1@demo.example\n")
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    for index in ("number_import_id", "email_key_import_id", "customer_id"):
        assert any(f"ix_customer_import_row_{index}" in plan for plan in plans), plans


def plan_of(connection, statement, parameters):
    driver = connection.connection.driver_connection
    if db.engine.dialect.name == "sqlite":
        return "\n".join(row[-1] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))
    driver.execute("SET enable_seqscan = off")  # few rows are read through as fast; a scan that is left none avoids
    told = "\n".join(row[-1] for row in driver.execute(f"EXPLAIN {statement}", parameters))
    driver.execute("RESET enable_seqscan")
    return told
