"""What staff keep and begin: a view, a job, many decisions at once, an import, a pair; and Ann's own file."""

import io
from datetime import timedelta

import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import OPERATOR, Actor
from portal.customers.models import Customer, CustomerMerge
from portal.customers.service import duplicates, merging
from portal.foundation import clock, files
from portal.foundation.database import db
from portal.groups.models import DecisionRun, Membership
from portal.jobs.models import Job, JobState
from portal.staff.models import SavedView, StaffMember
from portal.storefront import everything_held
from portal.transfers.service import permitting, uploading
from portal.transfers.service.permitting import Wanted
from tests import cast
from tests.cast import Person
from tests.hostile.doors import Facts

# Addresses of what Otto keeps for himself, whatever the rights of others are.
OF_OTTO = (
    *("/staff/jobs/", "/staff/customers/views/", "/staff/approvals/several/<int:number>"),
    "/staff/transfers/exports/<int:export_id>/file",
)
FILE = b"Email,First name,Last name\nfay@demo.example,Fay,File\n"


def facts(ann_id: int, ben_id: int) -> Facts:
    """A record of each, by the places of the addresses that name it."""
    otto = db.session.scalars(sa.select(StaffMember).where(StaffMember.email == cast.OTTO.email)).one()
    by = Actor(ActorKind.STAFF, otto.id, otto.name)
    view = SavedView(staff_member_id=otto.id, name="Mine", name_key="mine", query="status=enabled")
    run = DecisionRun(staff_member_id=otto.id, decision="approve", results=[])
    chosen = {"act": "disable", "choice": {"reason": "Asked"}, "said": [], "ids": [ann_id]}
    job = Job(kind="customers.bulk", parameters=chosen, owner_kind=by.kind, owner_id=by.id, owner_name=by.name)
    job.state, job.started_at, job.finished_at = JobState.DONE, clock.now(), clock.now()
    job.result = {"changed": 1}
    own = files.store(
        b"PK",
        purpose=everything_held.PURPOSE,
        media_type="application/zip",
        customer_id=ann_id,
        kept_for=timedelta(days=7),
    )
    club = cast.group("Club", at_registration=False)
    db.session.add_all([view, run, job, own, Membership(customer_id=ann_id, group_id=club.id, is_preferred=False)])
    people = db.session.get_one(Customer, ann_id), db.session.get_one(Customer, ben_id)
    pair = duplicates.pair_of(*people)
    table = uploading.receive(io.BytesIO(FILE), "people.csv", size=len(FILE), by=by)
    merge = _merged()
    asked = permitting.ask(Wanted((), "", "csv"), {}, "For the printer", by=by)
    db.session.commit()
    return {
        "view": str(view.id),
        "bulk name": "disable",
        "customer_export kind": "csv",
        "job_id": str(job.id),
        "approval_batches number": str(run.id),
        "my_data file_id": str(own.id),
        "pair_id": str(pair.id),
        "merge_id": str(merge.id),
        "import_id": str(table.id),
        "export_id": str(asked.id),
        "/account/groups/<int:group_id>/leave group_id": str(club.id),
        "/account/groups/<int:group_id>/prefer group_id": str(club.id),
    }


def _merged() -> CustomerMerge:
    """Two records of somebody without an account, made one."""
    kept, gone = (
        cast.customer(
            Person("Tia", "Twice", f"tia.{word}@demo.example"), with_account=False, number=f"T-{word.upper()}"
        )
        for word in ("kept", "gone")
    )
    return merging.merge(kept, gone, taken=[], takes_account=False, by=OPERATOR)
