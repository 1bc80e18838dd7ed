"""Take an import of subscribers back: who came in by it goes again, unless they or anybody did something since.

The lines that the import wrote stay sealed as they are; another line each says that it was taken back. That is no
departure, so a better file may bring the same people in.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.ledgers import chain
from portal.newsletter import queries
from portal.newsletter.models import (
    Campaign,
    ConsentAction,
    ConsentEvent,
    ConsentImport,
    ConsentSource,
    Delivery,
    Subscription,
    SubscriptionState,
)
from portal.staff.rules import Permission
from portal.staff.service import owning

KIND = "newsletter.import_undo"
AT_ONCE = 500


def start(job: Job, by: Actor) -> Job:
    """Begin to take back what an import did."""
    told = {name: job.parameters[name] for name in ("import", "audience", "name")}
    return jobs.start(KIND, told, by=by, total=job.result.get("added", 0), undoes=job)


@jobs.runs(KIND)
def step(job: Job) -> bool:
    """Take back the next ones; who did something since is named and stays.

    Raises:
        NotFound: the audience is gone.
        NotAllowed: whoever takes it back may not import any more.
    """
    owning.reach_of(job, Permission.AUDIENCE_IMPORT)
    declared = db.session.get(ConsentImport, job.parameters["import"])
    audience = queries.audience(job.parameters["audience"])
    if declared is None or audience is None:
        raise NotFound(_("This import is gone."))
    brought = ConsentEvent.import_id == declared.id, ConsentEvent.action == ConsentAction.IMPORT
    query = sa.select(ConsentEvent).where(*brought, ConsentEvent.id > job.cursor.get("after", 0))
    lines = db.session.scalars(query.order_by(ConsentEvent.id).limit(AT_ONCE)).all()
    by = Actor(job.owner_kind, job.owner_id, job.owner_name)
    removed = _take_back(job, declared, lines, by) if lines else 0
    job.result = {"removed": job.result.get("removed", 0) + removed}
    if lines:
        job.cursor, job.done = {"after": lines[-1].id}, job.done + len(lines)
    if len(lines) == AT_ONCE:
        return True
    subject = Subject("audience", audience.id, audience.name)
    audit.record("audience.import_undone", subject, by=by, changes={"file": (declared.file_name, None)})
    return False


def _take_back(job: Job, declared: ConsentImport, lines: Sequence[ConsentEvent], by: Actor) -> int:
    """Take back some lines of an import; returns how many could be."""
    audience_id: int = job.parameters["audience"]
    rows = _locked(audience_id, [emails.key(line.email) for line in lines if line.email])
    later = _acted_later(audience_id, lines)
    written_to = _written_to(audience_id, declared, [row.id for row in rows.values()])
    gone: list[ConsentEvent] = []
    for place, line in enumerate(lines, job.done + 1):
        row = rows.get(emails.key(line.email)) if line.email else None
        if row is None or line.subject_hmac in later or not _is_untouched(row):
            words = _("Did something since the import, or is gone, so nothing is changed")
            jobs.problem(job, words, line=place, subject=line.email or _("erased"))
            continue
        gone.append(line)
        if row.id in written_to:  # the link out of the mail that they have must find them
            row.state, row.changed_at = SubscriptionState.UNSUBSCRIBED, now()
        else:
            db.session.delete(row)
    db.session.flush()
    chain.write(ConsentEvent, [_line(line, by) for line in gone])
    return len(gone)


def _line(line: ConsentEvent, by: Actor) -> dict[str, object]:
    return {
        "subject_hmac": line.subject_hmac,
        "email": line.email,
        "audience_id": line.audience_id,
        "action": ConsentAction.WITHDRAW,
        "source": ConsentSource.IMPORT,
        "at": now(),
        "actor": by.name[:120],
        "import_id": line.import_id,
    }


def _locked(audience_id: int, keys: Sequence[str]) -> dict[str, Subscription]:
    mine = sa.select(Subscription).where(Subscription.audience_id == audience_id, Subscription.email_key.in_(keys))
    locked = mine.order_by(Subscription.id).with_for_update(of=Subscription).execution_options(populate_existing=True)
    return {row.email_key: row for row in db.session.scalars(locked)}


def _is_untouched(row: Subscription) -> bool:
    """Whether a subscription is as an import makes it: a preference that its owner set stands in no ledger."""
    is_new = row.changed_at == row.created_at and row.days_between == 0 and not row.counts_clicks
    return is_new and row.state is SubscriptionState.ACTIVE


def _acted_later(audience_id: int, lines: Sequence[ConsentEvent]) -> set[str]:
    """The hashes of those of whom the ledger knows more since an import's line."""
    newest = (
        sa.select(ConsentEvent.subject_hmac, sa.func.max(ConsentEvent.id))
        .where(
            ConsentEvent.subject_hmac.in_([line.subject_hmac for line in lines]),
            ConsentEvent.audience_id == audience_id,
        )
        .group_by(ConsentEvent.subject_hmac)
    )
    last = dict(db.session.execute(newest).tuples().all())
    return {line.subject_hmac for line in lines if last[line.subject_hmac] != line.id}


def _written_to(audience_id: int, declared: ConsentImport, ids: Sequence[int]) -> set[int]:
    """Those who are in the ledger of a campaign that began since."""
    since = sa.select(Campaign.id).where(Campaign.audience_id == audience_id, Campaign.started_at >= declared.at)
    campaigns = db.session.scalars(since).all()
    got = sa.select(Delivery.subscription_id).where(
        Delivery.campaign_id.in_(campaigns), Delivery.subscription_id.in_(ids)
    )
    return set(db.session.scalars(got)) if campaigns else set()
