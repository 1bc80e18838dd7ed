"""Who may see a job, which is who may stop it, and whether it can be taken back."""

from portal.audit.models import ActorKind
from portal.backoffice import job_kinds
from portal.backoffice.job_kinds import Undo
from portal.foundation.clock import now
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.text import _
from portal.jobs import queries
from portal.jobs.models import Job
from portal.staff.guards import may, may_everywhere, the_member
from portal.staff.rules import Permission


def find(job_id: int) -> Job:
    """A job that the member at work may see: their own, or any with the right to read the audit log.

    Either way they need the right that its work needs, since the rows it refused hold what that right opens.

    Raises:
        NotFound: there is no such job, or it is somebody else's business.
    """
    job = queries.by_id(job_id)
    if job is None or not _has_right(job) or not (_is_mine(job) or may(Permission.AUDIT_VIEW)):
        raise NotFound(_("There is no such job."))
    return job


def may_undo(job: Job) -> bool:
    """Whether a job that the member at work may see can be taken back now."""
    return queries.undone_by(job.id) is None and _why_not(job) == ""


def undo_of(job: Job) -> Undo:
    """How a job is taken back.

    Raises:
        Conflict: it cannot be, or not any more.
    """
    refusal = _why_not(job)
    kind = job_kinds.of(job)
    if refusal or kind.undo is None:
        raise Conflict(refusal)
    return kind.undo


def _why_not(job: Job) -> str:
    undo = job_kinds.of(job).undo
    if undo is None or not undo.fits(job):
        return _("This job can’t be taken back.")
    if job.finished_at is None:
        return _("This job still runs. Stop it first, or wait for its end.")
    if now() - job.finished_at > undo.within:
        return _("This job ended too long ago to be taken back.")
    return ""


def _has_right(job: Job) -> bool:
    """Somebody else's job asks for the right in all stores: it is stopped or taken back once, for everybody."""
    permission = job_kinds.of(job).permission
    return permission is None or (may(permission) if _is_mine(job) else may_everywhere(permission))


def _is_mine(job: Job) -> bool:
    return job.owner_kind is ActorKind.STAFF and job.owner_id == the_member().id
