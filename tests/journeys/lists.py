"""Lists in the scene: a view that the owner keeps, a file that is ready to be imported, two customers compared."""

from tests.journeys.person import Person

FILE = b"""First name,Last name,Email,Telephone
Pia,Partner,pia@journeys.example,+44 7700 900111
,Nameless,nameless@journeys.example,
Ann,Again,not an address,
"""


def play(owner: Person, facts: dict[str, str]) -> dict[str, str]:
    """Make them and give their addresses."""
    return {
        "view": _keep_view(owner),
        "matched": _upload(owner),
        "checked": _check(owner, _upload(owner)),
        "export": _ask_for_export(owner),
        "pair": _compare(owner, facts["customer"], facts["invited"]),
    }


def _keep_view(owner: Person) -> str:
    owner.open("/staff/customers/views?status=disabled")
    owner.fill(name="Nobody at home")
    owner.press("Save view")
    owner.open("/staff/customers/views")
    return owner.main.locator('a[href^="/staff/customers/views/"]').first.get_attribute("href") or ""


def _upload(owner: Person) -> str:
    owner.open("/staff/transfers")
    file = {"name": "partners.csv", "mimeType": "text/csv", "buffer": FILE}
    owner.main.locator("[name=file]").set_input_files(file)
    owner.press("Upload file")
    owner.sees("Match columns")
    return owner.path


def _check(owner: Person, path: str) -> str:
    owner.open(path)
    owner.press("Check rows")
    owner.sees("Import and export")
    while owner.main.get_by_role("link", name="Look again").count():
        owner.follow("Look again")
    owner.sees("left out")
    return path


def _ask_for_export(owner: Person) -> str:
    owner.shop.prove_all()
    owner.open("/staff/transfers/export?status=disabled")
    owner.fill(reason="For the yearly look at who is locked out")
    owner.press("Go on")
    owner.sees("Take the file")
    return owner.path


def _compare(owner: Person, one: str, other: str) -> str:
    """Put two customers beside each other whom nobody took for one."""
    owner.open("/staff/duplicates")
    owner.fill(number=one.rpartition("/")[2], other_number=other.rpartition("/")[2])
    owner.press("Compare these two")
    owner.sees("One person or two?")
    return owner.path
