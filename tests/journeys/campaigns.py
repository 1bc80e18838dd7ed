"""Campaigns in the scene: a picture in the library, and those of the demo shop."""

from io import BytesIO

from PIL import Image

from tests.journeys.person import Person

PATH = "/staff/campaigns"


def play(owner: Person) -> dict[str, str]:
    """Add a picture to the library, and find the campaigns of the demo shop."""
    add_picture(owner, "Rain on a window", "Rain runs down a window; a lamp glows behind it")
    facts = {"picture": owner.main.locator(f'a[href^="{PATH}/pictures/"]').first.get_attribute("href") or ""}
    for fact, view in (("draft", "draft"), ("scheduled", "scheduled"), ("sent", "sent")):
        owner.open(f"{PATH}?view={view}")
        row = owner.main.locator("tbody a").first.get_attribute("href") or ""
        facts[fact] = row.rpartition("/")[2]
    return facts


def add_picture(person: Person, name: str, alt: str) -> None:
    """Upload a picture, blue above and dark below."""
    drawn, file = Image.linear_gradient("L").resize((1600, 800)).convert("RGB"), BytesIO()
    Image.merge("RGB", (drawn.getchannel(0).point(lambda n: n // 4), *drawn.split()[1:])).save(file, "JPEG")
    person.open(f"{PATH}/pictures")
    person.fill(name=name, alt=alt)
    picture = {"name": "rain.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    person.main.locator("[name=picture]").set_input_files(picture)
    person.press("Add picture")
    person.sees("is in the library")
