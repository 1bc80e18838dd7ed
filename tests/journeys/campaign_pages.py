"""Pages of campaigns: the demo shop has a sent one, a scheduled one and a draft."""

from tests.journeys.campaigns import PATH
from tests.journeys.person import Person
from tests.journeys.scene import Scene
from tests.journeys.sight import Sight, pressing


def with_every_block(_scene: Scene, person: Person) -> None:
    """Add a block of each kind that is not there yet, in place."""
    for kind in ("picture", "button", "columns", "divider"):
        before = person.main.locator(".block").count()
        person.main.locator(f"#add-{kind}").click()
        person.main.locator(".block").nth(before).wait_for()


CAMPAIGNS = (
    Sight("campaigns", "owner", PATH),
    Sight("campaigns-empty", "owner", f"{PATH}?view=cancelled"),
    Sight("campaign-new", "owner", f"{PATH}/new"),
    Sight("campaign-new-errors", "owner", f"{PATH}/new", act=pressing("Begin", name="")),
    Sight("campaign-edit", "owner", f"{PATH}/{{draft}}"),
    Sight("campaign-edit-blocks", "owner", f"{PATH}/{{draft}}", act=with_every_block),
    Sight("campaign-delete", "owner", f"{PATH}/{{draft}}/delete"),
    Sight("campaign-preview", "owner", f"{PATH}/{{scheduled}}/preview"),
    Sight("campaign-preview-desktop", "owner", f"{PATH}/{{scheduled}}/preview?as=desktop"),
    Sight("campaign-preview-dark", "owner", f"{PATH}/{{scheduled}}/preview?as=dark"),
    Sight("campaign-preview-text", "owner", f"{PATH}/{{scheduled}}/preview?as=text"),
    Sight("campaign-review", "owner", f"{PATH}/{{draft}}/review"),
    Sight("campaign-review-errors", "owner", f"{PATH}/{{draft}}/review", act=pressing("Schedule", day="", hour="")),
    Sight("campaign-launch", "owner", f"{PATH}/{{scheduled}}/launch"),
    Sight("campaign-until", "owner", f"{PATH}/{{scheduled}}/until"),
    Sight("campaign-until-errors", "owner", f"{PATH}/{{scheduled}}/until", act=pressing("Save", until_day="")),
    Sight("campaign-scheduled", "owner", f"{PATH}/{{scheduled}}/progress"),
    Sight("campaign-sent", "owner", f"{PATH}/{{sent}}/progress"),
    Sight("campaign-cancel", "owner", f"{PATH}/{{scheduled}}/cancel"),
    Sight("pictures", "owner", f"{PATH}/pictures"),
    Sight("pictures-errors", "owner", f"{PATH}/pictures", act=pressing("Add picture", name="")),
    Sight("picture", "owner", "{picture}"),
)
# Routes that show no page, by their rule, with the reason.
PARTS = {
    "/staff/campaigns/<int:number>/progress/now": "a part of the page of progress, fetched by its script",
    "/staff/campaigns/<int:number>/message.html": "a mail, in the frame of its preview",
    "/pictures/<file>": "a picture",
}
