"""How rehearsals are told among the jobs."""

from portal.backoffice import job_kinds
from portal.backoffice.campaigns.finding import PATH
from portal.backoffice.job_kinds import Kind
from portal.foundation.text import _, plural
from portal.jobs.models import Job
from portal.newsletter.service import rehearsing
from portal.staff.rules import Permission

DOMAINS = 5  # named


def _name(job: Job) -> str:
    return _("Rehearsal of “%(name)s”", name=job.parameters.get("name", ""))


def _result(job: Job) -> list[str]:
    told = job.result
    if not job.done or not told:
        return [_("Nobody would get this campaign.")] if job.finished_at else []
    lines = [
        plural(
            "%(n)s mail was made and thrown away.",
            "%(n)s mails were made and thrown away.",
            job.done,
            n=f"{job.done:,}",
        ),
        _(
            "On average %(mean)s kB, the largest %(largest)s kB, all together %(sum)s MB.",
            mean=f"{told['bytes'] / job.done / 1024:,.0f}",
            largest=f"{told['largest'] / 1024:,.0f}",
            sum=f"{told['bytes'] / 1_000_000:,.1f}",
        ),
    ]
    for name, number in sorted(told["missing"].items()):
        lines.append(_("%(field)s stays empty for %(n)s people.", field=name, n=f"{number:,}"))
    if not told["missing"]:
        lines.append(_("Every merge field has something to say for everybody."))
    top = sorted(told["domains"].items(), key=lambda pair: -pair[1])[:DOMAINS]
    shares = ", ".join(f"{name or _('others')} {number:,}" for name, number in top)
    return [*lines, _("Mailboxes: %(shares)s.", shares=shares)]


def _back(job: Job) -> tuple[str, str]:
    return f"{PATH}/{job.parameters['campaign']}/review", _("Review and send")


job_kinds.register(rehearsing.KIND, Kind(name=_name, result=_result, permission=Permission.CAMPAIGN_VIEW, back=_back))
