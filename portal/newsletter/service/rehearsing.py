"""Rehearsal: the mail of everybody in the audience is made and thrown away, and what that shows is told."""

from typing import Any

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.jobs import service as jobs
from portal.jobs.models import Job
from portal.newsletter.models import Campaign
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.sending import compiling
from portal.newsletter.sending.message import Compiled, Recipient
from portal.newsletter.service import checking, outlook, recipients

KIND = "newsletter.rehearsal"
AT_ONCE = 500  # people of one step
MOST_DOMAINS = 200  # told apart; the others are counted together


def start(campaign: Campaign, *, by: Actor) -> Job:
    """Have the worker rehearse a campaign.

    Raises:
        Conflict: it says nothing yet, or whom it goes to can't be told.
    """
    expected = outlook.of(campaign)
    if campaign.content is None or expected.trouble:
        raise Conflict(expected.trouble or _("There is no message yet."))
    audit.record("newsletter.campaign_rehearsed", Subject("campaign", campaign.id, campaign.name), by=by)
    return jobs.start(KIND, {"campaign": campaign.id, "name": campaign.name}, by=by, total=expected.queued)


@jobs.runs(KIND)
def step(job: Job) -> bool:
    """Make the mails of some hundred people; whether more are left."""
    campaign = queries.by_id(job.parameters["campaign"])
    if campaign is None:
        raise Conflict(_("The campaign was deleted meanwhile."))
    people = queries.each_of(recipients.gets_it(campaign), job.cursor.get("after", 0), AT_ONCE)
    if not people:
        return False
    job.result = _added(dict(job.result), campaign, compiling.compiled(campaign.id), people)
    job.cursor = {"after": people[-1].id}
    job.done += len(people)
    return len(people) == AT_ONCE


def _added(result: dict[str, Any], campaign: Campaign, message: Compiled, people: list[Recipient]) -> dict[str, Any]:
    sizes = [len(message.make(one).data) for one in people]
    missing, domains = dict(result.get("missing", {})), dict(result.get("domains", {}))
    for name, number in checking.missing_fields(campaign, people).items():
        missing[name] = missing.get(name, 0) + number
    for one in people:
        domain = one.email.rpartition("@")[2].lower()
        domain = domain if domain in domains or len(domains) < MOST_DOMAINS else ""
        domains[domain] = domains.get(domain, 0) + 1
    return {
        "bytes": result.get("bytes", 0) + sum(sizes),
        "largest": max(result.get("largest", 0), *sizes),
        "missing": missing,
        "domains": domains,
    }
