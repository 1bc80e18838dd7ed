"""The telephone in somebody's hand: its authenticator app, and the paper with their recovery codes."""

from dataclasses import dataclass, field

from portal.accounts.rules import totp
from portal.foundation import clock
from tests.journeys.person import Person


@dataclass
class Telephone:
    """What the app has stored, and the codes that were written down."""

    key: str
    codes: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many steps later."""
        return totp.code_of(self.key, totp.step_at(clock.now()) + steps)


def scan(person: Person, place: str = "/account/security") -> Telephone:
    """Begin to set up an app, and scan what the page shows."""
    person.open(f"{place}/authenticator")
    person.press("Set up")
    return Telephone(person.main.locator(".typed-key").inner_text().replace(" ", ""))


def turn_on(person: Person, telephone: Telephone) -> None:
    """Type the first code, and write down the recovery codes."""
    person.fill(code=telephone.code())
    person.press("Turn on")
    telephone.codes = person.main.locator(".codes li").all_inner_texts()
    assert len(telephone.codes) == 10
