"""What is done at the help desk before its pages are looked at."""

from tests.journeys.person import Person
from tests.journeys.scene import Scene


def with_a_pin(_scene: Scene, person: Person) -> None:
    """Make a support PIN, which is shown once."""
    with person.arriving():
        person.main.get_by_role("button").click()


def without_a_case(_scene: Scene, person: Person) -> None:
    """No case is open."""
    if person.button("Close the case").count():
        page = person.path
        person.press("Close the case")
        person.open(page)


def with_a_wrong_answer(scene: Scene, person: Person) -> None:
    """The question is shown, and what the caller says is not the answer; at the third it begins anew."""
    without_a_case(scene, person)
    person.fill(reason="Forgot the password")
    person.press("Open a case")
    person.press("Show the question")
    person.fill(said="something else")
    person.press("Compare")


def with_a_match(scene: Scene, person: Person) -> None:
    """The caller reads out a PIN."""
    without_a_case(scene, person)
    ann = scene.people["ann"]
    ann.open("/account/security/support-pin")
    with_a_pin(scene, ann)
    person.fill(reason="Lost her phone")
    person.press("Open a case")
    person.fill(pin=ann.main.locator("bdi").first.inner_text())
    person.press("Check the PIN")


def with_a_verified_caller(scene: Scene, person: Person) -> None:
    """Come to the page that only a match opens."""
    page = scene.path("{customer}/remove-factors")
    if person.path != page:
        with_a_match(scene, person)
        person.open(page)


def with_another_address(scene: Scene, person: Person) -> None:
    """Ask for another address for a verified caller; the customer's page tells of it."""
    if "about to change" not in person.main.inner_text():
        person.open(scene.path("{customer}/identity"))
        with_a_match(scene, person)
        person.open(scene.path("{customer}/edit"))
        person.fill(email="ann.new@demo.example")
        person.press("Save")
        person.open(scene.path("{customer}?tab=security"))
