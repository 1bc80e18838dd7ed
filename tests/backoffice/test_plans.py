"""Every page of the back office finds its rows by an index: what a page reads does not grow with the shop."""

import html
import re
from collections import Counter

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from portal.customers.models import Customer, customer_store
from portal.foundation import clock
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import Application, ApplicationState
from tests import cast
from tests.backoffice.desk import at_desk
from tests.browsing import Browser
from tests.customers.test_plans import crowd, plan_of, plans, scans

GROWING = (
    "account|application|customer|customer_address|customer_telephone|group_membership|outbox_message|subscription"
)
OF_EACH = 2  # pages that differ in numbers or values alone
FEWEST = {"owner": 150, "clerk": 100}  # pages, and statements, that tell that the way through them was not cut short
IN_FULL = (  # what may be read as a whole: what a group is in use by, and the figures of an audience
    r"SELECT count\(\*\) AS count_1 \nFROM application \nWHERE application.group_id",
    r"AS standing, count\(\*\)",
)
SOON_OVER = (  # what ends with the first, and the newest mails, nearly all of which were sent
    r"SELECT EXISTS \(SELECT \* \nFROM subscription",
    r"FROM outbox_message\s+(WHERE outbox_message.state IN \(\S+\) )?ORDER BY outbox_message.id DESC\s+LIMIT",
)
LEFT_OUT = re.compile("sign-out|/export|/file|/photo")  # the last three read rows, and not for a page


def line_up():
    """The crowd, of whom a few apply for a group, and many did before."""
    crowd()
    ids = db.session.scalars(sa.select(Customer.id).order_by(Customer.id)).all()
    db.session.execute(sa.delete(customer_store))
    db.session.execute(sa.insert(customer_store), [{"customer_id": one, "store_id": 1} for one in ids])
    row = {"group_id": cast.group("Trade").id, "submitted_at": clock.now()}
    done = row | {"state": ApplicationState.DECLINED, "decided_at": clock.now(), "decided_by": "Otto"}
    db.session.execute(sa.insert(Application), [done | {"customer_id": one} for one in ids])
    db.session.execute(sa.insert(Application), [row | {"customer_id": one} for one in ids[::101]])
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()
    db.engine.dispose()  # SQLite reads what it knows when it opens


def open_all(browser: Browser, opened: list[str]) -> None:
    """Open every kind of page that links lead to, and note each before it is opened."""
    waiting, seen, of_kind = ["/staff"], {"/staff"}, Counter[tuple[str, tuple[str, ...]]]()
    while waiting:
        path = waiting.pop(0)
        address, _, query = path.partition("?")
        kind = re.sub(r"[A-Z]*-?\d[\w-]*", "#", address), tuple(sorted(re.findall(r"(?:^|&)(\w+)=", query)))
        of_kind[kind] += 1
        if of_kind[kind] > OF_EACH:
            continue
        opened.append(path)
        answer = browser.client.get(path)
        assert answer.status_code < 400, path
        for found in re.findall(r'href="([^"#]+)', answer.text):
            link = html.unescape(found)
            link = address + link if link.startswith("?") else link
            if link.startswith("/staff") and link not in seen and not LEFT_OUT.search(link):
                seen.add(link)
                waiting.append(link)


@pytest.mark.parametrize("wanted", [{}, {"group": True}, {"state": ApplicationState.SUBMITTED}], ids=str)
def test_the_queue_is_read_off_an_index_in_its_order(app, wanted):
    line_up()
    about = {"group_id": db.session.scalar(sa.select(Application.group_id))} if "group" in wanted else wanted
    first = groups.waiting(groups.Wanted(**about), size=5)
    plan, *_more = plans(lambda: groups.waiting(groups.Wanted(**about), after=first.after, size=5))
    assert re.search("USING INDEX ix_application_|Index Scan using ix_application_", plan), plan
    assert not re.search(r"USE TEMP B-TREE|Sort Key", plan), plan


@pytest.mark.parametrize("role", ["owner", "clerk"])
def test_no_page_reads_all_rows_of_what_grows_with_the_shop(app, browser, role):
    line_up()
    desk = at_desk(browser, role)
    opened: list[str] = []
    sent: dict[str, tuple[str, object]] = {}

    def note(_connection, _cursor, statement, parameters, *_rest):
        if statement.startswith(("SELECT", "WITH")):
            sent.setdefault(statement, (opened[-1], parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        open_all(desk, opened)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(opened) > FEWEST[role]
    assert len(sent) > FEWEST[role]
    if db.engine.dialect.name == "postgresql":  # three thousand rows are read through as fast as looked up
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    unknown = [
        (path, statement)
        for statement, (path, parameters) in sent.items()
        if not any(re.search(words, statement) for words in IN_FULL + SOON_OVER)
        and scans(plan_of(statement, parameters), GROWING)
    ]
    assert not unknown, unknown
