"""Files become customers: what is new, what changes, what is refused, and the way back."""

import io
import json

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.backoffice.transfers import telling
from portal.customers import queries as customers
from portal.customers.models import Address, Customer, CustomerStatus
from portal.foundation import database
from portal.foundation.database import db
from portal.jobs import queries as jobs
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due, running
from portal.newsletter import queries as newsletter
from portal.newsletter.models import ConsentAction, ConsentEvent, SubscriptionState
from portal.transfers import queries
from portal.transfers.errors import NotReadable, NotReady
from portal.transfers.models import Outcome, Stage
from portal.transfers.service import staging, uploading
from tests import cast
from tests.transfers.conftest import EVERYTHING, OTTO

HASH = "$2y$04$abcdefghijklmnopqrstuuJq3kUj0M0Zq5c1e2f3g4h5i6j7k8l9m"
HEAD = "first_name,last_name,email,telephone"


def test_new_customers_have_all_that_the_verbs_give_them(imported, outbox):
    imported(
        f"{HEAD},remarks\nPriya,Raman,priya@shop.example,+91 98765 43210,Likes tea\nÉlodie,,elodie@shop.example,,\n"
    )
    priya = customers.by_email("priya@shop.example")
    assert (priya.name, priya.telephone.e164, priya.remarks) == ("Priya Raman", "+919876543210", "Likes tea")
    assert priya.status is CustomerStatus.NO_ACCOUNT
    assert priya.search_text.split() == ["priya", "raman", priya.number, "priya@shop.example", "+919876543210"]
    assert [store.code for store in priya.stores] == ["online"]
    assert customers.by_email("elodie@shop.example").sort_name == "elodie"
    assert [found.number for found in customers.find("priya").rows] == [priya.number]
    assert outbox() == []


def test_the_check_writes_nobody_and_counts_what_will_happen(checked):
    ann = cast.customer(cast.ANN)
    wanted = checked(f"{HEAD}\nAnne,Adeyemi,ANN@demo.example,\nNew,One,new@shop.example,\nBad,One,nonsense,\n")
    assert wanted.counts == {"change": 1, "new": 1, "problem": 1}
    [change] = queries.rows(wanted.id, Outcome.CHANGE)
    assert (change.line, change.found_by, change.first_name) == (2, "email", "Anne")
    [problem] = queries.rows(wanted.id, Outcome.PROBLEM)
    assert (problem.line, problem.column, problem.value) == (4, "email", "nonsense")
    assert "no email address" in problem.reason
    db.session.refresh(ann)
    assert ann.first_name == "Ann"
    assert customers.by_email("new@shop.example") is None


def test_empty_cells_change_nothing_and_a_change_raises_the_version(imported):
    ben = cast.customer(cast.BEN, with_account=False)
    imported(f"{HEAD}\n,Bront,ben@demo.example,\n")
    db.session.refresh(ben)
    assert (ben.first_name, ben.last_name, ben.version) == ("Ben", "Bront", 2)
    assert ben.telephone.typed == cast.BEN.telephone
    assert "bront" in ben.search_text


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("customer_number", "T-BEN,,,,"),
        ("email", ",,ben@demo.example,,"),
        ("telephone", ",,,+447700900123,"),
        ("external_id", ",,,,old-7"),
    ],
)
def test_customers_are_found_by_the_key_that_was_chosen(imported, key, cells):
    ben = cast.customer(cast.BEN, with_account=False)
    ben.external_id = "old-7"
    db.session.commit()
    imported(f"customer_number,first_name,email,telephone,external_id,remarks\n{cells},seen\n", key=key)
    db.session.refresh(ben)
    assert ben.remarks == "seen"


def test_who_belongs_to_somebody_else_or_comes_twice_is_refused(checked):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN)
    twice = ",A,same@shop.example\n,B,SAME@shop.example\n,Ann,ann@demo.example\n,Ann,ann@demo.example\n"
    rows = f"T-ANN,Ann,ben@demo.example\n{twice}"
    wanted = checked(f"customer_number,first_name,email\n{rows}")
    told = [(row.line, row.column) for row in queries.rows(wanted.id, Outcome.PROBLEM)]
    assert told == [(2, "email"), (4, "email"), (6, "email")]


def test_an_address_that_somebody_signs_in_with_stays(checked):
    cast.customer(cast.ANN)
    wanted = checked("customer_number,first_name,email\nT-ANN,Ann,other@shop.example\n")
    assert "signs in" in queries.rows(wanted.id, Outcome.PROBLEM)[0].reason


def test_consent_counts_with_date_and_source_alone(imported):
    head = "first_name,email,consent_at,consent_source"
    imported(
        f"{head}\nA,a@shop.example,2024-03-01,Old shop form\nB,b@shop.example,2024-03-01,\nC,c@shop.example,,Form\n"
    )
    assert newsletter.state_of("a@shop.example") is SubscriptionState.ACTIVE
    assert newsletter.state_of("b@shop.example") is None
    assert newsletter.state_of("c@shop.example") is None
    event = db.session.scalars(sa.select(ConsentEvent)).one()
    assert (event.action, event.actor) == (ConsentAction.IMPORT, "Otto Owner: Old shop form")
    assert event.at.isoformat().startswith("2024-03-01")


def test_a_hash_of_the_old_shop_becomes_an_account_and_other_hashes_do_not(imported):
    imported(f"first_name,email,password_hash\nA,a@shop.example,{HASH}\nB,b@shop.example,md5:1234\n")
    account = db.session.scalars(sa.select(Account)).one()
    assert (account.email, account.password_hash) == ("a@shop.example", HASH)
    assert customers.by_email("a@shop.example").status is CustomerStatus.ENABLED
    assert customers.by_email("a@shop.example").account_id == account.id
    assert customers.by_email("b@shop.example").status is CustomerStatus.NO_ACCOUNT


@pytest.mark.parametrize("cost", ["05", "15", "31"])
def test_a_hash_dearer_than_the_shops_own_is_left_out_and_the_preview_says_so(checked, begun, cost):
    wanted = checked(f"first_name,email,password_hash\nA,a@shop.example,{HASH.replace('$04$', f'${cost}$')}\n")
    [row] = telling.told(queries.rows(wanted.id, Outcome.NEW))
    assert [what for what in row["diff"] if "choose a new password" in what[2]]
    begun(wanted)
    assert customers.by_email("a@shop.example").status is CustomerStatus.NO_ACCOUNT
    assert db.session.scalars(sa.select(Account)).all() == []


def test_addresses_groups_and_disabled_ones_come_along(imported):
    group = cast.group("Trade")
    head = "first_name,email,status,customer_group,address_1,city,state,postcode,country"
    imported(f"{head}\nA,a@shop.example,disabled,trade,1 MG Road,Pune,Maharashtra,411001,IN\n")
    found = customers.by_email("a@shop.example")
    assert found.status is CustomerStatus.DISABLED
    address = db.session.scalars(sa.select(Address).where(Address.customer_id == found.id)).one()
    assert (address.city, address.is_delivery, address.recipient) == ("Pune", True, "A")
    from portal.groups import queries as groups

    assert groups.preferred_group(found.id).id == group.id


def test_a_row_with_more_cells_than_the_head_is_refused_and_none_is_cut_off(checked):
    head, row = "name,email,street,nothing", "Al,a@shop.example,2, MG Road, Pune"
    wanted = checked(f"{head}\n{row}\nBo,b@shop.example,2 MG Road,,,\n")
    assert wanted.counts == {"problem": 1, "new": 1}
    [problem] = queries.rows(wanted.id, Outcome.PROBLEM)
    assert (problem.line, problem.column, problem.value) == (2, "", "")
    assert "more cells than the head" in problem.reason
    assert json.loads(problem.raw) == row.split(",")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_files_are_read_as_shops_write_them(checked, encoding, separator):
    text = "\r\n".join(separator.join(row) for row in (["Vorname", "E-Mail"], ["Jürgen", "j@shop.example"])) + "\r\n"
    wanted = checked(text.encode(encoding), mapping=["first_name", "email"])
    [row] = queries.rows(wanted.id, Outcome.NEW)
    assert row.first_name == "Jürgen"


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"first_name,email\n", b"PK\x03\x04broken", b"\x81\x8d\x00\xff" * 40]
)
def test_what_is_no_table_is_refused_in_words(app, content):
    with pytest.raises(NotReadable):
        uploading.receive(io.BytesIO(content), "x", size=len(content), by=OTTO)
    with pytest.raises(NotReadable):
        uploading.receive(io.BytesIO(b"a,b\n1,2\n"), "x", size=51 * 1024 * 1024, by=OTTO)


@pytest.mark.parametrize(
    ("heads", "fields"),
    [
        (
            "Customer ID,First Name,Last Name,Email,Default Address Zip,Phone,Note",
            "external_id first_name last_name email postcode telephone remarks",
        ),
        (
            "user_id,user_email,user_pass,first_name,last_name,billing_phone",
            "external_id email password_hash first_name last_name telephone",
        ),
        (
            "entity_id,email,firstname,lastname,dob,password_hash",
            "external_id email first_name last_name date_of_birth password_hash",
        ),
        (
            "customer_id,firstname,lastname,email,telephone,password",
            "external_id first_name last_name email telephone password_hash",
        ),
    ],
)
def test_exports_of_other_shops_are_known_by_their_heads(app, heads, fields):
    from portal.transfers.rules import columns

    assert columns.guess(heads.split(",")) == fields.split(" ")


def test_an_import_begins_once_and_is_one_entry_of_the_audit_log(imported):
    wanted = imported(f"{HEAD}\nA,B,a@shop.example,\nC,D,c@shop.example,\n")
    assert wanted.stage is Stage.DONE
    with pytest.raises(NotReady):
        uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "customers.imported")).all()
    assert [entry.changes["new"] for entry in entries] == [[None, 2]]


def test_what_changed_between_check_and_import_is_left_out_and_named(checked):
    ben = cast.customer(cast.BEN, with_account=False)
    wanted = checked(f"{HEAD}\nBenny,,ben@demo.example,\nNew,One,new@shop.example,\n")
    ben.version += 1
    cast.customer(cast.Person("Quick", "One", "new@shop.example"), with_account=False)
    job = uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    db.session.commit()
    advance_due()
    db.session.expire_all()
    assert (ben.first_name, customers.by_email("new@shop.example").first_name) == ("Ben", "Quick")
    assert [problem.line for problem in jobs.problems(job.id).rows] == [2, 3]


def test_undo_removes_who_was_made_and_gives_back_what_was_changed_unless_touched(imported):
    ben = cast.customer(cast.BEN, with_account=False)
    ivy = cast.customer(cast.IVY, with_account=False)
    known = "Benny,,ben@demo.example,+447700900999\nIvonne,,ivy@demo.example,\n"
    rows = known + "A,B,a@shop.example,\nC,D,c@shop.example,\nE,F,e@shop.example,\n"
    wanted = imported(f"{HEAD}\n{rows}")
    customers.by_email("c@shop.example").version += 1
    db.session.refresh(ivy)
    ivy.version += 1
    db.session.commit()
    undone = uploading.undo(db.session.get_one(Job, wanted.job_id), OTTO)
    db.session.commit()
    advance_due()
    db.session.expire_all()
    assert (ben.first_name, ben.telephone.typed, ben.search_text.split()[0]) == ("Ben", cast.BEN.telephone, "ben")
    assert ivy.first_name == "Ivonne"
    left = [customers.by_email(f"{one}@shop.example") is not None for one in "ace"]
    assert left == [False, True, False]
    assert [row.line for row in jobs.problems(undone.id).rows] == [3, 5]
    assert queries.by_id(wanted.id).stage is Stage.UNDONE


def test_a_step_that_dies_leaves_nothing_half_and_the_next_worker_goes_on(checked, monkeypatch):
    monkeypatch.setattr(staging, "batch", lambda: 3)
    rows = "".join(f"P{n},Q,p{n}@shop.example,\n" for n in range(10))
    wanted = checked(f"{HEAD}\n{rows}")
    assert wanted.counts == {"new": 10}
    uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    db.session.commit()
    claimed = running.claim()
    running._advance(claimed)
    with monkeypatch.context() as broken:
        broken.setattr("portal.transfers.service.importing._tell", _die)
        with pytest.raises(KeyboardInterrupt):
            running._advance(claimed)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Customer.id))) == 3
    db.session.execute(sa.update(Job).values(due_at=wanted.created_at))
    db.session.commit()
    advance_due()
    with database.reading():
        assert db.session.scalar(sa.select(sa.func.count(Customer.id))) == 10
        assert db.session.get_one(Job, wanted.job_id).state is JobState.DONE


def _die(*_args):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("country", "typed", "e164"),
    [
        ("US", "(502) 211-1199", "+15022111199"),
        ("United Kingdom", "07700 900123", "+447700900123"),
        ("", "98765 43210", "+919876543210"),
        ("Nowhere", "98765 43210", "+919876543210"),
        ("DK", "98765 43210", "+919876543210"),  # ten digits: nobody in Denmark has that
        ("US", "+91 98765 43210", "+919876543210"),
    ],
)
def test_a_telephone_is_read_in_the_country_of_its_address_and_else_in_the_shops(checked, country, typed, e164):
    wanted = checked(f"{HEAD},country\nBo,Norman,bo@shop.example,{typed},{country}\n")
    [row] = queries.rows(wanted.id, Outcome.NEW)
    assert (row.telephone, row.e164) == (typed, e164)


def test_the_same_text_of_a_telephone_is_no_change_wherever_the_address_is(imported):
    imported(f"{HEAD}\nBo,Norman,bo@shop.example,98765 43210\n")
    wanted = imported(f"{HEAD},country\nBeau,Norman,bo@shop.example,98765 43210,US\n")
    assert wanted.counts == {"change": 1}
    assert customers.by_email("bo@shop.example").telephone.e164 == "+919876543210"
