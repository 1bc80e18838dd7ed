"""What somebody at the help desk might try: many guesses, many hands, many at once; and what is kept of it all."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.service import support_pin
from portal.foundation.database import db
from portal.staff.rules import ROLES
from tests import cast
from tests.backoffice.calling import CLERK, LIST, ask, enter, make_pin, open_case, say, secret_of
from tests.mails import text_of
from tests.work import measured

MARKETING = set(ROLES["marketing"])


def everything_kept(app):
    """Every value of every table, and what waits to be mailed, as one text."""
    rows = [db.session.execute(sa.select(table)).all() for table in db.metadata.sorted_tables]
    return json.dumps([[str(value) for row in table for value in row] for table in rows], ensure_ascii=False)


def test_ten_members_together_get_five_answers_a_day_compared(clock, app, browsers, ann):
    compared, refused = 0, 0
    for number in range(10):
        member = cast.Person(f"Member{number}", "Clerk", f"clerk{number}@demo.example")
        browser = enter(browsers(), member)
        ask(browser, ann)
        with measured() as work:
            for attempt in range(2):
                page = say(browser, f"guess {number} {attempt}")
                refused += "No more answers are taken" in page.text
        compared += len(work.hashes)
    assert (compared, refused) == (5, 15)
    assert "No more answers are taken" in say(browser, cast.ANSWER).text  # the right one, too
    clock.shift(timedelta(days=1))
    late = cast.Person("Late", "Clerk", "late@demo.example")
    browser = enter(browsers(), late)
    ask(browser, ann)
    assert "Match." in say(browser, cast.ANSWER).text


def test_what_callers_say_is_kept_nowhere(app, ann, mailbox, caplog, browsers):
    clerk = enter(browsers(), cast.CLARA, CLERK | MARKETING)
    caplog.set_level(logging.DEBUG)
    pages = []
    for said in ("canary wrong thing", cast.ANSWER):
        ask(clerk, ann)
        pages.append(say(clerk, said).text)
    pin = make_pin(ann)
    open_case(clerk, ann)
    clerk.send("/identity/pin", pin=pin)
    pages += [clerk.open(f"{LIST}/{ann.number}?tab={tab}").text for tab in ("profile", "mails", "security", "audit")]
    pages.append(clerk.client.get("/staff/audiences/1/export.csv?state=all").text)
    mails = "".join(text_of(mail) for mail in mailbox())
    for kept in (everything_kept(app), caplog.text, mails, *pages):
        for secret in ("canary wrong thing", "canarywrongthing", cast.ANSWER, "bluethunder"):
            assert secret not in kept
    assert f'"{pin}"' not in everything_kept(app)


def together(app, call, times=8):
    def once(number):
        with app.app_context():
            try:
                return call(number)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(once, range(times)))


def test_of_many_who_use_a_pin_at_once_one_has_it(app, ann):
    pin = make_pin(ann)
    account_id = ann.account_id
    db.session.remove()

    def use(_number):
        right = support_pin.use(account_id, pin)
        db.session.commit()
        return right

    assert sum(together(app, use)) == 1


def test_answers_sent_at_once_are_counted_each(app, clerk, ann):
    ask(clerk, ann)
    token = secret_of(clerk)
    cookie = "; ".join(f"{c.key}={c.value}" for c in clerk.client._cookies.values())
    db.session.remove()

    def guess(number):
        other = app.test_client(use_cookies=False)
        data = {"csrf_token": token, "said": f"guess {number}"}
        path = f"{LIST}/T-ANN/identity/answer"
        return other.post(path, data=data, headers={"Cookie": cookie}).status_code

    with measured() as work:
        statuses = together(app, guess)
    assert len(work.hashes) <= 3
    assert set(statuses) <= {303, 410, 422, 503}
