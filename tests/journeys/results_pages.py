"""Pages of what came of campaigns: the demo shop has clicks, bounces and two reports that nobody understood."""

from tests.journeys.person import Person
from tests.journeys.sight import Sight, pressing

RESULTS = (
    Sight("campaign-results", "owner", "/staff/campaigns/{sent}/results"),
    Sight("audience-results", "owner", "{audience}/results"),
    Sight("bounces", "owner", "/staff/bounces"),
    Sight("bounces-empty", "owner", "/staff/bounces?view=complaints"),
    Sight("bounce-report", "owner", "{report}"),
    Sight("bounce-report-errors", "owner", "{report}", act=pressing("A bounce", email="nobody@shop.example")),
)
# Routes that show no page, by their rule, with the reason.
RESULTS_FILES = {
    "/staff/campaigns/<int:number>/results.csv": "a file",
    "/c/<token>": "leads on to where a link of a newsletter leads",
}


def play(owner: Person) -> dict[str, str]:
    """Find a report that nobody understood."""
    owner.open("/staff/bounces")
    return {"report": str(owner.main.locator("a.row-link").first.get_attribute("href"))}
