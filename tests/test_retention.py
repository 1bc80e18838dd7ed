"""What is kept for a while and then goes by itself: the day before it is there, the day after it is not."""

import os
import secrets
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Registration
from portal.accounts.service import registration
from portal.audit.service import OPERATOR, Actor
from portal.customers import custom_queries
from portal.customers.models import ApplicationAnswer, CustomerView, FieldKind, FieldValue
from portal.customers.service import custom_values, erasure
from portal.customers.service.custom_values import Upload
from portal.foundation import clock as time
from portal.foundation import database, files, retention
from portal.foundation.database import db
from portal.foundation.files import StoredFile
from portal.groups.models import Application, ApplicationState, Approval, Membership
from portal.jobs.models import Job, JobItem, JobProblem
from portal.jobs.service import start
from portal.mail import service as mail
from portal.mail import transport
from portal.mail.models import OutboxMessage, State
from portal.newsletter.models import Subscription
from tests import cast
from tests.accounts import stage
from tests.storefront.newcomer import only


@pytest.fixture
def scan():
    """A licence whose bytes nobody else's files have: those of other tests lie beside."""
    return Upload(b"%PDF-1.4 licence " + secrets.token_bytes(16), "licence.pdf", "application/pdf")


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


def forget():
    while retention.forget_some():
        pass
    db.session.expire_all()


def due():
    """What would go now, by kind."""
    return {rule.what: number for rule in retention.rules() if (number := rule.count())}


def rows(table):
    return db.session.scalar(sa.select(sa.func.count()).select_from(table))


def seen(ann):
    db.session.add(CustomerView(customer_id=ann.id, member_id=1, member_name="Clara", at=time.now()))


def mailed(ann):
    mail.post("customers.my_data", ann.email, customer=ann.id)
    db.session.execute(sa.update(OutboxMessage).values(state=State.SENT, settled_at=time.now()))


def wished(_ann):
    row = Subscription(email="who@demo.example", email_key="who@demo.example", audience_id=1, state="pending")
    db.session.add(row)


def worked(ann):
    job = start("customers.add_tag", {}, by=Actor("staff", 1, "Clara"))
    job.state, job.finished_at = "done", time.now()
    db.session.add_all([JobItem(job_id=job.id, thing_id=ann.id), JobProblem(job_id=job.id, reason="No")])


KINDS = {
    "Looks at customers by staff": (seen, CustomerView, 365),
    "Mails": (mailed, OutboxMessage, 365),
    "Newsletter wishes never confirmed": (wished, Subscription, 30),
    "Jobs and what they refused": (worked, Job, 90),
}


@pytest.mark.parametrize("what", KINDS)
def test_each_kind_stays_to_its_last_day_and_goes_after_it(ann, clock, what):
    make, table, days = KINDS[what]
    make(ann)
    db.session.commit()
    clock.shift(timedelta(days=days, minutes=-1))
    forget()
    assert (due(), rows(table)) == ({}, 1)
    clock.shift(timedelta(minutes=2))
    assert what in due()
    assert rows(table) == 1
    forget()
    assert (due(), rows(table)) == ({}, 0)


@pytest.mark.parametrize("setting", ["keep_mails", "keep_jobs", "keep_looks", "keep_application_files"])
def test_nought_keeps_for_ever(ann, clock, shop_wants, setting):
    shop_wants(**{setting: 0})
    for make in (seen, mailed, worked):
        make(ann)
    db.session.commit()
    clock.shift(timedelta(days=4000))
    table = {"keep_mails": OutboxMessage, "keep_jobs": JobItem, "keep_looks": CustomerView}.get(setting)
    forget()
    assert table is None or rows(table) == 1
    assert {rule.setting for rule in retention.rules() if not rule.days()} == {setting}


def test_a_job_goes_with_all_that_it_noted_however_much(ann, clock, monkeypatch):
    monkeypatch.setattr("portal.jobs.service.forgetting.ROWS_AT_ONCE", 2)
    worked(ann)
    db.session.add_all(JobItem(job_id=only(Job).id, thing_id=1000 + number) for number in range(5))
    db.session.commit()
    clock.shift(timedelta(days=91))
    forget()
    assert [rows(table) for table in (Job, JobItem, JobProblem)] == [0, 0, 0]


def test_a_kind_that_breaks_does_not_keep_the_others(ann, clock, monkeypatch, caplog):
    seen(ann)
    db.session.commit()
    monkeypatch.setitem(retention._rules, "A", retention.Rule("A", lambda: 1, "", lambda: 0, lambda: 1 // 0))
    clock.shift(timedelta(days=366))
    forget()
    assert rows(CustomerView) == 0
    assert "Forgetting broke: A" in caplog.text


# Mails that were kept as files


def kept_mail(app, name, to):
    folder = transport.folder().path
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"From: shop@demo.example\nTo: {to}\nSubject: Hello\n\nHello\n")
    os.utime(path, (time.now().timestamp(),) * 2)
    return path


def test_kept_mails_go_with_their_days(app, ann, clock):
    old = kept_mail(app, "20261121-120000-000001-a.eml", ann.email)
    clock.shift(timedelta(days=300))
    new = kept_mail(app, "20261121-120000-000002-b.eml", ann.email)
    clock.shift(timedelta(days=66))
    assert due()["Mails kept as files"] == 1
    forget()
    assert (old.exists(), new.exists()) == (False, True)
    new.unlink()


def test_kept_mails_go_with_the_person_and_those_of_others_stay(app, ann):
    hers = kept_mail(app, "20261121-120000-000003-a.eml", f"Ann <{ann.email.upper()}>")
    others = kept_mail(app, "20261121-120000-000004-b.eml", cast.BEN.email)
    with database.transaction():
        erasure.erase(ann, by=OPERATOR, reason="Asked by letter")
    assert (hers.exists(), others.exists()) == (False, True)
    others.unlink()


# Files of applications


@pytest.fixture
def licence(app):
    return cast.custom_field("Licence", FieldKind.FILE, {cast.group("Trade", Approval.UPGRADE).id: True})


def applied(ann, field, scan, state=ApplicationState.DECLINED):
    """Ann's application with a file, over now."""
    application = Application(customer_id=ann.id, group_id=field.groups[0].group_id)
    application.state, application.decided_at = state, time.now()
    db.session.add(application)
    db.session.flush()
    custom_values.write(ann, {field.id: scan}, by=OPERATOR)
    [value] = custom_queries.values_of(ann.id)
    db.session.add(
        ApplicationAnswer(application_id=application.id, field_id=field.id, value="licence.pdf", file_id=value.file_id)
    )
    db.session.commit()
    return application


def is_there(scan):
    return [path for path in (files._root()).rglob("*") if path.is_file() and path.read_bytes() == scan.content]


def test_the_file_of_an_application_goes_half_a_year_after_it_ended(app, ann, licence, clock, scan):
    applied(ann, licence, scan)
    clock.shift(timedelta(days=179))
    forget()
    assert len(is_there(scan)) == 1
    clock.shift(timedelta(days=2))
    assert due()["Files of applications that ended"] == 1
    forget()
    assert is_there(scan) == []
    assert [rows(StoredFile), rows(FieldValue)] == [0, 0]
    assert only(ApplicationAnswer).value == "licence.pdf"


def test_it_stays_while_the_customer_is_in_a_group_that_asks_for_it(app, ann, licence, clock, scan):
    application = applied(ann, licence, scan, ApplicationState.APPROVED)
    db.session.add(Membership(customer_id=ann.id, group_id=application.group_id, is_preferred=False))
    db.session.commit()
    clock.shift(timedelta(days=400))
    forget()
    assert rows(StoredFile) == 1
    db.session.execute(sa.delete(Membership).where(Membership.group_id == application.group_id))
    db.session.commit()
    forget()
    assert rows(StoredFile) == 0


def test_it_stays_while_another_application_shows_it(app, ann, licence, clock, scan):
    first = applied(ann, licence, scan)
    clock.shift(timedelta(days=181))
    again = Application(customer_id=ann.id, group_id=first.group_id)
    db.session.add(again)
    db.session.flush()
    old = only(ApplicationAnswer)
    db.session.add(
        ApplicationAnswer(application_id=again.id, field_id=old.field_id, value=old.value, file_id=old.file_id)
    )
    db.session.commit()
    forget()
    assert rows(StoredFile) == 1


# Files of registrations


def waiting(scan):
    """A registration with a file, as the form keeps it."""
    row = stage.registered(cast.BEN)
    stored = files.store(scan.content, purpose="answer", media_type=scan.media_type, kept_for=timedelta(days=70))
    row.answers = {"1": {"value": "licence.pdf", "file": stored.id}}
    db.session.commit()


def test_a_registration_that_nobody_confirms_ends_with_its_files(app, clock, scan):
    waiting(scan)
    clock.shift(registration.REGISTRATION_KEPT + timedelta(minutes=1))
    with database.transaction():
        registration.sweep()
    assert rows(Registration) == 1
    assert (rows(StoredFile), is_there(scan)) == (0, [])


def test_so_does_one_whose_address_has_an_account_by_now(app, scan):
    waiting(scan)
    with database.transaction():
        registration.supersede(cast.BEN.email)
    assert (rows(StoredFile), is_there(scan)) == (0, [])


def test_a_file_that_became_the_customers_stays(app, ann, scan):
    waiting(scan)
    db.session.execute(sa.update(StoredFile).values(customer_id=ann.id))
    with database.transaction():
        registration.supersede(cast.BEN.email)
    assert rows(StoredFile) == 1


def test_who_is_erased_leaves_no_file_of_a_registration(app, scan):
    waiting(scan)
    ben = cast.customer(cast.BEN)
    with database.transaction():
        erasure.erase(ben, by=OPERATOR, reason="Asked by letter")
    assert (rows(StoredFile), is_there(scan)) == (0, [])


# The command


def test_the_command_says_what_would_go_and_forgets_only_when_told(app, ann, clock):
    seen(ann)
    db.session.commit()
    clock.shift(timedelta(days=366))
    told = app.test_cli_runner().invoke(args=["privacy", "retention", "--dry-run"])
    assert told.exit_code == 0, told.output
    [line] = [line for line in told.output.splitlines() if line.startswith("Looks at")]
    assert " ".join(line.split()) == "Looks at customers by staff kept 365 days 1 would go (PORTAL_KEEP_LOOKS)"
    assert rows(CustomerView) == 1
    done = app.test_cli_runner().invoke(args=["privacy", "retention"])
    assert done.output.splitlines()[-1] == "1 forgotten."
    assert rows(CustomerView) == 0
