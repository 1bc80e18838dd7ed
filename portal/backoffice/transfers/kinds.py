"""How the jobs of imports are told."""

from datetime import timedelta

from portal.backoffice import job_kinds
from portal.backoffice.job_kinds import Kind, Undo
from portal.foundation.text import _, plural
from portal.jobs.models import Job
from portal.staff.rules import Permission
from portal.transfers.service import checking, importing, undoing, uploading

PATH = "/staff/transfers"


def _back(job: Job) -> tuple[str, str]:
    return f"{PATH}/{job.parameters['import']}", str(job.parameters["name"])


def _counted(job: Job) -> list[str]:
    new, changed = job.result.get("new", 0), job.result.get("change", 0)
    return [
        plural("%(n)s new customer.", "%(n)s new customers.", new, n=f"{new:,}"),
        plural("%(n)s customer changed.", "%(n)s customers changed.", changed, n=f"{changed:,}"),
    ]


def _undone(job: Job) -> list[str]:
    new, changed = job.result.get("new", 0), job.result.get("change", 0)
    return [
        plural("%(n)s customer removed.", "%(n)s customers removed.", new, n=f"{new:,}"),
        plural("%(n)s customer as before.", "%(n)s customers as before.", changed, n=f"{changed:,}"),
    ]


def _wrote(job: Job) -> bool:
    return bool(job.result.get("new") or job.result.get("change"))


def _effects(job: Job) -> list[str]:
    new, changed = job.result.get("new", 0), job.result.get("change", 0)
    return [
        plural("%(n)s customer that it made is removed.", "%(n)s customers that it made are removed.", new, n=new),
        plural("%(n)s customer gets the old details.", "%(n)s customers get their old details.", changed, n=changed),
        _("Customers who were changed since stay as they are now, and are named."),
    ]


def register() -> None:
    """Say how each is told."""
    right = Permission.CUSTOMER_IMPORT
    job_kinds.register(
        checking.KIND,
        Kind(
            name=lambda job: _("Check of %(name)s", name=job.parameters["name"]),
            result=lambda _job: [],
            permission=right,
            back=_back,
        ),
    )
    job_kinds.register(
        importing.KIND,
        Kind(
            name=lambda job: _("Import of %(name)s", name=job.parameters["name"]),
            result=_counted,
            permission=right,
            back=_back,
            undo=Undo(start=uploading.undo, effects=_effects, fits=_wrote, within=timedelta(hours=24)),
        ),
    )
    job_kinds.register(
        undoing.KIND,
        Kind(
            name=lambda job: _("Undo of %(name)s", name=job.parameters["name"]),
            result=_undone,
            permission=right,
            back=_back,
        ),
    )


register()
