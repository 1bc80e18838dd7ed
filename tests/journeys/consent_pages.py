"""Pages about consent: proofs, why a mail came, addresses not written to, past issues."""

from tests.journeys.person import Person
from tests.journeys.sight import Sight, pressing

CONSENT = (
    Sight("newsletter-why", "visitor", "/newsletter/why/{way_out}"),
    Sight("newsletter-proof", "ann", "/account/newsletters/proof"),
    Sight("past-issues", "visitor", "/newsletter/archive"),
    Sight("past-issues-of-one", "visitor", "{issues}"),
    Sight("past-issue", "visitor", "{issue}"),
    Sight("suppressions", "owner", "/staff/suppressions"),
    Sight("suppressions-errors", "owner", "/staff/suppressions", act=pressing("Add", addresses="nobody@", reason="")),
    Sight("suppression-lift", "owner", "{lift}"),
    Sight("consent-proof", "owner", "{customer}/consent-proof"),
)
# Routes that show no page, by their rule, with the reason.
CONSENT_FILES = {
    "/account/newsletters/proof.json": "a file",
    "/staff/customers/<number>/consent-proof/file": "a file",
    "/staff/suppressions/export.csv": "a file",
    "/newsletter/archive/of/<slug>/feed.xml": "a feed for programs",
    "/newsletter/archive/<public_id>/mail": "the mail itself, shown in a frame of its page",
}


def play(visitor: Person, owner: Person) -> dict[str, str]:
    """Find a past issue, and have staff keep away from some addresses."""
    visitor.open("/newsletter/archive")
    links = [str(link.get_attribute("href")) for link in visitor.main.locator("a").all()]
    owner.open("/staff/suppressions")
    owner.fill(addresses="left@shop.example\nbounced@shop.example", reason="From the list of the old shop system")
    owner.press("Add")
    lift = owner.main.locator('a[href$="/lift"]').first.get_attribute("href")
    return {
        "issues": next(link for link in links if "/archive/of/" in link),
        "issue": next(link for link in links if "/archive/" in link and "/of/" not in link),
        "lift": str(lift),
    }
