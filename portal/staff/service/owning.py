"""Whoever began a long job keeps the right to it, or the job ends: a job is no way around a dismissal."""

from portal.audit.models import ActorKind
from portal.foundation.errors import NotAllowed
from portal.foundation.text import _
from portal.jobs.models import Job
from portal.staff import queries
from portal.staff.rules import Permission, Reach

NOBODY: Reach = frozenset()


def reach_of(job: Job, permission: Permission) -> Reach:
    """Over the customers of which stores whoever began a job has a right now; None: over everybody's.

    Raises:
        NotAllowed: over nobody's any more, since they were dismissed or have another role.
    """
    if job.owner_kind is not ActorKind.STAFF:
        return None  # somebody at the shell, who may everything
    member = queries.by_id(job.owner_id) if job.owner_id is not None else None
    works = member is not None and member.dismissed_at is None
    reach = queries.rights_of(member).reach(permission) if member is not None and works else NOBODY
    if reach == NOBODY:
        raise NotAllowed(_("%(name)s may not do this any more.", name=job.owner_name))
    return reach
