"""Pages of audiences: what marketing edits, a segment built with a script, a subscriber, a file that comes in."""

from playwright.sync_api import expect

from tests.journeys.person import Person
from tests.journeys.sight import Sight, pressing

AUDIENCES = (
    Sight("audiences", "owner", "/staff/audiences"),
    Sight("audience", "owner", "{audience}"),
    Sight("audience-new", "owner", "/staff/audiences/new"),
    Sight(
        "audience-new-errors", "owner", "/staff/audiences/new", act=pressing("Add audience", name="", slug="No Slug")
    ),
    Sight("audience-edit", "owner", "{audience}/edit"),
    Sight("audience-delete", "owner", "{audience}/delete"),
    Sight("audience-form", "owner", "{audience}/form"),
    Sight("segments", "owner", "{audience}/segments"),
    Sight("segment-new", "owner", "{audience}/segments/new"),
    Sight("segment-new-errors", "owner", "{audience}/segments/new", act=pressing("Save segment", name="")),
    Sight("segment", "owner", "{segment}"),
    Sight("segment-delete", "owner", "{segment}/delete"),
    Sight("subscriber", "owner", "{subscriber}"),
    Sight("subscriber-remove", "owner", "{subscriber}/remove"),
    Sight("subscriber-invite", "owner", "{audience}/invite"),
    Sight("subscribers-import", "owner", "{audience}/import"),
    Sight("subscribers-import-errors", "owner", "{audience}/import", act=pressing("Upload file", basis="")),
)
# Routes that show no page, by their rule, with the reason.
AUDIENCE_FILES = {
    "/staff/audiences/<int:audience_id>/export.csv": "a file",
    "/staff/audiences/<int:audience_id>/segments/<int:segment_id>/export.csv": "a file",
}


def play(owner: Person) -> dict[str, str]:
    """Build a segment, sentence by sentence, and find a subscriber."""
    owner.open("/staff/audiences")
    audience = str(owner.main.locator("a.row-link").first.get_attribute("href"))
    owner.open(f"{audience}/segments/new")
    build(owner, "India, or in lately")
    segment = owner.path
    owner.open(audience)
    return {"segment": segment, "subscriber": str(owner.main.locator("a.row-link").first.get_attribute("href"))}


def build(person: Person, name: str) -> None:
    """In the builder: who lives in India or signed in lately; the count follows without a new page."""
    main = person.main
    main.locator("[name=name]").fill(name)
    main.locator("[name=match_0]").select_option("any")
    for place, (field, value) in enumerate((("country", "IN"), ("signed-in", "60")), 1):
        main.locator("[name=what_0]").select_option(field)
        main.get_by_role("button", name="Add condition").click()
        control = main.locator(f"[name=value_{place}]")
        control.wait_for()
        expect(person.page.locator(".htmx-settling, .htmx-added")).to_have_count(0)  # it listens from now on
        if field == "country":
            with person.page.expect_response(lambda answer: answer.request.method == "POST"):
                control.select_option(value)
        else:
            control.fill(value)
    main.get_by_role("button", name="Save segment").last.click()
    person.sees(f"{name} is there.")
